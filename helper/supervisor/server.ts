import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { clearSocketPath } from '../keeper/server/socket-file.ts';
import { type Failure, failure } from '../protocol/index.ts';
import type { Jobs } from './contract.ts';
import type { Define } from './define.ts';
import { createLineReader, type Message, maxRequestBytes, type Request, requestSchema, toLine } from './wire.ts';

export interface SupervisorServer {
  /** Tells the list to everybody who is connected. */
  publish(): void;
  close(): Promise<void>;
}

/** The keeper, and a person who looks; more are somebody's mistake. */
const mostConnections = 16;
/** A reader that does not read is left. */
const mostWaitingBytes = 4 * 2 ** 20;

const answer = (jobs: Jobs, define: Define, request: Request): Message => {
  const { id } = request;
  switch (request.verb) {
    case 'define':
      return { id, ...define(request.label, request.plist) };
    case 'list':
      return { id, ok: true, jobs: [...jobs.list()] };
    case 'print':
      return { id, ...jobs.print(request.label) };
    case 'kickstart':
      return { id, ...jobs.kickstart(request.label, request.restart ?? false) };
    case 'bootstrap':
    case 'bootout':
      return { id, ...jobs[request.verb](request.label) };
  }
};

/** Listening is done within `listen`; until then nobody else may read or write the socket. */
const privately = (act: () => void): void => {
  const before = process.umask(0o177);
  try {
    act();
  } finally {
    process.umask(before);
  }
};

/**
 * Listens on a socket that only the supervisor's own account (and root) can connect to: mode 0600, in a folder that nobody
 * else can write (connect(2) asks for write permission on the socket).
 */
export const startServer = async (
  path: string,
  jobs: Jobs,
  define: Define,
  onTrouble: (text: string) => void,
): Promise<
  { readonly ok: true; readonly server: SupervisorServer } | { readonly ok: false; readonly failure: Failure }
> => {
  const busy = await clearSocketPath(path);
  if (busy !== null) return { ok: false, failure: busy };
  const sockets = new Set<Socket>();

  const send = (socket: Socket, message: Message): void => {
    if (socket.writableLength > mostWaitingBytes) socket.destroy();
    else if (socket.writable) socket.write(toLine(message));
  };
  const jobsEvent = (): Message => {
    const departed = jobs.departed();
    return { event: 'jobs', jobs: [...jobs.list()], ...(departed.length === 0 ? {} : { departed: [...departed] }) };
  };

  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (sockets.size >= mostConnections) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const leave = (detail: string): void => {
      onTrouble(`a connection was closed: ${detail}`);
      socket.destroy();
    };
    const read = createLineReader(
      maxRequestBytes,
      (value) => {
        const request = requestSchema.safeParse(value);
        if (request.success) send(socket, answer(jobs, define, request.data));
        else leave('a request that is not of the form it takes');
      },
      leave,
    );
    socket.on('data', read);
    send(socket, jobsEvent());
  });

  const refused = await new Promise<Failure | null>((resolve) => {
    server.once('error', (error) => resolve(failure('run_directory_failed', String(error))));
    privately(() => server.listen(path, () => resolve(null)));
  });
  if (refused !== null) return { ok: false, failure: refused };
  server.on('error', (error) => onTrouble(String(error)));

  return {
    ok: true,
    server: {
      publish: () => {
        for (const socket of [...sockets]) send(socket, jobsEvent());
      },
      close: async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        for (const socket of [...sockets]) socket.destroy();
        await closed;
        rmSync(path, { force: true });
      },
    },
  };
};
