import type { Act } from './acts.ts';
import { propose } from './approvals.ts';
import { isBusySeat } from './end-options.ts';
import type { Option } from './option.ts';
import { makePlan, putForward } from './plans.ts';
import type { ReliefState } from './state.ts';
import type { Orders, World } from './world.ts';

/** It may be answering somebody, so that its end takes a second confirmation. */
const endsBusySeat = (act: Act, { seats }: World): boolean => {
  if (act.verb !== 'bootout') return false;
  const seat = seats.find(({ name }) => name === act.seat);
  return seat === undefined || isBusySeat(seat);
};

/** Puts a question to the operator; in a dry run it is only listed. What was refused in this episode is not asked. */
export const ask = (relief: ReliefState, option: Option, world: World, orders: Orders): ReliefState => {
  const plan = makePlan(relief, option, world.nowMs);
  const turn = propose(relief.approvals, plan, option.impact, world.nowMs, endsBusySeat(plan.act, world));
  orders.rows.push(...turn.rows);
  const asked = { ...relief, approvals: turn.state };
  return turn.proposal === null ? asked : putForward(asked, plan, world.mode === 'live' ? 'ask' : 'would_ask', orders);
};
