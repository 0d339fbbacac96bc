import { processKey } from '../host/reading.ts';
import type { KillAct, Plan } from './acts.ts';
import { type OpenProposal, observeApprovals, propose, withdrawAll } from './approvals.ts';
import type { Candidate } from './candidates.ts';
import { impactOf } from './freeze-options.ts';
import { offersOf } from './offers.ts';
import type { Option } from './option.ts';
import { optionsOf } from './options.ts';
import { episodeOf, planHash } from './plan-identity.ts';
import { makePlan, putForward } from './plans.ts';
import type { ReliefState, Stopping } from './state.ts';
import { observeStops } from './stops.ts';
import type { Orders, World } from './world.ts';

/** What waits for the operator, kept true: withdrawn with its cause, and its figures are those of now. */

/** Whether what a plan answers to holds now. */
export const causeLasts = (plan: Plan, relief: ReliefState, world: World): boolean => {
  const { cause, act } = plan;
  switch (cause.kind) {
    case 'level':
      return world.level >= cause.atLeast;
    case 'ladder':
      return relief.ladder.step >= cause.step;
    case 'frozen_too_long':
      return world.level >= 2;
    case 'did_not_end':
      return relief.stopping.some(({ targets }) =>
        targets.some(({ id }) => act.verb === 'kill' && processKey(id) === processKey(act.target.id)),
      );
    case 'zombie':
    case 'primary_dead':
      return offersOf(relief, world).options.some((option) => planHash(option.act, cause) === plan.hash);
    case 'brake':
    case 'calm':
    case 'operator':
      return true;
  }
};

/** Whether the target is still the one that was shown; between full passes nothing new is known. */
const stillFits = ({ act }: Plan, world: World): boolean => {
  if (!world.isFull) return true;
  switch (act.verb) {
    case 'freeze':
      return world.seen.has(processKey(act.targets[0].id));
    case 'terminate':
    case 'kill':
      return world.seen.has(processKey(act.target.id));
    case 'bootout':
    case 'recover': {
      const [main] = act.targets;
      return main !== undefined && world.seen.has(processKey(main.id));
    }
    case 'unload':
      return world.seen.has(processKey(act.server));
    default:
      return true;
  }
};

/** Reason, expectation and impact as they are now; what is approved is the same act. */
const brought = (proposal: OpenProposal, option: Option | undefined): OpenProposal =>
  option === undefined
    ? proposal
    : {
        ...proposal,
        plan: { ...proposal.plan, reason: option.reason, expected: option.expected },
        impact: option.impact,
      };

export const watchApprovals = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (before.approvals.open.length === 0) return before;
  if (world.mode === 'observe_only') {
    const turn = withdrawAll(before.approvals, world.nowMs);
    orders.rows.push(...turn.rows);
    return { ...before, approvals: turn.state };
  }
  const asked = [...optionsOf(before, world).asked, ...offersOf(before, world).options];
  const optionFor = (plan: Plan): Option | undefined =>
    asked.find((option) => episodeOf(option.act) === episodeOf(plan.act));
  const lasts = (plan: Plan): boolean =>
    causeLasts(plan, before, world) &&
    (plan.act.verb === 'kill' ? killable(before, plan.act) !== undefined : optionFor(plan) !== undefined);
  const open = before.approvals.open.map((proposal) => brought(proposal, optionFor(proposal.plan)));
  const turn = observeApprovals({ ...before.approvals, open }, world.nowMs, {
    causeLasts: lasts,
    stillFits: (plan) => stillFits(plan, world),
    refresh: (plan) => {
      if (plan.act.verb === 'kill') return plan;
      const again = optionFor(plan);
      // The number stays: it is the same plan, asked again.
      return again === undefined ? null : { ...makePlan(before, again, world.nowMs), id: plan.id };
    },
  });
  // In a dry run nobody is asked, so that nothing expires and nothing is asked again.
  orders.rows.push(...(world.mode === 'live' ? turn.rows : []));
  return { ...before, approvals: turn.state };
};

/** What the policy still allows to end by force; what was told to end may have come under a debugger since. */
const killable = ({ candidates }: ReliefState, { entry, target }: Omit<KillAct, 'verb'>): Candidate | undefined =>
  candidates.find(
    (each) =>
      each.key === processKey(target.id) &&
      each.denial === null &&
      each.entry.class === entry.class &&
      each.entry.name === entry.name,
  );

/** A TERM that nobody obeyed: the KILL is the operator's to give. */
const proposeKill = (before: ReliefState, stop: Stopping, world: World, orders: Orders): ReliefState => {
  const done = before.deeds.find(({ plan }) => plan.id === stop.plan)?.plan.act;
  if (done?.verb !== 'terminate') return before;
  const candidate = killable(before, done);
  if (candidate === undefined) return before;
  const { entry, target, label } = done;
  const kill: KillAct = { verb: 'kill', entry, target, label };
  const plan = makePlan(
    before,
    {
      act: kill,
      reason: `${target.name} (pid ${target.id.pid}) has not ended ${Math.round(stop.drainMs / 1000)} s after it was told to.`,
      cause: { kind: 'did_not_end' },
      expected: { counter: 'footprint', bytes: target.footprintBytes, bytesPerSecond: 0 },
    },
    world.nowMs,
  );
  const turn = propose(before.approvals, plan, impactOf(candidate), world.nowMs);
  orders.rows.push(...turn.rows);
  return putForward(
    {
      ...before,
      approvals: turn.state,
      stopping: before.stopping.map((each) => (each.plan === stop.plan ? { ...each, killProposed: true } : each)),
    },
    plan,
    world.mode === 'live' ? 'ask' : 'would_ask',
    orders,
  );
};

export const watchStops = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const { relief, overdue } = observeStops(before, world, orders);
  return overdue.reduce((state, stop) => proposeKill(state, stop, world, orders), relief);
};
