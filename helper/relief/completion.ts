import type { Plan } from './acts.ts';
import { targetKeyOf, targetNameOf } from './plan-identity.ts';
import { changeDeed, isRemedy } from './plans.ts';
import { openReceipt } from './receipts.ts';
import { heardRecovery } from './recovery.ts';
import { hasBeenShed, hasBeenToldToRun, notRestored } from './sheds.ts';
import { tell } from './standing.ts';
import type { ReliefState } from './state.ts';
import { beginStop } from './stops.ts';
import type { Orders, SeatFacts } from './world.ts';

/** What the end of an effect means: each act of relief has exactly one, and what it began goes on from here. */

export interface Ended {
  readonly plan: number;
  readonly outcome: 'ok' | 'failed' | 'timed_out' | 'withdrawn';
  readonly detail: string;
}

/** After a failure the same is tried again after this long, twice as long the next time, and so on. */
const againAfterMs = 10_000;
const longestWaitMs = 600_000;
const failuresKept = 64;
const resumeAgainMs = 30_000;

const succeeded = (before: ReliefState, plan: Plan, nowMs: number, seats: readonly SeatFacts[]): ReliefState => {
  switch (plan.act.verb) {
    case 'freeze':
      return {
        ...before,
        freezes: before.freezes.map((freeze) =>
          freeze.plan === plan.id ? { ...freeze, isStopped: true, sinceMs: nowMs } : freeze,
        ),
      };
    case 'shed':
      return beginStop(hasBeenShed(before, plan, nowMs), plan, nowMs, seats);
    case 'restore':
      return hasBeenToldToRun(before, plan, nowMs);
    case 'terminate':
    case 'bootout':
      return beginStop(before, plan, nowMs, seats);
    case 'resume':
    case 'kill':
    case 'recover':
    case 'fallback':
    case 'fallback_end':
    case 'purge':
    case 'unload':
      return before;
  }
};

/** Nothing was done: it says nothing of what the act would do, and is tried again later and later. */
const withFailure = (relief: ReliefState, plan: Plan, nowMs: number): ReliefState => {
  const key = targetKeyOf(plan.act);
  const count = (relief.failed.find((each) => each.key === key)?.count ?? 0) + 1;
  const againMs = nowMs + Math.min(longestWaitMs, againAfterMs * 2 ** (count - 1));
  return {
    ...relief,
    failed: [...relief.failed.filter((each) => each.key !== key), { key, count, againMs }].slice(-failuresKept),
  };
};

/** A brake that could not stop anybody has not fired. */
const withoutFire = (relief: ReliefState, plan: Plan): ReliefState => {
  if (plan.cause.kind !== 'brake') return relief;
  const at = relief.brake.keys.lastIndexOf(targetKeyOf(plan.act));
  if (at < 0) return relief;
  const without = <T>(list: readonly T[]): readonly T[] => list.filter((_, index) => index !== at);
  return { ...relief, brake: { firedMs: without(relief.brake.firedMs), keys: without(relief.brake.keys) } };
};

/** What was begun for it is taken back. Freezes that an end was to resume first are looked at again. */
const failed = (before: ReliefState, plan: Plan, ended: Ended, nowMs: number, orders: Orders): ReliefState => {
  const isResume = plan.act.verb === 'resume';
  const undone: ReliefState = {
    ...before,
    freezes: before.freezes.flatMap((freeze) => {
      if (freeze.plan === plan.id) return [];
      if (freeze.resuming !== plan.id) return [freeze];
      const again = { ...freeze, resuming: null, retryMs: nowMs + resumeAgainMs };
      return [isResume ? again : { ...again, isStopped: false, sinceMs: nowMs }];
    }),
    sheds: before.sheds.map((shed) => (shed.restoring === plan.id ? notRestored(shed, nowMs) : shed)),
  };
  const noted = isRemedy(plan.act) ? withFailure(withoutFire(undone, plan), plan, nowMs) : undone;
  const detail = `${plan.act.verb}: ${ended.detail}`;
  const subject = targetNameOf(plan.act);
  switch (plan.act.verb) {
    case 'freeze':
    case 'resume':
      return tell(noted, { alert: 'freeze_failed', subject, detail }, orders);
    case 'shed':
    case 'restore':
    case 'bootout':
    case 'fallback':
    case 'fallback_end':
      return tell(noted, { alert: 'service_failed', subject, detail }, orders);
    default:
      return noted;
  }
};

/** Nobody knows whether it was done. It is taken for done where that is the careful answer; the next readings tell. */
const isTakenForDone = ({ act }: Plan): boolean =>
  act.verb === 'shed' ||
  act.verb === 'terminate' ||
  act.verb === 'bootout' ||
  act.verb === 'kill' ||
  act.verb === 'unload';

const unknown = (before: ReliefState, plan: Plan, nowMs: number): ReliefState =>
  plan.act.verb !== 'freeze'
    ? before
    : {
        ...before,
        freezes: before.freezes.map((freeze) =>
          freeze.plan === plan.id ? { ...freeze, isStopped: false, sinceMs: nowMs } : freeze,
        ),
      };

export const complete = (
  before: ReliefState,
  ended: Ended,
  nowMs: number,
  seats: readonly SeatFacts[],
  orders: Orders,
): ReliefState => {
  // The steps of a recovery go on from one to the next.
  if (before.recovery?.plan.id === ended.plan) return heardRecovery(before, before.recovery, ended, nowMs, orders);
  const flying = before.inFlight.find(({ plan }) => plan.id === ended.plan);
  if (flying === undefined) return before;
  const { plan, measured } = flying;
  // What may have been done cools down as well.
  const isDone = ended.outcome === 'ok' || ended.outcome === 'timed_out';
  const landed: ReliefState = {
    ...before,
    inFlight: before.inFlight.filter((each) => each !== flying),
    lastRemedyMs: isDone && isRemedy(plan.act) ? nowMs : before.lastRemedyMs,
  };
  // A lost race: nothing was done, and nobody is to blame.
  if (ended.outcome === 'withdrawn')
    return changeDeed(
      { ...withoutFire(landed, plan), freezes: landed.freezes.filter((freeze) => freeze.plan !== plan.id) },
      plan.id,
      { outcome: 'withdrawn', got: ended.detail },
    );
  if (ended.outcome === 'timed_out' && plan.act.verb === 'freeze')
    return changeDeed(unknown(landed, plan, nowMs), plan.id, { outcome: 'failed', got: ended.detail });
  if (ended.outcome === 'failed' || (ended.outcome === 'timed_out' && !isTakenForDone(plan))) {
    const told = changeDeed(landed, plan.id, { outcome: 'failed', got: ended.detail });
    return failed(told, plan, ended, nowMs, orders);
  }
  const thawed = { ...landed, freezes: landed.freezes.filter(({ resuming }) => resuming !== plan.id) };
  const done = succeeded(thawed, plan, nowMs, seats);
  // Whether a service came back is seen in the list of services, a moment later.
  if (plan.act.verb === 'restore') return done;
  return isRemedy(plan.act)
    ? { ...done, receipts: openReceipt(done.receipts, plan, nowMs, measured) }
    : changeDeed(done, plan.id, { outcome: 'effective', got: ended.detail === '' ? 'Done.' : ended.detail });
};
