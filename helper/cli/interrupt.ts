import { setTimeout as sleep } from 'node:timers/promises';
import type { Io } from './command.ts';

/** Ctrl-C and TERM as a signal that ends what is under way. */

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Dies of them again. */
  readonly remove: () => void;
}

export const interruptSignal = (io: Pick<Io, 'onInterrupt'>): Interrupt => {
  const ending = new AbortController();
  return { signal: ending.signal, remove: io.onInterrupt(() => ending.abort()) };
};

/** Resolves at once when the signal is there. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch((fault: unknown) => {
    if (!signal.aborted) throw fault;
  });
};
