import type { Plan } from './acts.ts';
import { type By, changeDeed, makePlan, order } from './plans.ts';
import { tell } from './standing.ts';
import type { ReliefState, Shed } from './state.ts';
import type { Orders, World } from './world.ts';

/** What was shed is brought back when memory has been green for a while: only that, once in an episode, one at a time. */

export const restoreAfterMs = 600_000;
/** Shed again within this time, a service stays down: it is part of the trouble. */
const againMs = 1_800_000;
/** launchd takes a moment from the bootout to the end of the process. */
const drainMs = 60_000;

export const restore = (
  relief: ReliefState,
  shed: Shed,
  why: string,
  by: By,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  const plan = makePlan(
    relief,
    {
      act: { verb: 'restore', label: shed.label },
      reason: why,
      cause: { kind: by === 'automatic' ? 'calm' : 'operator' },
      expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
    },
    nowMs,
  );
  return {
    ...withoutReceipt(order(relief, plan, by, orders), shed),
    sheds: relief.sheds.map((each) => (each === shed ? { ...each, restoring: plan.id } : each)),
  };
};

/** What is brought back before it was measured has neither helped nor been useless. */
const withoutReceipt = (relief: ReliefState, { plan }: Shed): ReliefState => {
  const isOpen = relief.receipts.open.some((receipt) => receipt.plan.id === plan);
  if (!isOpen) return relief;
  return {
    ...changeDeed(relief, plan, { outcome: 'withdrawn', got: 'Brought back before it was measured.' }),
    receipts: { open: relief.receipts.open.filter((receipt) => receipt.plan.id !== plan) },
  };
};

/** To be called when the bootout has been accepted. */
export const hasBeenShed = (relief: ReliefState, plan: Plan, nowMs: number): ReliefState => {
  if (plan.act.verb !== 'shed') return relief;
  const { label } = plan.act;
  const before = relief.shedBefore.filter(({ atMs }) => nowMs - atMs < againMs);
  const staysDown = before.some((each) => each.label === label);
  return {
    ...relief,
    shedBefore: [...before, { label, atMs: nowMs }],
    sheds: [
      ...relief.sheds.filter((each) => each.label !== label),
      { label, sinceMs: nowMs, plan: plan.id, staysDown, restoring: null, toldMs: null, retryMs: nowMs },
    ],
  };
};

/** To be called when launchd has been told to run it again, and has not refused. */
export const hasBeenToldToRun = (relief: ReliefState, { id }: Plan, nowMs: number): ReliefState => ({
  ...relief,
  sheds: relief.sheds.map((each) => (each.restoring === id ? { ...each, toldMs: nowMs } : each)),
});

/** A list of services is at most one slot old: before then it may say what was so before. */
const listedFromMs = 2_000;
/** Not listed by then, it was not brought back, whatever launchd answered. */
const listedWithinMs = 30_000;
const restoreAgainMs = 300_000;

/** It was not brought back: it is tried again later. */
export const notRestored = (shed: Shed, nowMs: number): Shed => ({
  ...shed,
  ...{ restoring: null, toldMs: null, retryMs: nowMs + restoreAgainMs },
});

/** What came of services that were told to run again: an answer of launchd is no proof, its list is. */
const observeRestores = (before: ReliefState, { services, nowMs }: World, orders: Orders): ReliefState => {
  let relief = before;
  for (const shed of before.sheds) {
    const { label, restoring, toldMs } = shed;
    if (restoring === null || toldMs === null || nowMs - toldMs < listedFromMs) continue;
    const pid = services.get(label);
    if (pid !== undefined) {
      const got = pid === null ? 'It is loaded again, and runs when it is asked for.' : 'It runs again.';
      relief = changeDeed({ ...relief, sheds: relief.sheds.filter((each) => each !== shed) }, restoring, {
        outcome: 'effective',
        got,
      });
    } else if (nowMs - toldMs >= listedWithinMs) {
      const got = 'It was told to run again, and launchd does not list it.';
      const sheds = relief.sheds.map((each) => (each === shed ? notRestored(shed, nowMs) : each));
      relief = changeDeed({ ...relief, sheds }, restoring, { outcome: 'failed', got });
      relief = tell(relief, { alert: 'service_failed', subject: label, detail: `restore: ${got}` }, orders);
    }
  }
  return relief;
};

/** It runs although we shed it: somebody else brought it back, and it is theirs again. */
const cameBack = (shed: Shed, { services, nowMs }: World): boolean =>
  shed.restoring === null && nowMs - shed.sinceMs > drainMs && (services.get(shed.label) ?? null) !== null;

export const observeSheds = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (before.sheds.length === 0 || !world.servicesKnown) return before;
  const { nowMs } = world;
  let relief = observeRestores(before, world, orders);
  for (const shed of relief.sheds.filter((each) => cameBack(each, world))) {
    orders.said.push(`${shed.label} runs again: somebody else started it`);
    relief = { ...relief, sheds: relief.sheds.filter((each) => each !== shed) };
  }
  if (world.mode !== 'live' || relief.sheds.some(({ restoring }) => restoring !== null)) return relief;
  // Green, and so far up the ladder that nothing would be shed again at once; counted from the shed at the earliest.
  const sinceMs = Math.max(relief.greenSinceMs ?? nowMs, relief.ladder.gentleSinceMs ?? nowMs);
  const next = relief.sheds.find(
    (shed) => !shed.staysDown && nowMs >= shed.retryMs && nowMs - Math.max(sinceMs, shed.sinceMs) >= restoreAfterMs,
  );
  return next === undefined
    ? relief
    : restore(relief, next, 'Memory has been green for ten minutes.', 'automatic', nowMs, orders);
};
