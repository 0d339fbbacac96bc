import { fallbackAct, fallbackObstacle } from './fallback-options.ts';
import { type Asker, granted, type Judged, refused } from './judged.ts';
import { offerEpisode } from './plan-identity.ts';
import { makePlan, order } from './plans.ts';
import type { ReliefState } from './state.ts';
import type { Orders, World } from './world.ts';

/** What the operator wants of the service that stands in for a seat. */

export interface FallbackWish {
  readonly type: 'fallback';
  readonly seat: string;
  readonly to: 'start' | 'stop';
}

/** By hand: also where nobody has found yet that it is dead, but never beside it. */
export const standIn = (
  before: ReliefState,
  { seat: name, to }: FallbackWish,
  by: Asker,
  world: World,
  orders: Orders,
): Judged => {
  const seat = world.seats.find((each) => each.name === name);
  if (seat === undefined) return refused(before, 'unknown_seat', name);
  const { fallback } = seat;
  if (fallback === null) return refused(before, 'no_fallback', name);
  const isUnderWay = before.inFlight.some(({ plan }) => 'primary' in plan.act && plan.act.seat === name);
  if (to === 'start' ? fallback.pid !== null : fallback.pid === null)
    return granted(before, to === 'start' ? `${fallback.label} runs already.` : `${fallback.label} does not run.`);
  if (world.mode === 'observe_only') return refused(before, 'observing_only');
  const why = isUnderWay ? `${fallback.label} is being started or ended` : fallbackObstacle(seat, fallback, before);
  if (why !== null && to === 'start') return refused(before, 'fallback_refused', why);
  const plan = makePlan(
    before,
    {
      act: fallbackAct(seat, fallback, to === 'start' ? 'fallback' : 'fallback_end'),
      reason: 'The operator asked for it.',
      cause: { kind: 'operator' },
      expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
    },
    world.nowMs,
  );
  // Whoever ends it does not want to be asked at once whether it is to run.
  const denied =
    to === 'stop' ? [...before.approvals.denied, offerEpisode('fallback', fallback.label)] : before.approvals.denied;
  const known: ReliefState = { ...before, approvals: { ...before.approvals, denied } };
  const said = to === 'start' ? `${fallback.label} stands in for ${name}.` : `${fallback.label} is told to end.`;
  return granted(order(known, plan, by, orders), said, plan.id);
};
