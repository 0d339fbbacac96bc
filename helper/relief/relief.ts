import { processKey } from '../host/reading.ts';
import { rate } from '../protocol/figures.ts';
import type { KillAct, Plan } from './acts.ts';
import { observeApprovals, propose } from './approvals.ts';
import { brakeLimit, brakeWindowMs, judgeBrake } from './brake.ts';
import { type Candidate, candidatesOf, groupLimit, keepInspections } from './candidates.ts';
import { observeFreezes } from './freezes.ts';
import { observeGate } from './gate.ts';
import { measureAfter } from './measure.ts';
import { impactOf, optionsOf } from './options.ts';
import { episodeOf, targetKeyOf, targetNameOf } from './plan-identity.ts';
import { act, judgeSlot } from './planner.ts';
import { changeDeed, makePlan, putForward } from './plans.ts';
import { observeReceipts, type SettledReceipt } from './receipts.ts';
import { observeSheds } from './sheds.ts';
import { observeTimes, tell } from './standing.ts';
import type { ReliefState, Stopping } from './state.ts';
import { observeStops } from './stops.ts';
import { observeWatched, rewatch } from './watch.ts';
import { leakFact, observeLeak, watchExit } from './wired-leak.ts';
import type { Orders, World } from './world.ts';

/** Relief in one step of the keeper, after the reading: what came of what was done, what is undone, and what is done next. */

/** What could be frozen is watched by every sample, as far as its members fit. */
const watchedOf = (
  candidates: readonly Candidate[],
): readonly { key: string; ids: Candidate['targets'][number]['id'][] }[] => {
  let left = groupLimit;
  return candidates.flatMap(({ key, targets, denial }) => {
    if (denial !== null || targets.length > left) return [];
    left -= targets.length;
    return [{ key, ids: targets.map(({ id }) => id) }];
  });
};

const observeCandidates = (before: ReliefState, world: World): ReliefState => {
  if (!world.isFull)
    return { ...before, watched: observeWatched(before.watched, world.nowMs, world.seen, world.closesSlot) };
  const inspected = keepInspections(before.inspected, world.inspections, world.nowMs);
  const { own, firstLoginUid, jobs } = before;
  const candidates = candidatesOf(world, { own, firstLoginUid, inspected, jobs });
  const watched = rewatch(before.watched, watchedOf(candidates));
  return {
    ...before,
    inspected,
    candidates,
    watched: observeWatched(watched, world.nowMs, world.seen, world.closesSlot),
  };
};

const settle = (before: ReliefState, receipt: SettledReceipt, orders: Orders): ReliefState => {
  const { plan, effective, text } = receipt;
  const key = targetKeyOf(plan.act);
  const name = targetNameOf(plan.act);
  const useless = effective ? 0 : (before.tries.find((each) => each.key === key)?.useless ?? 0) + 1;
  const settled = {
    ...changeDeed(before, plan.id, { outcome: effective ? 'effective' : 'useless', got: text }),
    tries: [...before.tries.filter((each) => each.key !== key), { key, name, useless }],
  };
  orders.said.push(`${name}: ${text}`);
  return effective ? settled : tell(settled, { alert: 'action_useless', subject: name, detail: text }, orders);
};

const settleReceipts = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (before.receipts.open.length === 0) return before;
  const turn = observeReceipts(before.receipts, world.nowMs, (plan, sinceMs) =>
    // Footprints are as old as the last full pass: an older one would speak for the time before the act.
    plan.act.verb === 'freeze' || world.isFull ? measureAfter(plan, sinceMs, before, world) : null,
  );
  orders.rows.push(...turn.rows);
  return turn.settled.reduce<ReliefState>((relief, receipt) => settle(relief, receipt, orders), {
    ...before,
    receipts: turn.state,
  });
};

/** A TERM that nobody obeyed: the KILL is the operator's to give. */
const proposeKill = (before: ReliefState, stop: Stopping, world: World, orders: Orders): ReliefState => {
  const done = before.deeds.find(({ plan }) => plan.id === stop.plan)?.plan.act;
  if (done?.verb !== 'terminate') return before;
  const kill: KillAct = { verb: 'kill', entry: done.entry, target: done.target };
  const plan = makePlan(
    before,
    {
      act: kill,
      reason: `${done.target.name} (pid ${done.target.id.pid}) has not ended ${Math.round(stop.drainMs / 1000)} s after it was told to.`,
      cause: { kind: 'did_not_end' },
      expected: { counter: 'footprint', bytes: done.target.footprintBytes, bytesPerSecond: 0 },
    },
    world.nowMs,
  );
  const candidate = before.candidates.find(({ key }) => key === processKey(done.target.id));
  const turn = propose(before.approvals, plan, candidate === undefined ? [] : impactOf(candidate), world.nowMs);
  orders.rows.push(...turn.rows);
  return putForward({ ...before, approvals: turn.state }, plan, world.mode === 'live' ? 'ask' : 'would_ask', orders);
};

const watchStops = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const { relief, overdue } = observeStops(before, world, orders);
  return overdue.reduce((state, stop) => proposeKill(state, stop, world, orders), relief);
};

