import { createServer, type Server, type Socket } from 'node:net';
import { addressText } from '../../config/addresses.ts';
import type { Address } from '../../config/config.ts';
import { type Taken, takenBySomebody } from '../problems.ts';
import { keepAliveMs } from './connect.ts';
import { mostConnections, mostRefusals } from './times.ts';

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
  readonly againMs: readonly [number, ...number[]];
  /** Null: all is well. */
  readonly onProblem: (text: string | null, taken: Taken | null) => void;
}

/** Listens for a seat, and goes on trying when it cannot. Clients come paused, so that nothing of theirs is read. */
export const createListener = (options: ListenerOptions): Listener => {
  const { seat, at, onClient, againMs, onProblem } = options;
  const where = addressText(at);
  let server: Server | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let attempts = 0;

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
    made.once('error', (error: NodeJS.ErrnoException) => {
      if (isClosed) return;
      timer = setTimeout(attempt, againMs[Math.min(attempts, againMs.length - 1)] ?? againMs[0]);
      attempts += 1;
      const taken = error.code === 'EADDRINUSE' ? takenBySomebody(where) : null;
      onProblem(problemText(seat, where, error, taken), taken);
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
      onProblem(null, null);
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

const problemText = (seat: string, where: string, error: NodeJS.ErrnoException, taken: Taken | null): string => {
  const why: Readonly<Record<string, string>> = {
    EADDRNOTAVAIL: 'this machine does not have that address now',
    EACCES: 'the gateway may not listen at that port',
  };
  const because = taken === null ? (why[error.code ?? ''] ?? error.message) : `${taken.what} listens there`;
  return `The proxy of ${seat} cannot listen at ${where}: ${because}. It keeps trying.`.slice(0, 256);
};
