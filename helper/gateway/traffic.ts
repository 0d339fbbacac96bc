import type { SeatActivity } from './activity.ts';
import type { Ask } from './keeper-link.ts';

/**
 * Tells the keeper what passed to each seat: once a second for each at most, and only when there is something to tell. Of
 * the two reports in a row that the keeper takes the second is kept for news: that a seat which was at rest is in use, or
 * the other way round.
 */

/** A little over the second the keeper allows, whose clock is another. */
export const reportMs = 1_050;
/** Reports in a row that the keeper takes after a pause. */
const most = 2;

export interface TrafficReports {
  /** A seat has something to report, or news. */
  readonly wake: (seat: string) => void;
  /** A keeper has connected, which counts nothing as under way. */
  readonly begin: () => void;
  /** Resolves when the keeper knows whether the seat is in use; at the latest after a second or two. Never rejects. */
  readonly flush: (seat: string) => Promise<void>;
  readonly close: () => void;
}

export interface TrafficOptions {
  readonly activity: SeatActivity;
  readonly ask: Ask;
  readonly isConnected: () => boolean;
  readonly nowMs: () => number;
}

/** Of one seat. */
interface Told {
  /** Reports that may be made, as of `atMs`. */
  readonly left: number;
  readonly atMs: number;
  /** As last reported. */
  readonly isInUse: boolean;
}

export const startTrafficReports = ({ activity, ask, isConnected, nowMs }: TrafficOptions): TrafficReports => {
  const told = new Map<string, Told>();
  const asking = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | null = null;
  let isSoon = false;
  let closed = false;

  const leftOf = (seat: string): number => {
    const known = told.get(seat);
    return known === undefined ? most : Math.min(most, known.left + (nowMs() - known.atMs) / reportMs);
  };

  const isNews = (seat: string): boolean => activity.inFlight(seat) > 0 !== (told.get(seat)?.isInUse ?? false);

  /** Milliseconds until the seat may be reported. */
  const waitMs = (seat: string): number => ((isNews(seat) ? 1 : most) - leftOf(seat)) * reportMs;

  const report = async (seat: string): Promise<void> => {
    const before = told.get(seat)?.isInUse ?? false;
    const traffic = activity.take(seat);
    told.set(seat, { left: leftOf(seat) - 1, atMs: nowMs(), isInUse: traffic.inFlight > 0 });
    const answer = await ask('seat.traffic', { seat, ...traffic });
    asking.delete(seat);
    // A seat that the keeper does not know any more is owed nothing.
    if (!answer.ok && answer.failure.code !== 'unknown_seat') {
      activity.giveBack(seat, traffic);
      const now = told.get(seat);
      if (now !== undefined) told.set(seat, { ...now, isInUse: before });
    }
    wake(seat);
  };

  const send = (seat: string): Promise<void> => {
    const sent = report(seat);
    asking.set(seat, sent);
    return sent;
  };

  const schedule = (ms: number, soon: boolean): void => {
    if (timer !== null) clearTimeout(timer);
    isSoon = soon;
    timer = setTimeout(round, ms);
  };

  const round = (): void => {
    timer = null;
    if (!isConnected()) return;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const seat of activity.due()) {
      if (asking.has(seat)) continue;
      const ms = waitMs(seat);
      if (ms <= 0) void send(seat);
      else nextMs = Math.min(nextMs, ms);
    }
    if (nextMs < Number.POSITIVE_INFINITY) schedule(nextMs, false);
  };

  const wake = (seat: string): void => {
    if (closed || (timer !== null && (isSoon || asking.has(seat) || waitMs(seat) > 0))) return;
    // Not at once: what uses a seat now is answered first, and uses it again in the same turn.
    schedule(1, true);
  };

  return {
    wake,
    begin: () => {
      for (const [seat, one] of told) told.set(seat, { ...one, isInUse: false });
      if (!closed) schedule(1, true);
    },
    flush: async (seat) => {
      await asking.get(seat);
      if (!isNews(seat) || !isConnected()) return;
      const ms = waitMs(seat);
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      // Meanwhile the round may have sent it.
      await (asking.get(seat) ?? (isNews(seat) && !closed ? send(seat) : undefined));
    },
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
};
