import type { KillAllowedEntry, ShedService } from '../config/config.ts';
import { MB } from '../config/config.ts';
import { processKey } from '../host/reading.ts';
import type { Level } from '../memory/level.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { Act, Cause, Expectation, Target } from './acts.ts';
import type { Candidate } from './candidates.ts';
import { episodeOf, targetKeyOf } from './plan-identity.ts';
import type { ReliefState } from './state.ts';
import { growingBytesPerSecond, slowGrowth } from './watch.ts';
import type { SeatFacts, World } from './world.ts';

/** Everything relief could do now, in the order in which it would, and everything it passes over, with the reason. */

export interface Option {
  readonly act: Act;
  readonly reason: string;
  readonly cause: Cause;
  readonly expected: Expectation;
  /** What would be orphaned or go silent. */
  readonly impact: readonly string[];
  /** Why the operator decides; null: Castellan does. */
  readonly ask: string | null;
  readonly name: string;
}

export interface Options {
  readonly automatic: readonly Option[];
  readonly asked: readonly Option[];
  readonly passedOver: readonly PassedOver[];
}

/** Two useless tries, and a target is left alone for the episode. */
const usefulTries = 2;
/** Freezes at a time; a group counts once. */
export const freezeLimit = 8;
/** A protected seat's end is proposed only after red has lasted this long, and when nothing else is left. */
const protectedAfterRedMs = 60_000;

const megabytes = (bytes: number): string =>
  bytes >= 1024 * MB ? `${(bytes / (1024 * MB)).toFixed(1)} GB` : `${Math.round(bytes / MB)} MB`;
const rate = (bytes: number): string => `${Math.round(bytes / MB)} MB/s`;

const triesOf = (relief: ReliefState, key: string): number =>
  relief.tries.find((each) => each.key === key)?.useless ?? 0;

const isSuppressed = (relief: ReliefState, key: string): boolean => triesOf(relief, key) >= usefulTries;

const pass = (target: string, code: string, text: string): PassedOver => ({ target, code, text });

const suppressed = (name: string): PassedOver =>
  pass(name, 'suppressed', 'acting on it did not help twice in this episode; it is left alone');

const nameOf = ({ targets: [first, ...rest] }: Candidate): string =>
  `${first.name} (pid ${first.id.pid}${rest.length > 0 ? ` and ${rest.length} more` : ''})`;

export const impactOf = (candidate: Candidate): readonly string[] => [
  ...candidate.listening.map((address) => `listens on ${address}`),
  ...(candidate.children > 0
    ? [`has ${candidate.children} ${candidate.children === 1 ? 'child process' : 'child processes'}`]
    : []),
  ...candidate.askFirst.filter((text) => !text.startsWith('it listens')).map((text) => text.replace(/^it /, '')),
];

/** Why a candidate cannot be frozen by anybody now, whoever asks; null: it can. Brake, level path and approval share it. */
export const freezeObstacle = (candidate: Candidate, relief: ReliefState): PassedOver | null => {
  const name = nameOf(candidate);
  const { entry, denial, footprintBytes } = candidate;
  if (denial !== null) return pass(name, denial.code, denial.text);
  if (relief.freezes.some((freeze) => freeze.targets.some((each) => processKey(each.id) === candidate.key)))
    return pass(name, 'already_frozen', 'it is frozen already');
  if (candidate.isStopped)
    return pass(name, 'already_stopped', 'it is stopped already, so stopping it changes nothing');
  if (footprintBytes < entry.freezeFloorBytes)
    return pass(
      name,
      'below_floor',
      `${megabytes(footprintBytes)} is below the floor of ${megabytes(entry.freezeFloorBytes)}`,
    );
  if (isSuppressed(relief, candidate.key)) return suppressed(name);
  if (relief.conflict !== null)
    return pass(name, 'actuator_conflict', `somebody else resumes what is frozen (${relief.conflict.target})`);
  if (relief.deadman.state === 'missing')
    return pass(name, 'deadman_missing', 'the deadman does not answer, so nothing may be stopped');
  if (relief.deadman.state === 'not_ready')
    return pass(name, 'deadman_not_ready', 'tombstones of an earlier keeper are still being resumed');
  if (relief.freezes.length >= freezeLimit) return pass(name, 'too_many_frozen', `${freezeLimit} are frozen already`);
  return null;
};

