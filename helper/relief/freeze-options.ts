import { processKey } from '../host/reading.ts';
import { rate, size } from '../protocol/figures.ts';
import type { PassedOver } from '../protocol/index.ts';
import { mostFreezes } from './acts.ts';
import type { Candidate } from './candidates.ts';
import { isSuppressed, type Option, pass, suppressed } from './option.ts';
import type { ReliefState } from './state.ts';
import { isEnding } from './stops.ts';
import { growingBytesPerSecond, slowGrowth } from './watch.ts';
import type { World } from './world.ts';

/** Who could be frozen, by whom it is decided, and why the others cannot be. */

export const nameOf = ({ targets: [first, ...rest] }: Candidate): string =>
  `${first.name} (pid ${first.id.pid}${rest.length > 0 ? ` and ${rest.length} more` : ''})`;

/** What would be orphaned or go silent, as half sentences. */
export const impactOf = (candidate: Candidate): readonly string[] => [
  ...candidate.listening.map((address) => `listens on ${address}`),
  ...(candidate.children > 0
    ? [`has ${candidate.children} ${candidate.children === 1 ? 'child process' : 'child processes'}`]
    : []),
  ...candidate.askFirst.filter((text) => !text.startsWith('it listens')).map((text) => text.replace(/^it /, '')),
];

/** Why a candidate cannot be frozen by anybody now, whoever asks; null: it can. Brake, level path and approval share it. */
export const freezeObstacle = (candidate: Candidate, relief: ReliefState, nowMs: number): PassedOver | null => {
  const name = nameOf(candidate);
  const { entry, denial, footprintBytes, key } = candidate;
  if (denial !== null) return pass(name, denial.code, denial.text);
  if (relief.freezes.some((freeze) => freeze.targets.some((each) => processKey(each.id) === key)))
    return pass(name, 'already_frozen', 'it is frozen already');
  if (candidate.isStopped)
    return pass(name, 'already_stopped', 'it is stopped already, so stopping it changes nothing');
  if (isEnding(candidate.targets, relief))
    return pass(name, 'ending', 'it has been told to end, and could not if it were stopped');
  if (footprintBytes < entry.freezeFloorBytes)
    return pass(name, 'below_floor', `${size(footprintBytes)} is below the floor of ${size(entry.freezeFloorBytes)}`);
  if (isSuppressed(relief, key)) return suppressed(name);
  if (relief.failed.some((each) => each.key === key && nowMs < each.againMs))
    return pass(name, 'failed_lately', 'it could not be stopped a moment ago; nothing was done');
  if (relief.conflict !== null)
    return pass(name, 'actuator_conflict', `somebody else resumes what is frozen (${relief.conflict.target})`);
  if (relief.deadman.state === 'missing')
    return pass(name, 'deadman_missing', 'the deadman does not answer, so nothing may be stopped');
  if (relief.deadman.state === 'not_ready')
    return pass(name, 'deadman_not_ready', 'tombstones of an earlier keeper are still being resumed');
  if (relief.freezes.length >= mostFreezes) return pass(name, 'too_many_frozen', `${mostFreezes} are frozen already`);
  return null;
};

export const growthOf = (relief: ReliefState, key: string): number | null => {
  const watched = relief.watched.find((each) => each.key === key);
  return watched === undefined ? null : slowGrowth(watched);
};

const freezeOption = (
  candidate: Candidate,
  relief: ReliefState,
  isSwapAlone: boolean,
): Option & { readonly grows: boolean } => {
  const { key, entry, targets, footprintBytes, askFirst } = candidate;
  const name = nameOf(candidate);
  const growth = growthOf(relief, key);
  const grows = growth !== null && growth >= growingBytesPerSecond;
  const tooLong = relief.thawed.some((each) => each.key === key && each.tooLong);
  const why = tooLong
    ? 'it was frozen for ten minutes already'
    : (askFirst[0] ?? (isSwapAlone ? 'only the share of swap in use speaks for it' : null));
  return {
    act: { verb: 'freeze', entry, targets, path: 'level' },
    reason: `${name} holds ${size(footprintBytes)}${grows ? ` and grows by ${rate(growth)}` : ', and does not grow now'}.`,
    cause: tooLong ? { kind: 'frozen_too_long' } : { kind: 'level', atLeast: grows ? 2 : 3 },
    expected: { counter: 'growth', bytes: 0, bytesPerSecond: grows ? growth : 0 },
    impact: impactOf(candidate),
    ask: grows ? why : (why ?? 'it does not grow'),
    name,
    grows,
  };
};

export interface FreezeOptions {
  /** Growing, and nobody has to be asked. */
  readonly growing: readonly Option[];
  /** Growing, and the operator is asked first. */
  readonly asked: readonly Option[];
  /** On red: what does not grow. Stopping it frees nothing, and keeps it from growing. */
  readonly still: readonly Option[];
  readonly passedOver: readonly PassedOver[];
}

export const freezeOptions = (relief: ReliefState, { level, isSwapAlone, nowMs }: World): FreezeOptions => {
  const growing: Option[] = [];
  const asked: Option[] = [];
  const still: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const candidate of relief.candidates) {
    const obstacle = freezeObstacle(candidate, relief, nowMs);
    const name = nameOf(candidate);
    if (obstacle !== null) passedOver.push(obstacle);
    else if (level < 2) passedOver.push(pass(name, 'not_yet', 'nobody is frozen before orange'));
    else {
      const { grows, ...option } = freezeOption(candidate, relief, isSwapAlone);
      if (grows && option.ask === null) growing.push(option);
      else if (grows) {
        asked.push(option);
        passedOver.push(pass(name, 'ask_first', `the operator is asked first: ${option.ask}`));
      } else if (level === 3) still.push(option);
      else passedOver.push(pass(name, 'not_growing', 'it does not grow, and stopping it would free nothing'));
    }
  }
  return { growing, asked, still, passedOver };
};
