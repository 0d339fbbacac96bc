import type { PortHolder } from './port-holder.ts';

/** When the holder of a seat's port is looked for, and what was found: plain data. Times are milliseconds. */

export interface PortWatch {
  /** As it was found last, in the run there is now; null: not known. */
  readonly holder: PortHolder | null;
  /** Number of the look that is awaited; an answer to another is not heard. */
  readonly asking: number | null;
  /** Far later than a look takes: one that is never answered is not awaited any more by then. */
  readonly nextMs: number;
}

/** A run that serves keeps its port; who may stand in for one that does not waits for it to be free. */
const everyMs = { runs: 300_000, absent: 60_000 } as const;
/** The seat counts as unreachable for as long as another is believed to have its port. */
const foreignEveryMs = 60_000;

export const newPortWatch = (nowMs: number): PortWatch => ({ holder: null, asking: null, nextMs: nowMs });

export const isPortDue = ({ nextMs }: PortWatch, nowMs: number): boolean => nowMs >= nextMs;

export const portAsked = (watch: PortWatch, number: number, runs: boolean, nowMs: number): PortWatch => {
  const usualMs = runs ? everyMs.runs : everyMs.absent;
  const isForeign = watch.holder?.kind === 'other';
  return { ...watch, asking: number, nextMs: nowMs + (isForeign ? Math.min(usualMs, foreignEveryMs) : usualMs) };
};

/** @param holder null: it could not be found out */
export const portFound = (watch: PortWatch, holder: PortHolder | null, nowMs: number): PortWatch => ({
  holder,
  asking: null,
  nextMs: holder?.kind === 'other' ? Math.min(watch.nextMs, nowMs + foreignEveryMs) : watch.nextMs,
});
