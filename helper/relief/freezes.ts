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

export const freezeKey = (freeze: Freeze): string => {
  const [first] = freeze.targets;
  return first === undefined ? '' : processKey(first.id);
};

const nameOf = ({ targets: [first] }: Freeze): string =>
  first === undefined ? 'nobody' : `${first.name} (pid ${first.id.pid})`;

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
    thawed: [
      ...ordered.thawed.filter(({ key }) => key !== freezeKey(freeze)),
      { key: freezeKey(freeze), atMs: nowMs, tooLong },
    ],
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
          },
        ],
      };

/** Somebody else sent the SIGCONT. The tombstone is retired; we do not stop it again at once, and twice means a fight. */
const yielded = (relief: ReliefState, freeze: Freeze, world: World, orders: Orders): ReliefState => {
  const foreign = [
    ...relief.foreign,
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

const runsAgain = ({ targets }: Freeze, { seen }: World): boolean =>
  targets.some(({ id }) => {
    const state = seen.get(processKey(id))?.state;
    return state === 'running' || state === 'sleeping';
  });

/** Smallest first: what is resumed takes its memory back. */
const sizeOf = ({ targets }: Freeze): number => targets.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0);

export const observeFreezes = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const { nowMs } = world;
  let relief = before;
  for (const freeze of before.freezes) {
    if (!freeze.isStopped || freeze.resuming !== null) continue;
    if (hasEnded(freeze, world)) relief = resume(relief, freeze, 'It ended.', 'automatic', nowMs, orders);
    else if (nowMs - freeze.sinceMs >= settleMs && runsAgain(freeze, world))
      relief = yielded(relief, freeze, world, orders);
    else if (nowMs >= freeze.deadlineMs)
      relief = resume(relief, freeze, 'It was frozen for ten minutes.', 'automatic', nowMs, orders, true);
  }
  const isCalm = relief.calmSinceMs !== null && nowMs - relief.calmSinceMs >= calmMs;
  const isSpaced = relief.lastThawMs === null || nowMs - relief.lastThawMs >= thawSpacingMs;
  const isResuming = relief.freezes.some(({ resuming }) => resuming !== null);
  if (!isCalm || !isSpaced || isResuming) return relief;
  const [next] = relief.freezes
    .filter(({ isStopped, resuming }) => isStopped && resuming === null)
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
  if (freeze === undefined) return relief;
  orders.rows.push({ kind: 'observed', what: 'thawed', target: nameOf(freeze), detail: why });
  const tooLong = nowMs >= freeze.deadlineMs - settleMs;
  // A group is resumed as a whole; its other members are told of one by one and find nothing here.
  return {
    ...relief,
    freezes: relief.freezes.filter((each) => each !== freeze),
    thawed: [
      ...relief.thawed.filter((each) => each.key !== freezeKey(freeze)),
      { key: freezeKey(freeze), atMs: nowMs, tooLong },
    ],
  };
};
