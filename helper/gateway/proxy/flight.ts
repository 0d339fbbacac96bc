import type { Direction, SeatActivity } from '../activity.ts';

/**
 * Whether a connection keeps its seat loaded. It does while it waits for the seat, and from the client's bytes until the
 * seat's answer: a seat may think for minutes without a byte. It does not once the seat sent last, so that a client which
 * merely keeps its connection open keeps nothing loaded.
 */
export interface Flight {
  readonly moved: (bytes: number, direction: Direction) => void;
  /** It was passed on to the seat, and nothing has been asked yet. */
  readonly rest: () => void;
  /** It no longer counts if its last bytes are older than `limitMs`: whoever is that slow will not answer. */
  readonly expire: (nowMs: number, limitMs: number) => void;
  /** The connection is over. */
  readonly end: () => void;
}

/** A flight begins in flight. `nowMs` is monotonic. */
export const createFlight = (activity: SeatActivity, seat: string, nowMs: () => number): Flight => {
  let isInFlight = true;
  let hasEnded = false;
  let lastMs = nowMs();
  activity.opened(seat);

  const rest = (): void => {
    if (!isInFlight) return;
    isInFlight = false;
    activity.closed(seat);
  };

  return {
    moved: (bytes, direction) => {
      // What was already read when the connection ended has no answer to wait for.
      if (hasEnded) return;
      activity.moved(seat, bytes, direction);
      if (direction === 'from_seat') {
        rest();
        return;
      }
      lastMs = nowMs();
      if (isInFlight) return;
      isInFlight = true;
      activity.opened(seat);
    },
    rest,
    expire: (now, limitMs) => {
      if (isInFlight && now - lastMs >= limitMs) rest();
    },
    end: () => {
      hasEnded = true;
      rest();
    },
  };
};
