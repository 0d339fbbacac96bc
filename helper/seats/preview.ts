import type { SeatConfig } from '../config/config.ts';
import { size } from '../protocol/figures.ts';
import { isServing, type Preview } from '../protocol/index.ts';
import { admission } from './admission.ts';
import { admissionFacts } from './admission-facts.ts';
import type { Admission } from './admission-terms.ts';
import { againAtMs } from './again.ts';
import { neverFitsText } from './never-fits.ts';
import { isShortage, roomFor } from './room.ts';
import { told } from './seat-answers.ts';
import { configOf, deadWhy, type SeatWorld, seatNamed } from './seat-world.ts';
import type { Seat, Seating } from './seating.ts';
import { protectedText, refusalText } from './verdict.ts';

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
  // What is not in use cannot be given back.
  const isThere = shortfallBytes !== null && shortfallBytes > 0 && shortfallBytes <= (terms.otherBytes ?? 0);
  const less =
    verdict.reason === 'needs_shedding' && isThere
      ? [`${size(shortfallBytes)} less were in use outside the seats.`]
      : [];
  return [...unloading, ...less];
};

/** What a request finds that does not have to be admitted, or cannot be; null: the sum decides. */
const beyondTheSum = (seat: Seat | undefined, { name, class: kind }: SeatConfig, world: SeatWorld): string | null => {
  const { nowMs } = world;
  const itsOwn = kind === 'protected' ? protectedText(name) : null;
  if (seat === undefined) return itsOwn;
  switch (seat.state) {
    case 'ready':
    case 'busy':
    case 'idle':
    case 'doomed': {
      const dead = deadWhy(world, name);
      return dead === null
        ? `${name} serves already: a request is answered at once.`
        : `${name} does not serve: a request would be refused. ${dead}`;
    }
    case 'starting':
    case 'loading':
      return `${name} is being loaded: a request waits until it serves.`;
    case 'frozen':
    case 'hollow':
      return `${name} does not serve: a request would be refused. ${seat.why}`.trim();
    case 'failed': {
      const atMs = againAtMs(seat);
      if (atMs !== null && atMs <= nowMs) return itsOwn;
      const again = atMs === null ? '' : ` for another ${waitText(atMs - nowMs)}`;
      const toDo = atMs === null && seat.run === null ? ` \`castellan load ${name}\` tries again.` : '';
      return `${`${name} has failed: a request would be refused${again}. ${seat.why}`.trim()}${toDo}`;
    }
    case 'absent':
    case 'admitting':
    case 'draining':
      return itsOwn;
  }
};

const waitText = (ms: number): string => {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
};

/** Null: there is no seat of that name. */
export const previewOf = (seating: Seating, world: SeatWorld, name: string): Preview | null => {
  const config = configOf(world, name);
  if (config === undefined) return null;
  const seat = seatNamed(seating, name);
  const state = seat?.state ?? 'absent';
  const facts = admissionFacts(seating, world, name);
  const verdict = admission(facts);
  const fits = verdict.verdict === 'admit';
  // Of a seat that serves the sum is only told: nothing is unloaded for it, and nothing has to help.
  const isJudged = !isServing(state) && !fits;
  const never = isJudged ? neverFitsText(facts) : null;
  const room = isJudged && never === null && isShortage(verdict) ? roomFor(seating, world, name) : null;
  const bySum =
    never !== null
      ? `${never} A request is refused.`
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
    wouldFitIf: isJudged && never === null ? [...remedies(verdict, seating, world, name)] : [],
    said: beyondTheSum(seat, config, world) ?? bySum,
  };
};
