import { createServer, type Server, type Socket } from 'node:net';
import { addressText } from '../../config/addresses.ts';
import type { Address } from '../../config/config.ts';
import { keepAliveMs } from './connect.ts';
import { mostConnections, mostRefusals } from './times.ts';

/** Who listens at a port of this machine, in words ("python3, pid 812"); null: not known. */
export type OwnerOfPort = (port: number) => Promise<string | null>;

export interface Listener {
  /** Null: it does not listen now. */
  readonly address: () => Address | null;
  /** Accepts no more. Connections under way are left alone. */
  close(): void;
}

export interface ListenerOptions {
  readonly seat: string;
  readonly at: Address;
  readonly onClient: (client: Socket) => void;
  readonly ownerOfPort: OwnerOfPort;
  readonly againMs: readonly [number, ...number[]];
  /** Null: all is well. */
  readonly onProblem: (text: string | null) => void;
}

/** Listens for a seat, and goes on trying when it cannot. Clients come paused, so that nothing of theirs is read. */
export const createListener = (options: ListenerOptions): Listener => {
  const { seat, at, onClient, ownerOfPort, againMs, onProblem } = options;
  const where = addressText(at);
  let server: Server | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let attempts = 0;

  const tell = async (error: NodeJS.ErrnoException): Promise<void> => {
    const owner = error.code === 'EADDRINUSE' ? await ownerOfPort(at.port).catch(() => null) : null;
    if (isClosed || server !== null) return;
    onProblem(problemText(seat, where, error, owner));
  };

  const attempt = (): void => {
    const made = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    made.maxConnections = mostConnections + mostRefusals;
    made.on('connection', onClient);
    made.once('error', (error) => {
      timer = setTimeout(attempt, againMs[Math.min(attempts, againMs.length - 1)] ?? againMs[0]);
      attempts += 1;
      void tell(error);
    });
    made.listen({ host: at.host, port: at.port, backlog: 511 }, () => {
      if (isClosed) {
        made.close();
        return;
      }
      // Descriptors that have run out make accepting fail; what is accepted stays.
      made.removeAllListeners('error').on('error', () => {});
      server = made;
      attempts = 0;
      onProblem(null);
    });
  };

  attempt();
  return {
    address: () => {
      const bound = server?.address();
      return bound === undefined || bound === null || typeof bound === 'string'
        ? null
        : { host: bound.address, port: bound.port };
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      server?.close();
      server = null;
    },
  };
};

const problemText = (seat: string, where: string, error: NodeJS.ErrnoException, owner: string | null): string => {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: owner === null ? 'another program listens there' : `${owner} listens there`,
    EADDRNOTAVAIL: 'this machine does not have that address now',
    EACCES: 'the gateway may not listen at that port',
  };
  const because = why[error.code ?? ''] ?? error.message;
  return `The proxy of ${seat} cannot listen at ${where}: ${because}. It keeps trying.`.slice(0, 256);
};
