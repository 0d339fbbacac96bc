import { size } from '../protocol/figures.ts';
import { isServing, type Preview } from '../protocol/index.ts';
import { admission } from './admission.ts';
import { admissionFacts } from './admission-facts.ts';
import type { Admission } from './admission-terms.ts';
import { refusalText } from './asks.ts';
import { isShortage, roomFor } from './room.ts';
import { told } from './seat-answers.ts';
import { configOf, type SeatWorld, seatNamed } from './seat-world.ts';
import type { Seating } from './seating.ts';

/** What asking for a seat would come to now: the verdict of admission on the same facts, and nothing changed by it. */

/** Each is a sentence that would turn this refusal, checked against the sum itself where it can be. */
const remedies = (verdict: Admission, seating: Seating, world: SeatWorld, name: string): readonly string[] => {
  if (!isShortage(verdict)) return [];
  const { shortfallBytes, terms } = verdict;
  const unloading = world.config.seats
    .filter(({ name: other, class: kind }) => other !== name && kind === 'on_call')
    .filter(({ name: other }) => terms.claims.some(({ seat }) => seat === other))
    .filter(({ name: other }) => admission(admissionFacts(seating, world, name, new Set([other]))).verdict === 'admit')
    .map(({ name: other }) => `${other} were unloaded (\`castellan release ${other}\`).`);
  const less =
    verdict.reason === 'needs_shedding' && shortfallBytes !== null && shortfallBytes > 0
      ? [`${size(shortfallBytes)} less were in use outside the seats.`]
      : [];
  return [...unloading, ...less];
};

/** Null: there is no seat of that name. */
export const previewOf = (seating: Seating, world: SeatWorld, name: string): Preview | null => {
  if (configOf(world, name) === undefined) return null;
  const seat = seatNamed(seating, name);
  const verdict = admission(admissionFacts(seating, world, name));
  const fits = verdict.verdict === 'admit';
  const room = !fits && isShortage(verdict) ? roomFor(seating, world, name) : null;
  const state = seat?.state ?? 'absent';
  const said = isServing(state)
    ? `${name} serves already: a request is answered at once.`
    : fits
      ? `${name} fits: a request would load it.`
      : room !== null
        ? `${name} fits once ${room.join(', ')} ${room.length === 1 ? 'is' : 'are'} unloaded: a request would do that first.`
        : `${refusalText(name, verdict)} A request would be refused.`;
  return {
    seat: name,
    state,
    admission: told(verdict),
    wouldUnload: [...(room ?? [])],
    wouldFitIf: fits ? [] : [...remedies(verdict, seating, world, name)],
    said,
  };
};
