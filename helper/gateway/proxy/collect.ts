import type { Direction } from '../activity.ts';

/**
 * Node reads a client's bytes into 64 KiB that it allocates for each read, and V8 waits for tens of megabytes of these before
 * it lets any go: measured after uploads, 60 MB of holes that were never given back. So it is told to after every few, which
 * takes a fraction of a millisecond, since the young generation is small. (A seat's bytes have memory of their own:
 * read-buffer.ts.)
 */
export const collectAfterBytes = 2 * 2 ** 20;

/** Null without `--expose-gc`, which the executable has. */
const youngCollection = (): (() => void) | null => {
  const { gc } = globalThis;
  return gc === undefined ? null : () => gc({ type: 'minor', execution: 'sync' });
};

/** To be told of all bytes that are passed on. */
export const createCollector = (collect = youngCollection()): ((bytes: number, direction: Direction) => void) => {
  let bytes = 0;
  return (more, direction) => {
    if (direction === 'from_seat' || collect === null) return;
    bytes += more;
    if (bytes < collectAfterBytes) return;
    bytes = 0;
    collect();
  };
};
