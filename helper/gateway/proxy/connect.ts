import { connect as connectSocket, type Socket } from 'node:net';
import type { Address } from '../../config/config.ts';
import type { ReadBuffer } from './read-buffer.ts';

/** A connection to a seat. Its bytes go to `onBytes` instead of the stream: see read-buffer.ts. */
export interface SeatSocket {
  /** Paused until it is resumed for the first time. */
  readonly socket: Socket;
  /** To be set before that. The bytes are only lent until it returns. */
  onBytes: (bytes: Buffer) => void;
  /** To be called from within `onBytes`: these bytes are kept as they are. */
  readonly keepBytes: () => void;
}

export type Connected =
  | { readonly ok: true; readonly seat: SeatSocket }
  /** `code` as the system names it (ECONNREFUSED); `TIMEOUT`: nobody accepted in time. */
  | { readonly ok: false; readonly code: string };

/** Dead peers are noticed after so long (and the ten probes that libuv sends a second apart). */
export const keepAliveMs = 30_000;

/** The socket has both of its ends open until each is closed. */
export const connect = (target: Address, withinMs: number, buffer: ReadBuffer): Promise<Connected> =>
  new Promise((resolve) => {
    const socket = connectSocket({
      host: target.host,
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
      onread: {
        buffer: buffer.current,
        callback: (length, into) => {
          seat.onBytes((into as Buffer).subarray(0, length));
          return true;
        },
      },
    });
    const seat: SeatSocket = { socket, onBytes: () => {}, keepBytes: buffer.giveAway };
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      resolve({ ok: false, code: error.code ?? error.message });
    };
    const timer = setTimeout(() => {
      socket.off('error', onError);
      socket.on('error', () => {});
      socket.destroy();
      resolve({ ok: false, code: 'TIMEOUT' });
    }, withinMs);
    socket.once('close', buffer.release);
    socket.pause();
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve({ ok: true, seat });
    });
  });