export const growthOf = (relief: ReliefState, key: string): number | null => {
  const watched = relief.watched.find((each) => each.key === key);
  return watched === undefined ? null : slowGrowth(watched);
};

const freezeOptions = (
  relief: ReliefState,
  { level, isSwapAlone }: World,
): {
  readonly growing: readonly Option[];
  readonly asked: readonly Option[];
  readonly still: readonly Option[];
  readonly passedOver: readonly PassedOver[];
} => {
  const growing: Option[] = [];
  const asked: Option[] = [];
  const still: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const candidate of relief.candidates) {
    const obstacle = freezeObstacle(candidate, relief);
    if (obstacle !== null) {
      passedOver.push(obstacle);
      continue;
    }
    const name = nameOf(candidate);
    if (level < 2) {
      passedOver.push(pass(name, 'not_yet', 'nobody is frozen before orange'));
      continue;
    }
    const growth = growthOf(relief, candidate.key);
    const grows = growth !== null && growth >= growingBytesPerSecond;
    const tooLong = relief.thawed.some((each) => each.key === candidate.key && each.tooLong);
    const why = tooLong
      ? 'it was frozen for ten minutes already'
      : (candidate.askFirst[0] ?? (isSwapAlone ? 'only the share of swap in use speaks for it' : null));
    const option: Option = {
      act: { verb: 'freeze', entry: candidate.entry, targets: candidate.targets, path: 'level' },
      reason: `${name} holds ${megabytes(candidate.footprintBytes)}${grows ? ` and grows by ${rate(growth)}` : ', and does not grow now'}.`,
      cause: tooLong ? { kind: 'frozen_too_long' } : { kind: 'level', atLeast: grows ? 2 : 3 },
      expected: { counter: 'growth', bytes: 0, bytesPerSecond: grows ? growth : 0 },
      impact: impactOf(candidate),
      ask: grows ? why : (why ?? 'it does not grow'),
      name,
    };
    if (grows && why === null) growing.push(option);
    else if (grows) asked.push(option);
    else if (level === 3) still.push(option);
    else passedOver.push(pass(name, 'not_growing', 'it does not grow, and stopping it would free nothing'));
    if (grows && why !== null) passedOver.push(pass(name, 'ask_first', `the operator is asked first: ${why}`));
  }
  return { growing, asked, still, passedOver };
};

/** The service's process and everything below it. */
const treeOf = (world: World, label: string): ReadonlySet<number> => {
  const pid = world.services.get(label);
  if (pid === undefined || pid === null) return new Set();
  const tree = new Set([pid]);
  // Parents stand before their children often enough; a second look finds the rest of a deep tree.
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const process of world.processes) if (tree.has(process.ppid)) tree.add(process.id.pid);
  }
  return tree;
};

export const footprintOfService = (world: World, label: string): number => {
  const tree = treeOf(world, label);
  return world.processes.reduce((sum, { id, footprintBytes }) => sum + (tree.has(id.pid) ? footprintBytes : 0), 0);
};

/** Which of these we froze. */
const frozenOf = ({ freezes }: ReliefState, pids: ReadonlySet<number>): readonly Target[] =>
  freezes.flatMap(({ targets }) => targets.filter(({ id }) => pids.has(id.pid)));

/** In which places of the order a service may be shed now. */
const shedPlaces = (level: Level, step: 0 | 1 | 2 | 3): readonly ShedService['at'][] => [
  ...(level >= 2 ? (['orange'] as const) : []),
  ...(level >= 1 ? (['yellow'] as const) : []),
  // On a large machine the first step of the ladder comes long before yellow: by itself it is no reason to act.
  ...(step >= 2 || (step === 1 && level >= 1) ? (['ladder_1'] as const) : []),
];

const shedCause = (at: ShedService['at']): Cause => {
  if (at === 'ladder_1') return { kind: 'ladder', step: 1 };
  return { kind: 'level', atLeast: at === 'orange' ? 2 : 1 };
};

