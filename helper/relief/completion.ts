import type { Plan } from './acts.ts';
import { targetKeyOf, targetNameOf } from './plan-identity.ts';
import { changeDeed, isRemedy } from './plans.ts';
import { openReceipt } from './receipts.ts';
import { hasBeenShed } from './sheds.ts';
import { tell } from './standing.ts';
import type { ReliefState } from './state.ts';
import { beginStop } from './stops.ts';
import type { Orders, SeatFacts } from './world.ts';

/** What the end of an effect means: each act of relief has exactly one, and what it began goes on from here. */

export interface Ended {
  readonly plan: number;
  readonly outcome: 'ok' | 'failed' | 'timed_out';
  readonly detail: string;
}

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
      return hasBeenShed(before, plan, nowMs);
    case 'restore': {
      const { label } = plan.act;
      return { ...before, sheds: before.sheds.filter((each) => each.label !== label) };
    }
    case 'terminate':
    case 'bootout':
      return beginStop(before, plan, nowMs, { seats });
    case 'resume':
    case 'kill':
    case 'purge':
    case 'unload':
      return before;
  }
};

/** What was begun for it is taken back; a target that cannot be acted upon is not tried for ever. */
const failed = (before: ReliefState, plan: Plan, ended: Ended, orders: Orders): ReliefState => {
  const undone: ReliefState = {
    ...before,
    freezes: before.freezes.flatMap((freeze) => {
      if (freeze.plan === plan.id) return [];
      return [freeze.resuming === plan.id ? { ...freeze, resuming: null } : freeze];
    }),
    sheds: before.sheds.map((shed) => (shed.restoring === plan.id ? { ...shed, restoring: null } : shed)),
  };
  if (plan.act.verb === 'freeze' || plan.act.verb === 'resume')
    return tell(
      withTry(undone, plan),
      { alert: 'freeze_failed', subject: targetNameOf(plan.act), detail: `${plan.act.verb}: ${ended.detail}` },
      orders,
    );
  return withTry(undone, plan);
};

const withTry = (relief: ReliefState, plan: Plan): ReliefState => {
  if (!isRemedy(plan.act)) return relief;
  const key = targetKeyOf(plan.act);
  const useless = (relief.tries.find((each) => each.key === key)?.useless ?? 0) + 1;
  return {
    ...relief,
    tries: [...relief.tries.filter((each) => each.key !== key), { key, name: targetNameOf(plan.act), useless }],
  };
};

export const complete = (
  before: ReliefState,
  ended: Ended,
  nowMs: number,
  seats: readonly SeatFacts[],
  orders: Orders,
): ReliefState => {
  const flying = before.inFlight.find(({ plan }) => plan.id === ended.plan);
  if (flying === undefined) return before;
  const { plan, measured } = flying;
  const landed: ReliefState = {
    ...before,
    inFlight: before.inFlight.filter((each) => each !== flying),
    lastRemedyMs: isRemedy(plan.act) ? nowMs : before.lastRemedyMs,
  };
  if (ended.outcome !== 'ok') {
    const told = changeDeed(landed, plan.id, { outcome: 'failed', got: ended.detail });
    return failed(told, plan, ended, orders);
  }
  const thawed = { ...landed, freezes: landed.freezes.filter(({ resuming }) => resuming !== plan.id) };
  const done = succeeded(thawed, plan, nowMs, seats);
  return isRemedy(plan.act)
    ? { ...done, receipts: openReceipt(done.receipts, plan, nowMs, measured) }
    : changeDeed(done, plan.id, { outcome: 'effective', got: ended.detail === '' ? 'Done.' : ended.detail });
};
