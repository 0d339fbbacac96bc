import type { SeatConfig } from '../config/config.ts';
import type { Seat, Seating, SeatMemory } from './seating.ts';
import { newSeat } from './seating.ts';
import { cued } from './transitions.ts';

/** What outlives the keeper: the largest footprints, and which seats did not stay up. */

/** A peak grows with every request of a new size: only steps are worth a write. */
const stepBytes = 64 * 2 ** 20;
const stepped = (bytes: number): number => Math.ceil(bytes / stepBytes) * stepBytes;

/** Who has not been looked at yet is not forgotten. */
export const seatMemories = ({ seats, recalled }: Seating, nowMs: number): readonly SeatMemory[] =>
  [...recalled.filter(({ name }) => !seats.some((seat) => seat.name === name)), ...seats].flatMap(
    ({ name, peakBytes, failure }): readonly SeatMemory[] =>
      peakBytes === 0 && failure === null
        ? []
        : [
            {
              name,
              peakBytes: stepped(peakBytes),
              failure:
                failure === null
                  ? null
                  : { kind: failure.kind, count: failure.count, agoMs: Math.max(0, nowMs - failure.atMs) },
            },
          ],
  );

export const sameMemories = (a: readonly SeatMemory[], b: readonly SeatMemory[]): boolean =>
  a.length === b.length &&
  a.every(({ name, peakBytes, failure }, at) => {
    const other = b[at];
    return (
      name === other?.name &&
      peakBytes === other.peakBytes &&
      failure?.kind === other.failure?.kind &&
      failure?.count === other.failure?.count
    );
  });

const recalledWhy = 'It failed before the keeper was started again.';

/** `ageMs`: how long ago it was written. */
export const recallSeats = (
  seating: Seating,
  memories: readonly SeatMemory[],
  ageMs: number,
  nowMs: number,
): Seating => ({
  ...seating,
  recalled: memories.map(({ name, peakBytes, failure }) => ({
    name,
    // What was written was rounded up: this rounds to the same.
    peakBytes: Math.max(0, peakBytes - stepBytes + 1),
    failure:
      failure === null
        ? null
        : {
            kind: failure.kind,
            count: failure.count,
            atMs: nowMs - failure.agoMs - ageMs,
            ends: failure.kind === 'crash_loop',
            why: recalledWhy,
          },
  })),
});

/** A seat at its first look, with what an earlier keeper knew of it. */
export const firstSeat = ({ recalled }: Seating, { name, class: kind }: SeatConfig, nowMs: number): Seat => {
  const seat = newSeat(name, nowMs);
  const known = recalled.find((each) => each.name === name);
  if (known === undefined) return seat;
  const { peakBytes } = known;
  const failure = known.failure === null ? null : { ...known.failure, ends: known.failure.ends && kind === 'on_call' };
  const remembering: Seat = { ...seat, peakBytes, failure };
  return failure === null ? remembering : cued(remembering, 'failed', nowMs, recalledWhy);
};
