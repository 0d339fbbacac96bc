/**
 * What passes through the gateway to each seat: calls of ensure-loaded answered here and the proxy's connections in one
 * count, so that a seat has one idle clock whoever uses it.
 */

/** `to_seat`: from a client. `from_seat`: the seat's own bytes. */
export type Direction = 'to_seat' | 'from_seat';

/** What one report says of a seat: counts since the report before, and what is under way now. */
export interface Traffic {
  readonly inFlight: number;
  /** Bytes passed on, both ways. */
  readonly bytes: number;
  readonly ticks: number;
}

export interface SeatActivity {
  /**
   * Something of this seat's is under way from now on: a connection that waits for the seat or for an answer. A
   * connection whose last bytes came from the seat is not: its owner says `closed` then, and `opened` when the client
   * sends again, so that each `opened` has one `closed` and a connection that merely stays open keeps no seat loaded.
   */
  opened(seat: string): void;
  /** The counterpart of one `opened`; one too many is a fault and throws. */
  closed(seat: string): void;
  /** Bytes were passed on. */
  moved(seat: string, bytes: number, direction: Direction): void;
  /** A call of ensure-loaded was answered from what the keeper told before. */
  tick(seat: string): void;
  /** Seats with something to report: used since their last report, or something is under way. */
  due(): readonly string[];
  /** What is under way now. */
  inFlight(seat: string): number;
  /** Whether anything happened since the last report. */
  used(seat: string): boolean;
  /** What is to be reported, and the counts begin anew. Whoever cannot deliver it gives it back. */
  take(seat: string): Traffic;
  giveBack(seat: string, traffic: Traffic): void;
}

interface Counts {
  inFlight: number;
  bytes: number;
  ticks: number;
  /** Since the last report. */
  used: boolean;
}

/** `onUse` is told when a seat that had nothing to report has something, and when its first request begins or its last ends. */
export const createActivity = (onUse: (seat: string) => void = () => {}): SeatActivity => {
  const all = new Map<string, Counts>();

  const countsOf = (seat: string): Counts => {
    const known = all.get(seat);
    if (known !== undefined) return known;
    const fresh = { inFlight: 0, bytes: 0, ticks: 0, used: false };
    all.set(seat, fresh);
    return fresh;
  };

  const isDue = ({ used, inFlight }: Counts): boolean => used || inFlight > 0;

  const use = (seat: string, counts: Counts, more: -1 | 0 | 1 = 0): void => {
    const wasDue = isDue(counts);
    const before = counts.inFlight;
    counts.used = true;
    counts.inFlight += more;
    if (!wasDue || before > 0 !== counts.inFlight > 0) onUse(seat);
  };

  return {
    opened: (seat) => {
      use(seat, countsOf(seat), 1);
    },
    closed: (seat) => {
      const counts = countsOf(seat);
      if (counts.inFlight === 0) throw new Error(`${seat}: more was closed than opened`);
      use(seat, counts, -1);
    },
    moved: (seat, bytes) => {
      const counts = countsOf(seat);
      use(seat, counts);
      counts.bytes += bytes;
    },
    tick: (seat) => {
      const counts = countsOf(seat);
      use(seat, counts);
      counts.ticks += 1;
    },
    due: () => [...all].filter(([, counts]) => isDue(counts)).map(([seat]) => seat),
    inFlight: (seat) => all.get(seat)?.inFlight ?? 0,
    used: (seat) => all.get(seat)?.used ?? false,
    take: (seat) => {
      const counts = countsOf(seat);
      const traffic = { inFlight: counts.inFlight, bytes: counts.bytes, ticks: counts.ticks };
      counts.bytes = 0;
      counts.ticks = 0;
      counts.used = false;
      return traffic;
    },
    giveBack: (seat, { bytes, ticks }) => {
      const counts = countsOf(seat);
      use(seat, counts);
      counts.bytes += bytes;
      counts.ticks += ticks;
    },
  };
};