const shedOptions = (
  relief: ReliefState,
  world: World,
): { readonly options: readonly Option[]; readonly passedOver: readonly PassedOver[] } => {
  const options: Option[] = [];
  const passedOver: PassedOver[] = [];
  const places = shedPlaces(world.level, relief.ladder.step);
  for (const { label, at } of world.config.relief.services) {
    const pid = world.services.get(label);
    if (isSuppressed(relief, label)) passedOver.push(suppressed(label));
    else if (pid === undefined) passedOver.push(pass(label, 'not_loaded', 'the service is not loaded'));
    else if (pid === null) passedOver.push(pass(label, 'not_running', 'the service is loaded and does not run'));
    else if (!places.includes(at))
      passedOver.push(
        pass(label, 'not_yet', `it is shed ${at === 'ladder_1' ? 'at the first step of the ladder' : `at ${at}`}`),
      );
    else {
      const bytes = footprintOfService(world, label);
      options.push({
        act: { verb: 'shed', label, at, frozen: frozenOf(relief, treeOf(world, label)) },
        reason: `${label} holds ${megabytes(bytes)} and may be shed${at === 'ladder_1' ? '' : ` at ${at}`}.`,
        cause: shedCause(at),
        expected: { counter: 'footprint', bytes, bytesPerSecond: 0 },
        impact: [],
        ask: null,
        name: label,
      });
    }
  }
  const rank = (option: Option): number => places.indexOf(option.act.verb === 'shed' ? option.act.at : 'ladder_1');
  // What has not been tried comes before what did not help once; within a place as the operator wrote it.
  const ordered = options
    .map((option, index) => ({ option, index }))
    .sort(
      (a, b) =>
        triesOf(relief, targetKeyOf(a.option.act)) - triesOf(relief, targetKeyOf(b.option.act)) ||
        rank(a.option) - rank(b.option) ||
        a.index - b.index,
    );
  return { options: ordered.map(({ option }) => option), passedOver };
};

const terminateOptions = (
  relief: ReliefState,
  world: World,
): { readonly options: readonly Option[]; readonly passedOver: readonly PassedOver[] } => {
  const options: Option[] = [];
  const passedOver: PassedOver[] = [];
  for (const candidate of relief.candidates) {
    const { entry, denial, targets, footprintBytes } = candidate;
    if (entry.class !== 'kill_allowed' || denial !== null) continue;
    const name = nameOf(candidate);
    if (footprintBytes < entry.killFloorBytes) {
      passedOver.push(
        pass(
          name,
          'below_kill_floor',
          `${megabytes(footprintBytes)} is below the kill floor of ${megabytes(entry.killFloorBytes)}`,
        ),
      );
      continue;
    }
    if (isSuppressed(relief, candidate.key)) continue;
    const leaks =
      entry.preAuthorised && world.isLeaking && (growthOf(relief, candidate.key) ?? 0) >= growingBytesPerSecond;
    const killable: KillAllowedEntry = entry;
    options.push({
      act: { verb: 'terminate', entry: killable, target: targets[0] },
      reason: `${name} holds ${megabytes(footprintBytes)}, above its kill floor of ${megabytes(entry.killFloorBytes)}.`,
      cause: { kind: 'level', atLeast: 3 },
      expected: { counter: 'footprint', bytes: footprintBytes, bytesPerSecond: 0 },
      impact: impactOf(candidate),
      ask: leaks ? null : 'it cannot be undone',
      name,
    });
  }
  return { options, passedOver };
};

const bootoutOption = (relief: ReliefState, seat: SeatFacts): Option => ({
  act: {
    verb: 'bootout',
    seat: seat.name,
    label: seat.label,
    class: seat.class,
    frozen: frozenOf(relief, new Set(seat.ids.map(({ pid }) => pid))),
  },
  reason: `${seat.name} holds ${megabytes(seat.footprintBytes)}${seat.class === 'protected' ? ', and nothing else is left' : ' and is loaded on demand'}.`,
  cause: { kind: 'level', atLeast: 3 },
  expected: { counter: 'footprint', bytes: seat.footprintBytes, bytesPerSecond: 0 },
  impact: [`${seat.name} stops answering`, ...(seat.oracle === null ? [] : [seat.oracle])],
  ask: seat.class === 'protected' ? 'the seat is protected' : 'whether it is idle is not known',
  name: seat.name,
});

