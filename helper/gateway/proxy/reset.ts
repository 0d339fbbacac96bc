import type { Socket } from 'node:net';

/**
 * Cuts a connection so that the other side sees a reset and takes nothing that it got for complete. While the end is being
 * sent there is nothing left to cut: libuv refuses a reset then (uv_tcp_close_reset, UV_EINVAL), and Node would lose the
 * descriptor over it.
 */
export const reset = (socket: Socket): void => {
  if (socket.destroyed) return;
  const isSendingEnd = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isSendingEnd) socket.destroy();
  else socket.resetAndDestroy();
};
