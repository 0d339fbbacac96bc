import type { PortHolder } from './port-holder.ts';

/** When the holder of a seat's port is looked for, and what was found: plain data. Times are milliseconds. */

export interface PortWatch {
  /** As it was found last, in the run there is now; null: not known. */
  readonly holder: PortHolder | null;
  readonly atMs: number | null;
  readonly asking: { readonly number: number; readonly sinceMs: number } | null;
  readonly nextMs: number;
}

/** A run that serves keeps its port; who may stand in for one that does not waits for it to be free. */
const everyMs = { runs: 300_000, absent: 60_000 } as const;
/** A look takes milliseconds, and its effect ten seconds at most. */
const lostMs = 20_000;

export const newPortWatch = (nowMs: number): PortWatch => ({ holder: null, atMs: null, asking: null, nextMs: nowMs });

export const isPortDue = ({ asking, nextMs }: PortWatch, nowMs: number): boolean =>
  nowMs >= nextMs && (asking === null || nowMs - asking.sinceMs >= lostMs);

export const portAsked = (watch: PortWatch, number: number, runs: boolean, nowMs: number): PortWatch => ({
  ...watch,
  asking: { number, sinceMs: nowMs },
  nextMs: nowMs + (runs ? everyMs.runs : everyMs.absent),
});

/** @param holder null: it could not be found out */
export const portFound = (watch: PortWatch, holder: PortHolder | null, nowMs: number): PortWatch => ({
  ...watch,
  holder,
  atMs: nowMs,
  asking: null,
});
