import {
  type DeadmanPoint,
  deadmanPoints,
  type Hold,
  type KeeperPoint,
  keeperPoints,
  type Party,
  resumePoints,
} from './points.ts';
import { createRandom, type Random } from './random.ts';

/** What happens in one run. Depends on its seed and the options alone. */

/** Where it is struck: at an exact point of one of the two, or at a random moment. */
export type Place =
  | { readonly at: 'keeper'; readonly point: KeeperPoint }
  | { readonly at: 'deadman'; readonly point: DeadmanPoint }
  | { readonly at: 'time' };

/** How somebody comes to resume, where the point is one of resuming. */
export type Trigger =
  /** It is not: the freezes themselves lead there. */
  | 'freeze'
  /** The keeper resumes its freezes. */
  | 'keeper_resumes'
  /** Both are killed, and a new keeper finds what is left. */
  | 'keeper_returns'
  /** The keeper is killed, and the deadman resumes. */
  | 'keeper_killed'
  /** The freezes are over after a moment. */
  | 'deadline'
  /** The deadman is told to end. */
  | 'deadman_ends'
  /** Both are killed, and a new deadman finds what is left. */
  | 'deadman_returns';

export interface RunPlan {
  readonly seed: number;
  readonly place: Place;
  readonly trigger: Trigger;
  readonly nth: number;
  readonly struck: Party | 'both';
  readonly how: 'kill' | 'wedge';
  /** Members of each freeze. */
  readonly freezes: readonly number[];
  /** All are ordered at once, instead of one after the other. */
  readonly atOnce: boolean;
  /** Between two orders. */
  readonly gapMs: number;
  /** For `time`: after the first order. */
  readonly strikeAfterMs: number;
  /** How long the keeper's freezes may last. */
  readonly limitMs: number;
  /** After its death; null: not at all. */
  readonly keeperBackMs: number | null;
  readonly deadmanBackMs: number | null;
  /** A wedge ends after this, if the deadman has not ended it before. */
  readonly wedgeMs: number;
  /** The party that was held and not struck goes on after this. */
  readonly goMs: number;
  /** A second blow, against whoever resumes. */
  readonly again: Hold | null;
  /** One of the frozen ends when it is struck, and its pid goes to somebody else. */
  readonly reuse: boolean;
  /** What ends a keeper that lived through it. */
  readonly end: 'close' | 'kill';
  /** A keeper that is there afterwards has to be able to freeze. */
  readonly refreeze: boolean;
  /** Keepers that come after the first are the whole role, as it runs. They resume; nobody orders them to freeze. */
  readonly wholeNext: boolean;
  /** Factor on all times of the deadman and its link. */
  readonly scale: number;
}

export interface PlanOptions {
  /** Of runs in which processes are killed. */
  readonly scale: number;
  /** A pid can be given to somebody else here. */
  readonly mayReuse: boolean;
}

/** A wedge in real times takes more than a minute: one test does that. */
const wedgeScale = 0.1;

interface Case {
  readonly place: Place;
  readonly struck: RunPlan['struck'];
}

const parties = ['keeper', 'deadman', 'both'] as const;

const cases: readonly Case[] = parties.flatMap((struck) => [
  ...(Object.keys(keeperPoints) as KeeperPoint[]).map((point) => ({ place: { at: 'keeper' as const, point }, struck })),
  ...(Object.keys(deadmanPoints) as DeadmanPoint[]).map((point) => ({
    place: { at: 'deadman' as const, point },
    struck,
  })),
  ...Array.from({ length: 3 }, () => ({ place: { at: 'time' as const }, struck })),
]);

/** The golden section of 2³²: any number of runs in a row is spread evenly over the cases. */
const golden = 0x9e3779b9;
export const seedOfRun = (seed: number, run: number): number => (seed + Math.imul(run, golden)) >>> 0;

const isResuming = (place: Place): boolean =>
  place.at !== 'time' && resumePoints.some((point) => point === place.point);

const triggerOf = ({ place, struck }: Case, random: Random): Trigger => {
  if (!isResuming(place)) return 'freeze';
  if (place.at === 'keeper')
    return struck === 'deadman' ? 'keeper_resumes' : random.pick(['keeper_resumes', 'keeper_returns']);
  if (struck === 'keeper') return 'deadline';
  if (struck === 'both') return random.pick(['deadline', 'keeper_killed']);
  return random.pick(['deadline', 'keeper_killed', 'deadman_ends', 'deadman_returns']);
};

export const planOf = (seed: number, options: PlanOptions): RunPlan => {
  const chosen = cases[Math.floor((seed / 2 ** 32) * cases.length)] ?? { place: { at: 'time' }, struck: 'both' };
  const { place, struck } = chosen;
  const random = createRandom(seed);
  const trigger = triggerOf(chosen, random);
  const freezes = Array.from({ length: random.whole(1, 8) }, () => (random.chance(0.3) ? random.whole(2, 6) : 1));
  const members = freezes.reduce((sum, each) => sum + each, 0);
  const orders = place.at === 'keeper' && ['intended', 'verified'].includes(place.point);
  // A new resumer, too, is held at most where there is a second one to resume.
  const nth = random.whole(1, orders ? freezes.length : trigger === 'freeze' ? members : Math.min(members, 4));
  const how = trigger === 'freeze' && random.chance(0.2) ? 'wedge' : 'kill';
  const scale = how === 'wedge' ? Math.min(wedgeScale, options.scale) : options.scale;
  const keeperBackMs = random.chance(0.25) ? null : random.whole(0, 1500);
  return {
    seed,
    place,
    trigger,
    nth,
    struck,
    how,
    freezes,
    atOnce: random.chance(0.5),
    gapMs: random.whole(0, 30),
    strikeAfterMs: random.whole(0, 250),
    limitMs: trigger === 'deadline' ? random.whole(400, 1200) : 600_000,
    keeperBackMs,
    deadmanBackMs: keeperBackMs !== null && random.chance(0.15) ? null : random.whole(0, 1500),
    wedgeMs: random.whole(100, 12_000),
    goMs: random.whole(0, 40),
    again: random.chance(0.3) ? { point: random.pick(resumePoints), nth: random.whole(1, 3) } : null,
    reuse: options.mayReuse && random.chance(0.2),
    end: random.pick(['close', 'kill']),
    refreeze: random.chance(0.5),
    wholeNext: random.chance(0.25),
    scale,
  };
};