/** Seats that were there in the last slot and are not now have ended, by whosever hand. */
const watchWired = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const had = before.lastSeats;
  const isThere = (name: string): boolean => (world.seats.find((seat) => seat.name === name)?.ids.length ?? 0) > 0;
  const lost = had.filter((seat) => seat.ids.length > 0 && !isThere(seat.name));
  const wiredBytes = before.lastWiredBytes;
  const watched = lost.reduce(
    (state, seat) =>
      watchExit(state, world.nowMs, {
        seat: seat.name,
        shareBytes: seat.wiredBytes,
        wiredBytes,
        othersWiredBytes: had.reduce((sum, each) => sum + (each.name === seat.name ? 0 : each.wiredBytes), 0),
      }),
    before.leak,
  );
  const turn = observeLeak(watched, world.nowMs, {
    wiredBytes: world.machine.availableBytes === null ? null : world.machine.wiredBytes,
    seatsWiredBytes: world.seats.reduce((sum, seat) => sum + seat.wiredBytes, 0),
    isLoading: world.seats.some((seat) => seat.state === 'loading'),
  });
  orders.rows.push(...turn.rows);
  return {
    ...before,
    lastSeats: world.seats,
    lastWiredBytes: world.machine.availableBytes === null ? null : world.machine.wiredBytes,
    leak: turn.state,
    wiredLeak: leakFact(turn.state),
  };
};

export const causeLasts = (plan: Plan, relief: ReliefState, world: World): boolean => {
  const { cause } = plan;
  switch (cause.kind) {
    case 'level':
      return world.level >= cause.atLeast;
    case 'ladder':
      return relief.ladder.step >= cause.step;
    case 'frozen_too_long':
      return world.level >= 2;
    case 'did_not_end':
      return relief.stopping.some(({ targets }) =>
        targets.some(({ id }) => plan.act.verb === 'kill' && processKey(id) === processKey(plan.act.target.id)),
      );
    case 'brake':
    case 'calm':
    case 'operator':
      return true;
  }
};

const stillFits = (plan: Plan, world: World): boolean => {
  const done = plan.act;
  if (!world.isFull) return true;
  switch (done.verb) {
    case 'freeze':
      return world.seen.has(processKey(done.targets[0].id));
    case 'terminate':
    case 'kill':
      return world.seen.has(processKey(done.target.id));
    case 'bootout':
      return (world.seats.find((seat) => seat.name === done.seat)?.ids.length ?? 0) > 0;
    default:
      return true;
  }
};

const watchApprovals = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  if (before.approvals.open.length === 0) return before;
  let nextPlanId = before.nextPlanId;
  const turn = observeApprovals(before.approvals, world.nowMs, {
    causeLasts: (plan) => causeLasts(plan, before, world),
    stillFits: (plan) => stillFits(plan, world),
    refresh: (plan) => {
      const again =
        plan.cause.kind === 'did_not_end'
          ? plan
          : optionsOf(before, world).asked.find((option) => episodeOf(option.act) === episodeOf(plan.act));
      if (again === undefined) return null;
      const fresh = makePlan({ ...before, nextPlanId }, again, world.nowMs);
      nextPlanId += 1;
      return fresh;
    },
  });
  orders.rows.push(...turn.rows);
  return { ...before, nextPlanId, approvals: turn.state };
};

const brake = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const judged = judgeBrake(before, world);
  if (judged.kind === 'rest') return before;
  if (judged.kind === 'hold') {
    const held = { ...before, explanation: { chosen: null, noop: `The brake holds: ${judged.why}.`, passedOver: [] } };
    return judged.exhausted
      ? tell(held, { alert: 'brake_exhausted', subject: 'brake', detail: judged.why }, orders)
      : held;
  }
  const { candidate, growth, fill } = judged;
  const [first] = candidate.targets;
  const option = {
    act: { verb: 'freeze' as const, entry: candidate.entry, targets: candidate.targets, path: 'brake' as const },
    reason: `${first.name} (pid ${first.id.pid}) grows by ${rate(growth)} of the ${rate(fill)} at which memory runs out.`,
    cause: { kind: 'brake' as const },
    expected: { counter: 'growth' as const, bytes: 0, bytesPerSecond: growth },
    impact: impactOf(candidate),
    ask: null,
    name: first.name,
  };
  if (world.mode !== 'live' && before.rehearsed.includes(episodeOf(option.act))) return before;
  const acted = act(before, option, world, orders);
  const firedMs = [...acted.brake.firedMs.filter((atMs) => world.nowMs - atMs < brakeWindowMs), world.nowMs];
  return {
    ...acted,
    brake: { firedMs: firedMs.slice(-brakeLimit), keys: [...acted.brake.keys, candidate.key].slice(-brakeLimit) },
    explanation: { chosen: `Brake: ${option.reason}`, noop: '', passedOver: [] },
  };
};

export const observeRelief = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  let relief = observeCandidates(before, world);
  relief = brake(relief, world, orders);
  relief = observeFreezes(relief, world, orders);
  relief = watchStops(relief, world, orders);
  relief = settleReceipts(relief, world, orders);
  if (!world.judges) return relief;
  relief = observeTimes(relief, world);
  relief = watchWired(relief, world, orders);
  relief = observeSheds(relief, world, orders);
  relief = watchApprovals(relief, world, orders);
  relief = {
    ...relief,
    gate: observeGate(relief.gate, world.nowMs, { sensorsValid: world.sensorsValid, mode: world.mode }),
  };
  return judgeSlot(relief, world, orders);
};
