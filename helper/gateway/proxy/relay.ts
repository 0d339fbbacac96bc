import type { Socket } from 'node:net';
import type { Direction } from '../activity.ts';
import type { SeatSocket } from './connect.ts';
import { reset } from './reset.ts';

/**
 * Passes bytes on both ways until both have ended, as if there were one connection: each end (FIN) is passed on by itself,
 * a reset is passed on as a reset, and who does not read is not read for. Nothing is looked at.
 *
 * Both sockets must be paused, without listeners for data, and allow half-open. `held`: what the client sent already;
 * `hasEnded`: it sends no more.
 */
export const relay = (
  client: Socket,
  seat: SeatSocket,
  first: { readonly held: readonly Buffer[]; readonly hasEnded: boolean },
  onMoved: (bytes: number, direction: Direction) => void,
): void => {
  const { socket } = seat;
  bind(client, socket);
  bind(socket, client);

  seat.onBytes = (bytes) => {
    onMoved(bytes.length, 'from_seat');
    // What has to queue is copied, so that a stalled client costs what it has to get and no whole buffer for each chunk.
    const isQueued = client.writableLength > 0;
    const isEnough = !client.write(isQueued ? Buffer.from(bytes) : bytes);
    if (client.writableLength === 0) return;
    if (!isQueued) seat.keepBytes();
    if (isEnough) socket.pause();
  };
  pass(socket, client);

  for (const chunk of first.held) {
    onMoved(chunk.length, 'to_seat');
    socket.write(chunk);
  }
  if (first.hasEnded) {
    socket.end();
    return;
  }
  client.on('data', (chunk: Buffer) => {
    onMoved(chunk.length, 'to_seat');
    // A chunk as large as the mark makes `write` say "enough" although the kernel has taken all of it.
    if (!socket.write(chunk) && socket.writableLength > 0) client.pause();
  });
  pass(client, socket);
};

/** When one socket is gone before both of its directions have ended, the other one must not go on. */
const bind = (socket: Socket, other: Socket): void => {
  socket.on('error', () => {});
  socket.once('close', () => {
    const isDone = socket.readableEnded && socket.writableFinished;
    if (!isDone) reset(other);
  });
};

/** Begins to read, goes on whenever the other has taken what there was, and passes on the end. */
const pass = (from: Socket, to: Socket): void => {
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  if (!to.writableNeedDrain) from.resume();
};
