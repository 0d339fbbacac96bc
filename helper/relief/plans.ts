import { processKey } from '../host/reading.ts';
import type { Act, Cause, Expectation, Plan, Remedy, Target } from './acts.ts';
import { planHash, targetNameOf } from './plan-identity.ts';
import type { Measurement } from './receipts.ts';
import type { Deed, ReliefState } from './state.ts';
import type { Orders } from './world.ts';

/** Plans: made, told to the audit log, sent to be carried out, and remembered for the operator to look at. */

/** Deeds kept for the operator; what waits for its receipt is among the latest in any case. */
const deedsKept = 64;

export type By = 'automatic' | { readonly uid: number; readonly client: 'app' | 'cli' };

export const targetsOf = (act: Act): readonly Target[] => {
  switch (act.verb) {
    case 'freeze':
    case 'resume':
      return act.targets;
    case 'terminate':
    case 'kill':
      return [act.target];
    case 'shed':
    case 'bootout':
    case 'recover':
      return act.targets;
    default:
      return [];
  }
};

/** What is told to end is resumed first: until that is known to be done, its freeze is not to be taken for a foreign one's end. */
export const endsFreezes = ({ act, id }: Plan, { freezes }: ReliefState): ReliefState['freezes'] => {
  const ends = act.verb === 'terminate' || act.verb === 'shed' || act.verb === 'bootout' || act.verb === 'recover';
  if (!ends) return freezes;
  const keys = new Set(targetsOf(act).map((target) => processKey(target.id)));
  return freezes.map((freeze) =>
    freeze.targets.some((target) => keys.has(processKey(target.id))) ? { ...freeze, resuming: id } : freeze,
  );
};

/** Restoring and resuming undo, a fallback serves; everything else relieves, and cools down. */
export const isRemedy = (act: Act): act is Remedy =>
  act.verb !== 'restore' && act.verb !== 'resume' && act.verb !== 'fallback' && act.verb !== 'fallback_end';

export const makePlan = (
  relief: ReliefState,
  wanted: { readonly act: Act; readonly reason: string; readonly cause: Cause; readonly expected: Expectation },
  nowMs: number,
): Plan => ({
  id: relief.nextPlanId,
  hash: planHash(wanted.act, wanted.cause),
  act: wanted.act,
  reason: wanted.reason,
  cause: wanted.cause,
  expected: wanted.expected,
  plannedMs: nowMs,
});

const planRow = (plan: Plan, mode: 'live' | 'dry_run' | 'ask' | 'would_ask'): Orders['rows'][number] => ({
  kind: 'plan',
  plan: plan.id,
  verb: plan.act.verb,
  target: targetNameOf(plan.act),
  hash: plan.hash,
  reason: plan.reason,
  expected: plan.expected,
  mode,
});

const remember = (relief: ReliefState, deed: Deed): ReliefState => ({
  ...relief,
  nextPlanId: Math.max(relief.nextPlanId, deed.plan.id + 1),
  deeds: [...relief.deeds.filter((each) => each.plan.id !== deed.plan.id), deed].slice(-deedsKept),
});

export const changeDeed = (relief: ReliefState, plan: number, change: Partial<Deed>): ReliefState => ({
  ...relief,
  deeds: relief.deeds.map((deed) => (deed.plan.id === plan ? { ...deed, ...change } : deed)),
});

/** Sends a plan to be carried out. */
export const order = (
  relief: ReliefState,
  plan: Plan,
  by: By,
  orders: Orders,
  measured: Measurement | null = null,
): ReliefState => {
  orders.rows.push(planRow(plan, 'live'));
  orders.acts.push({ plan, by });
  orders.said.push(`${plan.act.verb} ${targetNameOf(plan.act)}: ${plan.reason}`);
  return {
    ...remember(relief, { plan, outcome: 'pending', got: '', markedWrong: false }),
    freezes: endsFreezes(plan, relief),
    inFlight: [...relief.inFlight, { plan, measured }],
  };
};

/** A plan of several steps has begun; each of them is ordered in its time. */
export const undertake = (relief: ReliefState, plan: Plan, orders: Orders): ReliefState => {
  orders.rows.push(planRow(plan, 'live'));
  return remember(relief, { plan, outcome: 'pending', got: '', markedWrong: false });
};

/** Says what would be done, and does not do it. */
export const rehearse = (relief: ReliefState, plan: Plan, key: string, orders: Orders): ReliefState => {
  orders.rows.push(planRow(plan, 'dry_run'));
  orders.said.push(`dry run: would ${plan.act.verb} ${targetNameOf(plan.act)}: ${plan.reason}`);
  return {
    ...remember(relief, { plan, outcome: 'dry_run', got: '', markedWrong: false }),
    rehearsed: [...relief.rehearsed, key].slice(-deedsKept),
    lastRemedyMs: plan.plannedMs,
  };
};

/** A plan that waits for the operator. */
export const putForward = (relief: ReliefState, plan: Plan, mode: 'ask' | 'would_ask', orders: Orders): ReliefState => {
  orders.rows.push(planRow(plan, mode));
  orders.said.push(
    `${mode === 'ask' ? 'asks to' : 'dry run: would ask to'} ${plan.act.verb} ${targetNameOf(plan.act)}: ${plan.reason}`,
  );
  const isRehearsal = mode === 'would_ask';
  return isRehearsal
    ? remember(relief, { plan, outcome: 'dry_run', got: '', markedWrong: false })
    : { ...relief, nextPlanId: plan.id + 1 };
};
