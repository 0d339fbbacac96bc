import { seedOfRun } from '../plan.ts';
import type { Attack } from './attack.ts';
import { allAttacks } from './attacks.ts';
import { exchange } from './exchange.ts';
import { fuzzedOf } from './fuzz.ts';
import { expectationOf, type Judgement, judge } from './judge.ts';
import type { HttpOptions } from './options.ts';
import type { Target } from './target.ts';

/** What was found, and how it is seen again. */
export interface Finding {
  readonly what: string;
  readonly problems: readonly string[];
  readonly sent: Buffer;
}

export interface Tally {
  /** Answers by status; `closed`: without one. */
  readonly statuses: Map<string, number>;
  readonly findings: Finding[];
  requests: number;
}

export const newTally = (): Tally => ({ statuses: new Map(), findings: [], requests: 0 });

/** So many are worth reading. */
const mostFindings = 20;

const note = (tally: Tally, what: string, sent: Buffer, { statuses, problems }: Judgement): void => {
  tally.requests += 1;
  for (const status of statuses) tally.statuses.set(String(status), (tally.statuses.get(String(status)) ?? 0) + 1);
  if (problems.length > 0 && tally.findings.length < mostFindings) tally.findings.push({ what, problems, sent });
};

const carryOut = async (
  target: Target,
  { name, bytes, expected, most, options }: Attack,
  tally: Tally,
): Promise<void> => {
  const result = await exchange(target.port, bytes, options);
  note(tally, name, bytes, judge(bytes, result, expected, most));
};

/** Takes one after the other from what is left, so many at a time. */
const inLanes = async (lanes: number, count: number, act: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await act(index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

export const runAttacks = async (target: Target, lanes: number, tally: Tally): Promise<void> => {
  const attacks = allAttacks(target);
  await inLanes(lanes, attacks.length, async (index) => {
    const each = attacks[index];
    if (each !== undefined) await carryOut(target, each, tally);
  });
};

export const runFuzz = (target: Target, options: HttpOptions, tally: Tally): Promise<void> =>
  inLanes(options.lanes, options.runs, async (run) => {
    const seed = seedOfRun(options.seed, run);
    const { bytes, cuts, patienceMs } = fuzzedOf(target, seed);
    const result = await exchange(target.port, bytes, { cuts, patienceMs });
    note(tally, `--runs 1 --seed ${seed}`, bytes, judge(bytes, result, expectationOf(bytes, target)));
  });
