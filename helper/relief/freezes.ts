import { processKey } from '../host/reading.ts';
import type { Plan } from './acts.ts';
import { type By, makePlan, order } from './plans.ts';
import type { Freeze, ReliefState } from './state.ts';
import type { Orders, World } from './world.ts';

/** What becomes of the frozen: resumed early when memory is calm, after ten minutes in any case, and never fought over. */

/** A freeze lasts at most this long; the deadman holds to it, too. */
export const freezeMs = 600_000;
/** Calm for this long, and the frozen are resumed one by one. */
const calmMs = 60_000;
const thawSpacingMs = 30_000;
/** The kernel needs a moment from the signal to the state. */
const settleMs = 1_000;
/** Resumed by somebody else this often, and stopping is stopped. */
const foreignLimit = 2;
const foreignKept = 16;

export const freezeKey = (freeze: Freeze): string => {
  const [first] = freeze.targets;
  return first === undefined ? '' : processKey(first.id);
};

const nameOf = ({ targets: [first] }: Freeze): string =>
  first === undefined ? 'nobody' : `${first.name} (pid ${first.id.pid})`;

const thawedKept = 64;

/** Once it was frozen for too long in an episode, it stays one that is asked about, however it was resumed since. */
const withThawed = (
  thawed: ReliefState['thawed'],
  key: string,
  atMs: number,
  tooLong: boolean,
): ReliefState['thawed'] => {
  const before = thawed.find((each) => each.key === key);
  const others = thawed.filter((each) => each.key !== key);
  return [...others, { key, atMs, tooLong: tooLong || before?.tooLong === true }].slice(-thawedKept);
};

/** Asks for the SIGCONT of one freeze, and remembers who ran again when. */
export const resume = (
  relief: ReliefState,
  freeze: Freeze,
  why: string,
  by: By,
  nowMs: number,
  orders: Orders,
  tooLong = false,
): ReliefState => {
  const plan = makePlan(
    relief,
    {
      act: { verb: 'resume', freeze: freeze.plan, targets: freeze.targets, why },
      reason: why,
      cause: { kind: by === 'automatic' ? 'calm' : 'operator' },
      expected: { counter: 'growth', bytes: 0, bytesPerSecond: 0 },
    },
    nowMs,
  );
  const ordered = order(relief, plan, by, orders);
  return {
    ...ordered,
    lastThawMs: nowMs,
    thawed: withThawed(ordered.thawed, freezeKey(freeze), nowMs, tooLong),
    freezes: ordered.freezes.map((each) => (each.plan === freeze.plan ? { ...each, resuming: plan.id } : each)),
  };
};

export const beginFreeze = (relief: ReliefState, plan: Plan, nowMs: number): ReliefState =>
  plan.act.verb !== 'freeze'
    ? relief
    : {
        ...relief,
        freezes: [
          ...relief.freezes,
          {
            plan: plan.id,
            targets: plan.act.targets,
            by: plan.act.path,
            sinceMs: nowMs,
            deadlineMs: nowMs + freezeMs,
            isStopped: false,
            resuming: null,
            retryMs: nowMs,
          },
        ],
      };

/** Somebody else sent the SIGCONT. The tombstone is retired; we do not stop it again at once, and twice means a fight. */
const yielded = (relief: ReliefState, freeze: Freeze, world: World, orders: Orders): ReliefState => {
  const foreign = [
    ...relief.foreign.slice(1 - foreignKept),
    { key: freezeKey(freeze), name: nameOf(freeze), frozenMs: freeze.sinceMs, atMs: world.nowMs },
  ];
  orders.rows.push({
    kind: 'observed',
    what: 'foreign_resume',
    target: nameOf(freeze),
    detail: `resumed by somebody else ${((world.nowMs - freeze.sinceMs) / 1000).toFixed(0)} s after it was frozen`,
  });
  const resumed = resume({ ...relief, foreign }, freeze, 'Somebody else resumed it.', 'automatic', world.nowMs, orders);
  const flips = foreign.filter(({ key }) => key === freezeKey(freeze));
  if (flips.length < foreignLimit || resumed.conflict !== null) return resumed;
  const ago = (ms: number): string => `${((world.nowMs - ms) / 1000).toFixed(0)} s`;
  const times = flips.map(
    ({ frozenMs, atMs }) => `frozen ${ago(frozenMs)} ago, resumed by somebody else ${ago(atMs)} ago`,
  );
  const detail = `${nameOf(freeze)}: ${times.join('; ')}`;
  orders.rows.push({ kind: 'observed', what: 'conflict', target: nameOf(freeze), detail });
  orders.alerts.push({ alert: 'actuator_conflict', subject: nameOf(freeze), detail });
  return { ...resumed, conflict: { target: nameOf(freeze), sinceMs: world.nowMs } };
};