const bootoutOptions = (relief: ReliefState, world: World, of: 'protected' | 'on_call'): readonly Option[] =>
  world.seats
    .filter((seat) => seat.class === of && (seat.state === 'running' || seat.state === 'frozen'))
    .filter((seat) => !isSuppressed(relief, seat.label))
    .sort((a, b) => Number(a.oracle !== null) - Number(b.oracle !== null) || b.footprintBytes - a.footprintBytes)
    .map((seat) => bootoutOption(relief, seat));

const purgeOption = (world: World): Option => ({
  act: { verb: 'purge' },
  reason: 'Free memory or swap has reached the third step of the ladder; caches can be flushed.',
  cause: { kind: 'ladder', step: 3 },
  expected: { counter: 'cache', bytes: Math.round(world.machine.cachedBytes / 2), bytesPerSecond: 0 },
  impact: ['files are read from the disk again'],
  ask: world.config.relief.purge === 'automatic' ? null : 'castellan.toml says so',
  name: 'disk caches',
});

const purgeObstacle = (relief: ReliefState): PassedOver =>
  relief.adapters.includes('purge')
    ? suppressed('disk caches')
    : pass('disk caches', 'no_adapter', 'nothing is installed that can flush them');

const isOracle = (option: Option): boolean =>
  (option.act.verb === 'freeze' || option.act.verb === 'terminate') && option.act.entry.oracle !== null;

/** The operator said no to it in this episode. */
export const isDenied = (relief: ReliefState, option: Option): boolean =>
  relief.approvals.denied.includes(episodeOf(option.act));

/** All there is, judged at the end of a slot. */
export const optionsOf = (relief: ReliefState, world: World): Options => {
  const { level } = world;
  const freezes = freezeOptions(relief, world);
  const sheds = shedOptions(relief, world);
  const ends = level === 3 ? terminateOptions(relief, world) : { options: [], passedOver: [] };
  const wantsPurge = relief.ladder.step === 3 && world.config.relief.purge !== 'off';
  const canPurge = wantsPurge && relief.adapters.includes('purge') && !isSuppressed(relief, 'disk caches');
  const purge = canPurge ? [purgeOption(world)] : [];

  const automatic = [
    ...(level >= 2 ? freezes.growing : []),
    ...sheds.options,
    ...purge.filter(({ ask }) => ask === null),
    ...ends.options.filter(({ ask }) => ask === null),
  ];
  const reversible =
    level >= 2
      ? [
          ...freezes.asked,
          ...(level === 3 ? [...bootoutOptions(relief, world, 'on_call'), ...freezes.still] : []),
          ...purge.filter(({ ask }) => ask !== null),
          ...ends.options.filter(({ ask }) => ask !== null),
        ]
      : [];
  // What answers for the judgement of trouble comes after everything else.
  const asked = [...reversible.filter((option) => !isOracle(option)), ...reversible.filter(isOracle)];
  const redForMs = relief.redSinceMs === null ? 0 : world.nowMs - relief.redSinceMs;
  const last = bootoutOptions(relief, world, 'protected');
  const isLeft = [...automatic, ...asked].some((option) => !isDenied(relief, option));
  const isLast = level === 3 && !isLeft && redForMs >= protectedAfterRedMs;
  return {
    automatic,
    asked: isLast ? last : asked,
    passedOver: [
      ...freezes.passedOver,
      ...sheds.passedOver,
      ...ends.passedOver,
      ...(wantsPurge && !canPurge ? [purgeObstacle(relief)] : []),
      ...(level === 3 && !isLast
        ? last.map(({ name }) =>
            pass(name, 'protected_seat', 'a protected seat is proposed only when nothing else is left'),
          )
        : []),
    ],
  };
};
