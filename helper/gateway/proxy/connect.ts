import { connect as connectSocket, type Socket } from 'node:net';
import type { TcpAddress } from './address.ts';

export type Connected =
  | { readonly ok: true; readonly socket: Socket }
  /** `code` as the system names it (ECONNREFUSED); `TIMEOUT`: nobody accepted in time. */
  | { readonly ok: false; readonly code: string };

/** Dead peers are noticed after so long (and the ten probes that libuv sends a second apart). */
export const keepAliveMs = 30_000;

/** The socket is given paused, with both of its ends open until each is closed. */
export const connect = (target: TcpAddress, withinMs: number): Promise<Connected> =>
  new Promise((resolve) => {
    const socket = connectSocket({
      host: target.host,
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
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
    socket.pause();
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve({ ok: true, socket });
    });
  });
