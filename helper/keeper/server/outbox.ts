import type { Socket } from 'node:net';
import type { Failure } from '../../protocol/errors.ts';
import { limitFromKeeper } from '../../protocol/frame.ts';
import { encodeMessage } from '../../protocol/json.ts';

/** The writing side of one connection: frames, a bound on what waits unread, and a last word before closing. */

/** A reader that leaves this much unread, bytes, is let go: it can connect again and gets the current state. */
const slowReaderBytes = 4 * 1024 * 1024;
/** How long what was written before, and the last word, may take to be read, milliseconds. */
const lingerMs = 1_000;

export type Sent = 'sent' | 'too_large' | 'too_slow';

export interface Outbox {
  /** `too_large`: nothing was sent. `too_slow`: it was, on top of too much. */
  send(message: unknown): Sent;
  /** A frame made once for many. */
  sendFrame(frame: Uint8Array): Sent;
  /** Says why and closes. */
  goodbye(why: Failure): void;
}

export const createOutbox = (socket: Socket): Outbox => {
  const sendFrame = (frame: Uint8Array): Sent => {
    socket.write(frame);
    return socket.writableLength > slowReaderBytes ? 'too_slow' : 'sent';
  };

  const send = (message: unknown): Sent => {
    let frame: Uint8Array;
    try {
      frame = encodeMessage(message, limitFromKeeper);
    } catch (error) {
      if (error instanceof RangeError) return 'too_large';
      throw error;
    }
    return sendFrame(frame);
  };

  const goodbye = (why: Failure): void => {
    if (socket.destroyed) return;
    socket.write(encodeMessage({ type: 'goodbye', error: why }, limitFromKeeper));
    // As a rule the kernel has taken all of it by now and the descriptor is free at once: no crowd can pile them up.
    socket.destroySoon();
    if (socket.writableLength > 0) setTimeout(() => socket.destroy(), lingerMs).unref();
  };

  return { send, sendFrame, goodbye };
};
