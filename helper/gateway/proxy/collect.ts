import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Direction } from '../activity.ts';

/**
 * Node reads a client's bytes into 64 KiB that it allocates for each read, and V8 waits for tens of megabytes of these before
 * it lets any go: measured after uploads, 60 MB of holes that were never given back. So it is told to after every few, which
 * takes a fraction of a millisecond, since the young generation is small. (A seat's bytes have memory of their own:
 * read-buffer.ts.)
 */
export const collectAfterBytes = 2 * 2 ** 20;

/**
 * As an option of the process it would make V8 refuse the compiled form of all scripts, which was made without it; and a
 * context has it only if it was made after the option was set.
 */
const youngCollection = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as NodeJS.GCFunction;
  return () => gc({ type: 'minor', execution: 'sync' });
};

/** To be told of all bytes that are passed on. `make` is called when the first collection is due. */
export const createCollector = (make = youngCollection): ((bytes: number, direction: Direction) => void) => {
  let collect: (() => void) | null = null;
  let bytes = 0;
  return (more, direction) => {
    if (direction === 'from_seat') return;
    bytes += more;
    if (bytes < collectAfterBytes) return;
    bytes = 0;
    collect ??= make();
    collect();
  };
};
