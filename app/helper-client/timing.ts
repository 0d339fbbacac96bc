/** When to try again, and when a silence counts as one. */

/** 0.5 s after the first failure, half a second more after each further one, at most 3 s. `failures` counts from 1. */
export const backOffMs = (failures: number): number => Math.min(3000, 500 * Math.max(1, failures));

/** Three missed samples of the keeper's 2 s. */
export const silenceAfterMs = 6000;

export interface SilenceClock {
  /** Something was heard: the wait starts anew. */
  heard(): void;
  stop(): void;
}

/** Calls `onSilence` once when nothing was heard for `afterMs`; again only after something was heard. */
export const startSilenceClock = (onSilence: () => void, afterMs: number): SilenceClock => {
  // One timer, wound up again: making one for each status would be garbage for nothing.
  const timer = setTimeout(onSilence, afterMs);
  return { heard: () => void timer.refresh(), stop: () => clearTimeout(timer) };
};
