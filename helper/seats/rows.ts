import type { AuditFacts } from '../journal/audit.ts';
import { size } from '../protocol/figures.ts';
import { type SeatWorld, seatNamed, usedBytes } from './seat-world.ts';
import type { Returning, Seat, Seating } from './seating.ts';

/** What the audit log is told of the runs of seats, beside the orders that have rows of their own. */

/** What the machine had less in use when its claim was let go, beside what it held. */
const returnedRow = (
  target: string,
  { bytes, usedBytes: before, sinceMs }: Returning,
  world: SeatWorld,
): AuditFacts => ({
  kind: 'observed',
  what: 'returned',
  target,
  detail: `${size(Math.max(0, before - usedBytes(world)))} less are in use ${((world.nowMs - sinceMs) / 1000).toFixed(1)} s after its end; it held ${size(bytes)}`,
});

/** SIGKILL, as launchd lists it. */
const exitKilled = -9;

/** What of a seat's runs no order of ours explains, and an end that was not an orderly one. */
const runRows = (was: Seat, seat: Seat, nowMs: number): readonly AuditFacts[] => {
  const hasBegun = seat.run !== null && seat.run.sinceMs !== was.run?.sinceMs;
  const hasEnded = was.run !== null && seat.run?.sinceMs !== was.run.sinceMs;
  const wasTold = was.closing?.isOrdered === true || was.state === 'draining' || was.gaveUpMs !== null;
  return [
    ...(hasEnded && !wasTold
      ? [{ kind: 'observed', what: 'ended', target: seat.name, detail: 'nobody here told it to' } as const]
      : []),
    ...(hasEnded && wasTold && seat.lastExit === exitKilled
      ? [
          {
            kind: 'observed',
            what: 'killed',
            target: seat.name,
            detail: `it had not ended ${Math.round((nowMs - was.sinceMs) / 1000)} s after it was told to`,
          } as const,
        ]
      : []),
    ...(hasBegun && seat.run?.isOrdered === false
      ? [
          {
            kind: 'observed',
            what: 'started',
            target: seat.name,
            detail: 'by its service, or by somebody else',
          } as const,
        ]
      : []),
  ];
};

/** Of one step: what is so after it and was not before. */
export const rowsOf = (before: Seating, after: Seating, world: SeatWorld): readonly AuditFacts[] =>
  after.seats.flatMap((seat): readonly AuditFacts[] => {
    const was = seatNamed(before, seat.name);
    if (was === undefined) return [];
    const isReturned = was.returning !== null && seat.returning === null && seat.run === null;
    return [...runRows(was, seat, world.nowMs), ...(isReturned ? [returnedRow(seat.name, was.returning, world)] : [])];
  });
