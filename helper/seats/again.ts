import type { EnsureAnswer } from '../protocol/index.ts';
import { ensureAnswer } from './seat-answers.ts';
import type { Ask, Seat } from './seating.ts';

/** When a seat that failed may be tried again, and what it says until then. */

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

const soonSeconds = 10;

/** What it says to who asks for it; null: it may be tried again. Who has waited for it is told in any case. */
export const failedAnswer = (seat: Seat, asks: readonly Ask[], nowMs: number): EnsureAnswer | null => {
  const { failure, why, name, run } = seat;
  if (failure === null) return null;
  const isOperators = failure.kind === 'crash_loop';
  const againMs = againAtMs(seat);
  const waited = asks.some(({ sinceMs }) => sinceMs <= failure.atMs);
  if (!waited && run === null && asks.some(({ ask }) => ask === 'load')) return null;
  if (!waited && againMs !== null && nowMs >= againMs) return null;
  const outcome = failure.kind === 'never_ready' ? 'never_ready' : isOperators ? 'refused' : 'failed';
  const toDo = isOperators ? ` \`castellan load ${name}\` starts it again once the cause is removed.` : '';
  const leftSeconds = againMs === null ? soonSeconds : Math.max(1, Math.ceil((againMs - nowMs) / 1000));
  return ensureAnswer(seat, outcome, `${name} has failed. ${why}${toDo}`, {
    retryAfterSeconds: isOperators ? null : leftSeconds,
  });
};
