import type { SeatActivity } from './activity.ts';
import type { Ask } from './keeper-link.ts';

/** Tells the keeper what passed to each seat: at most once a second for each, and only when there is something to tell. */

/** A little over the second the keeper allows, whose clock is another. */
export const reportMs = 1_050;

export interface TrafficReports {
  /** A seat has something to report. */
  readonly wake: () => void;
  readonly close: () => void;
}

export interface TrafficOptions {
  readonly activity: SeatActivity;
  readonly ask: Ask;
  readonly isConnected: () => boolean;
  readonly nowMs: () => number;
}

export const startTrafficReports = ({ activity, ask, isConnected, nowMs }: TrafficOptions): TrafficReports => {
  const lastMs = new Map<string, number>();
  const asking = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const report = async (seat: string): Promise<void> => {
    lastMs.set(seat, nowMs());
    asking.add(seat);
    const traffic = activity.take(seat);
    const answer = await ask('seat.traffic', { seat, ...traffic });
    asking.delete(seat);
    // A seat that the keeper does not know any more is owed nothing.
    if (!answer.ok && answer.failure.code !== 'unknown_seat') activity.giveBack(seat, traffic);
    wake();
  };

  const round = (): void => {
    timer = null;
    if (!isConnected()) return;
    const now = nowMs();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const seat of activity.due()) {
      if (asking.has(seat)) continue;
      const leftMs = (lastMs.get(seat) ?? Number.NEGATIVE_INFINITY) + reportMs - now;
      if (leftMs <= 0) void report(seat);
      else waitMs = Math.min(waitMs, leftMs);
    }
    if (waitMs < Number.POSITIVE_INFINITY) timer = setTimeout(round, waitMs);
  };

  const wake = (): void => {
    // Not at once: what uses a seat now is answered first, and uses it again in the same turn.
    if (timer === null && !closed) timer = setTimeout(round, 1);
  };

  return {
    wake,
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
};
