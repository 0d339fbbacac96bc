import { beginClosing, isStuck } from './closing.ts';
import { configOf, type SeatWorld, seatNamed, withSeat } from './seat-world.ts';
import type { Ask, Making, Seat, Seating } from './seating.ts';

/** Room for one seat by the end of others: begun, waited for until their bytes are back, and undone when it is in vain. */

/** Seats that were unloaded in vain have this long to find their memory again. */
const restoreMs = 300_000;

export const makingFor = ({ making }: Seating, name: string): Making | undefined =>
  making.find(({ seat }) => seat === name);

/** What was unloaded in vain is wanted back; whoever asked is told what is missing. */
export const undoMaking = (seating: Seating, making: Making, world: SeatWorld): Seating => {
  const { nowMs } = world;
  const wanted = making.evicted.filter((name) => {
    const seat = seatNamed(seating, name);
    return seat !== undefined && (seat.run === null || seat.closing?.isOrdered === true);
  });
  const asks = wanted.map(
    (seat): Ask => ({
      request: null,
      seat,
      ask: 'load',
      sinceMs: nowMs,
      untilMs: nowMs + restoreMs,
      by: 'automatic',
    }),
  );
  const released = making.evicted.reduce((state, name) => {
    const seat = seatNamed(state, name);
    return seat?.closing?.isOrdered === false && seat.closing.by === 'automatic'
      ? withSeat(state, { ...seat, closing: null })
      : state;
  }, seating);
  return {
    ...released,
    making: seating.making.filter((each) => each !== making),
    asks: [...seating.asks, ...asks],
  };
};

/** Idle seats are told to end, and the seat's bytes are kept for it from here on. */
export const makeRoom = (seating: Seating, seat: Seat, evicted: readonly string[], nowMs: number): Seating => {
  const held = withSeat(seating, {
    ...seat,
    isHeld: true,
    why: `Room is made for it: ${evicted.join(', ')} ${evicted.length === 1 ? 'is' : 'are'} unloaded first.`,
  });
  const closing = evicted.reduce((state, name) => {
    const idle = seatNamed(state, name);
    const wanted = { why: `${seat.name} needs its memory.`, by: 'automatic', mayCancel: true, requests: [] } as const;
    return idle === undefined ? state : beginClosing(state, idle, wanted, nowMs);
  }, held);
  return { ...closing, making: [...closing.making, { seat: seat.name, evicted }] };
};

export const isOver = (seat: Seat | undefined): boolean =>
  seat === undefined || (seat.run === null && seat.returning === null && seat.order === null);
/** It was used after all, or does not end. */
export const goesOn = (seat: Seat | undefined, world: SeatWorld): boolean =>
  seat !== undefined &&
  seat.run !== null &&
  ((seat.closing === null && seat.state !== 'draining') || isStuck(seat, configOf(world, seat.name), world.nowMs));
