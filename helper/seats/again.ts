import type { Seat } from './seating.ts';

/** When a seat that failed may be tried again. */

/** After this long, twice as long the next time, and so on. */
const againAfterMs = 60_000;
const longestWaitMs = 600_000;

/**
 * When a request may start it again. Null: it has not failed, or only an operator starts it again, or what is left of it
 * still runs and has to end first.
 */
export const againAtMs = ({ state, failure, run }: Pick<Seat, 'state' | 'failure' | 'run'>): number | null =>
  state !== 'failed' || failure === null || failure.kind === 'crash_loop' || run !== null
    ? null
    : failure.atMs + Math.min(longestWaitMs, againAfterMs * 2 ** (failure.count - 1));
