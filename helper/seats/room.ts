import { mayMakeRoom } from './activity.ts';
import { admission } from './admission.ts';
import { admissionFacts } from './admission-facts.ts';
import type { Admission } from './admission-terms.ts';
import { configOf, type SeatWorld, viewOf } from './seat-world.ts';
import type { Seating } from './seating.ts';

/** Which idle seats would have to go so that another one fits. */

/** All choices among so many are looked at; more are never idle at once on one machine. */
const mostCandidates = 6;

/** Refusals that more memory would turn. */
export const isShortage = ({ reason }: Admission): boolean =>
  reason === 'needs_shedding' || reason === 'kernel_would_warn' || reason === 'wired_limit';

const choices = (names: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: 2 ** names.length - 1 }, (_, index) =>
    names.filter((_name, at) => ((index + 1) >> at) % 2 === 1),
  );

/** The fewest, and of those the smallest, whose end makes it fit; null: no choice does. */
export const roomFor = (seating: Seating, world: SeatWorld, wanted: string): readonly string[] | null => {
  const idle = seating.seats
    .filter((seat) => {
      const config = configOf(world, seat.name);
      return seat.name !== wanted && config !== undefined && mayMakeRoom(seat, config, world.nowMs);
    })
    .sort((a, b) => a.activity.lastMs - b.activity.lastMs)
    .slice(0, mostCandidates)
    .map(({ name }) => name);
  const bytes = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (viewOf(world, name)?.footprintBytes ?? 0), 0);
  return (
    [...choices(idle)]
      .sort((a, b) => a.length - b.length || bytes(a) - bytes(b))
      .find((names) => admission(admissionFacts(seating, world, wanted, new Set(names))).verdict === 'admit') ?? null
  );
};
