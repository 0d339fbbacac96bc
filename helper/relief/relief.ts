import { processKey } from '../host/reading.ts';
import { rate } from '../protocol/figures.ts';
import { watchApprovals, watchStops } from './asking.ts';
import { brakeLimit, brakeWindowMs, judgeBrake } from './brake.ts';
import { type Candidate, candidatesOf, groupLimit, notLookedAt, withStopped } from './candidates.ts';
import { impactOf } from './freeze-options.ts';
import { observeFreezes } from './freezes.ts';
import { observeGate } from './gate.ts';
import { keepInspections } from './looks.ts';
import { measureAfter } from './measure.ts';
import { judgeOffers } from './offers.ts';
import { observePause, pauseLeftMs } from './pause.ts';
import { episodeOf, targetKeyOf, targetNameOf } from './plan-identity.ts';
import { act, judgeSlot } from './planner.ts';
import { changeDeed } from './plans.ts';
import { observeReceipts, type SettledReceipt } from './receipts.ts';
import { observeRecovery } from './recovery.ts';
import { observeRuntimes } from './runtimes.ts';
import { observeSheds } from './sheds.ts';
import { observeTimes, tell } from './standing.ts';
import type { ReliefState } from './state.ts';
import { observeWatched, rewatch } from './watch.ts';
import { watchWired } from './wired-watch.ts';
import type { Orders, World } from './world.ts';

/** Relief in one step of the keeper, after the reading: what came of what was done, what is undone, and what is done next. */

/** What could be frozen is watched by every sample, as far as its members fit. */
const watchedOf = (
  candidates: readonly Candidate[],
): readonly { key: string; ids: Candidate['targets'][number]['id'][] }[] => {
  let left = groupLimit;
  return candidates.flatMap(({ key, targets, denial }) => {
    if ((denial !== null && denial.code !== notLookedAt) || targets.length > left) return [];
    left -= targets.length;
    return [{ key, ids: targets.map(({ id }) => id) }];
  });
};

const frozenKeys = ({ freezes }: ReliefState): ReadonlySet<string> =>
  new Set(freezes.flatMap(({ targets }) => targets.map(({ id }) => processKey(id))));

const observeCandidates = (before: ReliefState, world: World): ReliefState => {
  // Who could be stopped before a sleep is found anew after it: the next full pass comes with the next slot, or with a rush.
  if (!world.isFull && world.isAfterGap) return { ...before, candidates: [], watched: [] };
  if (!world.isFull)
    return {
      ...before,
      candidates: withStopped(before.candidates, world.seen, frozenKeys(before)),
      watched: observeWatched(before.watched, world.nowMs, world.seen, world.closesSlot),
    };
  const inspected = keepInspections(before.inspected, world);
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
  let relief = observePause(observeCandidates(before, world), world.nowMs, orders);
  relief = observeRuntimes(relief, world);
  relief = brake(relief, world, orders);
  relief = observeFreezes(relief, world, orders);
  relief = watchStops(relief, world, orders);
  relief = settleReceipts(relief, world, orders);
  relief = observeRecovery(relief, world, orders);
  if (!world.judges) return relief;
  relief = observeTimes(relief, world);
  relief = watchWired(relief, world, orders);
  relief = observeSheds(relief, world, orders);
  relief = watchApprovals(relief, world, orders);
  relief = {
    ...relief,
    gate: observeGate(relief.gate, world.nowMs, {
      // Paused time shows nothing of what would have been done.
      sensorsValid: world.sensorsValid && pauseLeftMs(relief, world.nowMs) === null,
      mode: world.mode,
    }),
  };
  return judgeOffers(judgeSlot(relief, world, orders), world, orders);
};
