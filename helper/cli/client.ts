import { lstatSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Failure, failure } from '../protocol/errors.ts';
import { judgeSocketAt, type TrustedOwner } from '../protocol/server-trust.ts';
import { createSession, type KnownHelper, type Ready, type Session, type SessionEvent } from '../protocol/session.ts';

/** The command line's connection to the keeper: trust first, then the socket, then the session. */

export interface Client {
  readonly ready: Ready;
  readonly request: Session['request'];
  /** Settles when the connection has ended by anything but `close()`. */
  readonly closed: Promise<Failure>;
  close(): void;
}

export type Connected =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly failure: Failure; readonly helper: KnownHelper | null };

export interface ConnectOptions {
  readonly owner: TrustedOwner;
  readonly onEvent?: (...event: SessionEvent) => void;
  readonly timeoutMs?: number;
}

export const socketPathOf = (runDirectory: string): string => join(runDirectory, 'castellan.sock');

/** What `lstat` says of the socket and the two folders above it, judged. Null: to be trusted. */
export const judgeSocket = (runDirectory: string, owner: TrustedOwner): Failure | null =>
  judgeSocketAt(socketPathOf(runDirectory), owner, (path) => lstatSync(path));

/** The listener's queue is full for a moment when many connect at once. */
const retries = 5;
const retryMs = 50;

const openSocket = (path: string, left = retries): Promise<Socket | Failure> =>
  new Promise((resolve) => {
    const socket = connectSocket(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN' && left > 0) setTimeout(() => resolve(openSocket(path, left - 1)), retryMs);
      else if (error.code === 'EACCES') resolve(failure('not_allowed', path));
      else resolve(failure('not_running', `${path}: ${error.code ?? error.message}`));
    });
  });

const isFailure = (value: Socket | Failure): value is Failure => 'code' in value;

const open = (socket: Socket, options: ConnectOptions): Promise<Connected> =>
  new Promise((resolve) => {
    let tellClosed: (why: Failure) => void = () => {};
    const closed = new Promise<Failure>((settle) => {
      tellClosed = settle;
    });
    const session = createSession({
      client: 'cli',
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      send: (bytes) => {
        if (!socket.destroyed) socket.write(bytes);
      },
      onReady: (ready) => resolve({ ok: true, client: { ready, request: session.request, closed, close } }),
      onEvent: (...event) => options.onEvent?.(...event),
      onClosed: (why, helper) => {
        socket.destroy();
        tellClosed(why);
        // Does nothing when the session was ready before.
        resolve({ ok: false, failure: why, helper });
      },
    });
    const close = (): void => {
      session.close();
      socket.destroy();
    };
    socket.on('data', (bytes: Buffer) => session.receive(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => session.transportClosed(error.code ?? error.message));
    socket.on('close', () => session.transportClosed());
  });

export const connect = async (runDirectory: string, options: ConnectOptions): Promise<Connected> => {
  const untrusted = judgeSocket(runDirectory, options.owner);
  if (untrusted !== null) return { ok: false, failure: untrusted, helper: null };
  const socket = await openSocket(socketPathOf(runDirectory));
  return isFailure(socket) ? { ok: false, failure: socket, helper: null } : open(socket, options);
};
