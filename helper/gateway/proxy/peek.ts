import type { Socket } from 'node:net';

/**
 * Reads the first bytes of a client that has to wait, so that its leaving is noticed and that it can be told in its own
 * words why it is not served. Reading stops for good once `enough` has come: what follows stays in the kernel, whose
 * window closes, and the client waits with it.
 */
export interface Peek {
  readonly bytes: () => number;
  /** The client has said that it sends no more. */
  readonly hasEnded: () => boolean;
  /** The beginning, as latin1 text of at most `characters`. */
  readonly beginning: (characters: number) => string;
  /** Called whenever more is known, until `take`. */
  onMore: (() => void) | null;
  /** Ends the peeking. The socket is left paused, and what was read belongs to the caller. */
  take(): readonly Buffer[];
}

/** Bytes after which no more is read. One read of the kernel may bring more: libuv asks for 64 KiB at a time. */
const enough = 8_192;

/** `socket` must be paused and unread (`pauseOnConnect`). */
export const peek = (socket: Socket): Peek => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let hasEnded = false;

  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= enough) socket.pause();
    opened.onMore?.();
  };
  const onEnd = (): void => {
    hasEnded = true;
    opened.onMore?.();
  };

  const opened: Peek = {
    bytes: () => bytes,
    hasEnded: () => hasEnded,
    beginning: (characters) => {
      let text = '';
      for (const chunk of chunks) {
        text += chunk.toString('latin1', 0, characters - text.length);
        if (text.length >= characters) break;
      }
      return text;
    },
    onMore: null,
    take: () => {
      opened.onMore = null;
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onEnd);
      return chunks;
    },
  };

  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.resume();
  return opened;
};
