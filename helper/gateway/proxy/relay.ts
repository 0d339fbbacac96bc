import type { Socket } from 'node:net';
import type { Direction } from '../activity.ts';
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
  seat: Socket,
  first: { readonly held: readonly Buffer[]; readonly hasEnded: boolean },
  onMoved: (bytes: number, direction: Direction) => void,
): void => {
  bind(client, seat);
  bind(seat, client);
  pass(seat, client, (bytes) => onMoved(bytes, 'from_seat'));
  for (const chunk of first.held) {
    onMoved(chunk.length, 'to_seat');
    seat.write(chunk);
  }
  if (first.hasEnded) seat.end();
  else pass(client, seat, (bytes) => onMoved(bytes, 'to_seat'));
};

/** When one socket is gone before both of its directions have ended, the other one must not go on. */
const bind = (socket: Socket, other: Socket): void => {
  socket.on('error', () => {});
  socket.once('close', () => {
    const isDone = socket.readableEnded && socket.writableFinished;
    if (!isDone) reset(other);
  });
};

const pass = (from: Socket, to: Socket, onBytes: (bytes: number) => void): void => {
  from.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => to.end());
  if (!to.writableNeedDrain) from.resume();
};