const hasEnded = ({ targets }: Freeze, { gone, isFull, seen }: World): boolean =>
  targets.every(({ id }) => {
    const key = processKey(id);
    return gone.has(key) || (isFull && !seen.has(key)) || seen.get(key)?.state === 'zombie';
  });

/** Smallest first: what is resumed takes its memory back. */
const sizeOf = ({ targets }: Freeze): number => targets.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0);

/** An act that timed out may have happened: the next readings tell. */
const reconcileMs = 10_000;

const isSeen = ({ targets }: Freeze, { seen }: World, state: 'stopped' | 'running'): boolean =>
  targets.some(({ id }) => {
    const now = seen.get(processKey(id))?.state;
    return state === 'stopped' ? now === 'stopped' : now === 'running' || now === 'sleeping';
  });

/** Freezes of which nobody knows whether they happened: found stopped, they did. */
const reconcile = (before: ReliefState, world: World): ReliefState => {
  const underWay = new Set(before.inFlight.map(({ plan }) => plan.id));
  const unknown = before.freezes.filter(({ isStopped, plan }) => !isStopped && !underWay.has(plan));
  if (unknown.length === 0) return before;
  return {
    ...before,
    freezes: before.freezes.flatMap((freeze) => {
      if (!unknown.includes(freeze)) return [freeze];
      if (isSeen(freeze, world, 'stopped')) return [{ ...freeze, isStopped: true }];
      return world.nowMs - freeze.sinceMs > reconcileMs && isSeen(freeze, world, 'running') ? [] : [freeze];
    }),
  };
};

/** Calm counts from the freeze on: memory that was calm before it says nothing of the hog. */
const isCalmFor = ({ sinceMs }: Freeze, calmSinceMs: number | null, nowMs: number): boolean =>
  calmSinceMs !== null && nowMs - Math.max(calmSinceMs, sinceMs) >= calmMs;

export const observeFreezes = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const { nowMs } = world;
  let relief = reconcile(before, world);
  for (const freeze of relief.freezes) {
    if (!freeze.isStopped || freeze.resuming !== null || nowMs < freeze.retryMs) continue;
    // The deadman keeps the same deadline: who runs again then was not resumed by a stranger.
    const runs = isSeen(freeze, world, 'running');
    if (nowMs >= freeze.deadlineMs || (runs && nowMs >= freeze.deadlineMs - settleMs))
      relief = resume(relief, freeze, 'It was frozen for ten minutes.', 'automatic', nowMs, orders, true);
    else if (hasEnded(freeze, world)) relief = resume(relief, freeze, 'It ended.', 'automatic', nowMs, orders);
    else if (nowMs - freeze.sinceMs >= settleMs && runs) relief = yielded(relief, freeze, world, orders);
  }
  const isSpaced = relief.lastThawMs === null || nowMs - relief.lastThawMs >= thawSpacingMs;
  const isResuming = relief.freezes.some(({ resuming }) => resuming !== null);
  // The level is believed late; what is available now must agree that it is over.
  const isShort = (world.machine.availableBytes ?? 0) < world.config.pressure.orange.availableBytes;
  if (!isSpaced || isResuming || isShort) return relief;
  const [next] = relief.freezes
    .filter((freeze) => freeze.isStopped && nowMs >= freeze.retryMs && isCalmFor(freeze, relief.calmSinceMs, nowMs))
    .sort((a, b) => sizeOf(a) - sizeOf(b) || a.plan - b.plan);
  return next === undefined
    ? relief
    : resume(relief, next, 'Memory has been calm for a minute.', 'automatic', nowMs, orders);
};

/** What the deadman, or a keeper before this one, resumed. */
export const thawedByOthers = (
  relief: ReliefState,
  key: string,
  why: string,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  const freeze = relief.freezes.find(({ targets }) => targets.some(({ id }) => processKey(id) === key));
  // One that an earlier keeper froze: it runs for a while before it may be stopped again.
  if (freeze === undefined) return { ...relief, thawed: withThawed(relief.thawed, key, nowMs, false) };
  orders.rows.push({ kind: 'observed', what: 'thawed', target: nameOf(freeze), detail: why });
  const tooLong = nowMs >= freeze.deadlineMs - settleMs;
  // A group is resumed as a whole; its other members are told of one by one and find nothing here.
  return {
    ...relief,
    freezes: relief.freezes.filter((each) => each !== freeze),
    thawed: withThawed(relief.thawed, freezeKey(freeze), nowMs, tooLong),
  };
};
