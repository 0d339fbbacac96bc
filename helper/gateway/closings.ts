import { type GatewayView, isServing } from '../protocol/seats.ts';
import type { SeatActivity } from './activity.ts';
import type { Ask } from './keeper-link.ts';

/**
 * Before the keeper ends an idle seat it asks whether anybody has just used it, and waits for the answer. From that
 * answer on this gateway says of the seat only what the keeper says, until the closing is over and the seat serves.
 */
export interface Closings {
  readonly onView: (view: GatewayView) => void;
  /** Whether the seat may be answered for from the view. */
  readonly isOpen: (seat: string) => boolean;
}

export const createClosings = (activity: SeatActivity, ask: Ask): Closings => {
  /** The closing each seat was acknowledged for last, while that lasts. */
  const closed = new Map<string, number>();

  const acknowledge = async (seat: string, closing: number): Promise<void> => {
    const used = activity.due().includes(seat);
    closed.set(seat, closing);
    const answer = await ask('seat.closingAck', { seat, closing, used });
    // Said again with the next view: the keeper still waits, or has begun another.
    if (!answer.ok && closed.get(seat) === closing) closed.set(seat, Number.NaN);
  };

  return {
    onView: ({ seats }) => {
      for (const { name, closing, state } of seats) {
        if (closing !== null && closed.get(name) !== closing) void acknowledge(name, closing);
        else if (closing === null && isServing(state)) closed.delete(name);
      }
      const known = new Set(seats.map(({ name }) => name));
      for (const name of [...closed.keys()]) if (!known.has(name)) closed.delete(name);
    },
    isOpen: (seat) => !closed.has(seat),
  };
};
