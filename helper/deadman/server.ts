import { chmodSync } from 'node:fs';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { clearSocketPath } from '../keeper/server/socket-file.ts';
import { type Failure, failure } from '../protocol/errors.ts';
import { encodeLine, type FromDeadman, lineReader, parseToDeadman, type ToDeadman } from './wire.ts';

/** `deadman.sock`: for its own account alone (0600). One keeper at a time says hello; others may look and are sent away. */

export interface Hello {
  readonly instance: string;
  readonly pid: number;
  readonly started: string | null;
}

export interface Caller {
  readonly hello: Hello;
  readonly say: (message: FromDeadman) => void;
}

export interface ServerOptions {
  readonly path: string;
  /** False: the hello is not accepted. */
  readonly onHello: (caller: Caller, boot: string) => boolean;
  readonly onMessage: (caller: Caller, message: Exclude<ToDeadman, { type: 'hello' }>) => void;
  /** The connection of whoever said hello last has ended. */
  readonly onGone: (caller: Caller) => void;
}

export interface Server {
  readonly close: () => Promise<void>;
}

export type Listening =
  | { readonly ok: true; readonly server: Server }
  | { readonly ok: false; readonly failure: Failure };

const mostConnections = 8;
/** Who says no hello has no business here. */
const silentMs = 5_000;
/** A keeper that does not read what it asked for hangs; what is said to it is no longer worth memory. */
const mostUnread = 256 * 1024;

const listen = (server: NetServer, path: string): Promise<Failure | null> =>
  new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(failure(error.code === 'EADDRINUSE' ? 'already_running' : 'run_directory_failed', error.message)),
    );
    // Made closed; the bind happens before listen() returns.
    const mask = process.umask(0o177);
    server.listen(path, () => resolve(null));
    process.umask(mask);
  });

export const startServer = async (options: ServerOptions): Promise<Listening> => {
  const open = new Set<Socket>();
  let keeper: { readonly socket: Socket; readonly caller: Caller } | null = null;

  const accept = (socket: Socket): void => {
    if (open.size >= mostConnections) {
      socket.destroy();
      return;
    }
    open.add(socket);
    const timer = setTimeout(() => socket.destroy(), silentMs);
    const say = (message: FromDeadman): void => {
      if (!socket.destroyed && socket.writableLength < mostUnread) socket.write(encodeLine(message));
    };

    const greet = (hello: Extract<ToDeadman, { type: 'hello' }>): boolean => {
      const caller: Caller = { hello, say };
      if (!options.onHello(caller, hello.boot)) return false;
      clearTimeout(timer);
      const before = keeper;
      keeper = { socket, caller };
      // Two keepers in one run directory cannot be: what is left of the one before is a connection.
      before?.socket.destroy();
      return true;
    };

    const take = (line: string): boolean => {
      const message = parseToDeadman(line);
      if (message === null) return false;
      const known = keeper?.socket === socket ? keeper.caller : null;
      if (message.type === 'hello') return known === null && greet(message);
      if (known === null) return false;
      options.onMessage(known, message);
      return true;
    };

    const read = lineReader(take);
    socket.on('data', (chunk: Buffer) => {
      if (!read(chunk)) socket.destroy();
    });
    socket.on('end', () => socket.destroy());
    // Told by 'close' as well.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      open.delete(socket);
      if (keeper?.socket !== socket) return;
      const { caller } = keeper;
      keeper = null;
      options.onGone(caller);
    });
    say({ type: 'deadman', pid: process.pid });
  };

  const taken = await clearSocketPath(options.path);
  if (taken !== null) return { ok: false, failure: taken };
  const server = createServer(accept);
  const problem = await listen(server, options.path);
  if (problem !== null) return { ok: false, failure: problem };
  chmodSync(options.path, 0o600);
  return {
    ok: true,
    server: {
      close: () =>
        new Promise((resolve) => {
          for (const socket of open) socket.destroy();
          server.close(() => resolve());
        }),
    },
  };
};
