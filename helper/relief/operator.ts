import { processKey } from '../host/reading.ts';
import { duration } from '../protocol/figures.ts';
import type { Plan } from './acts.ts';
import { answer } from './approvals.ts';
import { causeLasts } from './asking.ts';
import { isStoppedByOthers, mayEnd } from './end-options.ts';
import { type FallbackWish, standIn } from './fallback-wish.ts';
import { freezeObstacle } from './freeze-options.ts';
import { beginFreeze, resume } from './freezes.ts';
import { gateNeededMs, markWrong, mayGoLive } from './gate.ts';
import { type Asker, granted, type Judged, refused } from './judged.ts';
import { measureBefore } from './measure.ts';
import { pauseFor, pauseLeftMs } from './pause.ts';
import { planHash, targetNameOf } from './plan-identity.ts';
import { changeDeed, isRemedy, order } from './plans.ts';
import { beginRecovery } from './recovery.ts';
import { restore } from './sheds.ts';
import type { ReliefState } from './state.ts';
import { isEnding } from './stops.ts';
import { unloadOptions } from './unload-options.ts';
import { clearLeak } from './wired-leak.ts';
import type { Orders, World } from './world.ts';

/** What the operator decides, judged against how things are now. */

export type Wish =
  | { readonly type: 'approve'; readonly id: number; readonly hash: string; readonly confirmed: boolean }
  | { readonly type: 'deny'; readonly id: number; readonly hash: string }
  | { readonly type: 'mark_wrong'; readonly plan: number }
  | { readonly type: 'set_mode'; readonly to: 'live' | 'dry_run' }
  | { readonly type: 'pause'; readonly minutes: number }
  | { readonly type: 'thaw'; readonly freeze: number | null }
  | { readonly type: 'restore'; readonly label: string }
  | FallbackWish
  | { readonly type: 'clear_leak' };

interface Recheck {
  readonly still: 'same' | 'changed' | 'gone';
  readonly detail: string;
}
const same: Recheck = { still: 'same', detail: '' };

/** Identity, class and all that could forbid the act, as they are now and not as they were when it was proposed. */
const recheck = (plan: Plan, relief: ReliefState, world: World): Recheck => {
  const { act } = plan;
  if (!causeLasts(plan, relief, world)) return { still: 'gone', detail: 'its cause is gone' };
  switch (act.verb) {
    case 'freeze':
    case 'terminate':
    case 'kill': {
      const [first] = act.verb === 'freeze' ? act.targets : [act.target];
      if (first === undefined) return { still: 'gone', detail: '' };
      const key = processKey(first.id);
      if (!world.processes.some(({ id }) => processKey(id) === key))
        return { still: 'gone', detail: `${first.name} has ended` };
      const candidate = relief.candidates.find((each) => each.key === key);
      if (
        candidate === undefined ||
        candidate.entry.class !== act.entry.class ||
        candidate.entry.name !== act.entry.name
      )
        return { still: 'changed', detail: `the policy does not allow it for ${first.name} any more` };
      if (act.verb !== 'freeze' && isStoppedByOthers(candidate, relief))
        return { still: 'changed', detail: `somebody else stopped ${first.name}` };
      if (act.verb === 'terminate' && isEnding([act.target], relief))
        return { still: 'changed', detail: `${first.name} has been told to end` };
      if (act.verb !== 'freeze')
        return candidate.denial === null ? same : { still: 'changed', detail: candidate.denial.text };
      const obstacle = freezeObstacle(candidate, relief, world.nowMs);
      return obstacle === null ? same : { still: 'changed', detail: obstacle.text };
    }
    case 'bootout': {
      const seat = world.seats.find((each) => each.name === act.seat);
      const [main] = act.targets;
      if (seat === undefined || main === undefined || !seat.ids.some((id) => processKey(id) === processKey(main.id)))
        return { still: 'gone', detail: `${act.seat} has ended, or started anew` };
      if (seat.class !== act.class) return { still: 'changed', detail: `${act.seat} is ${seat.class} now` };
      if (relief.recovery?.plan.act.seat === act.seat)
        return { still: 'changed', detail: `${act.seat} is being recovered` };
      return mayEnd(seat.state) ? same : { still: 'changed', detail: `${act.seat} is ${seat.state} now` };
    }
    case 'recover': {
      const seat = world.seats.find((each) => each.name === act.seat);
      const [main] = act.targets;
      // All of what is ended by force is what was shown.
      const isRun =
        seat !== undefined &&
        seat.main !== null &&
        main !== undefined &&
        processKey(seat.main) === processKey(main.id) &&
        seat.ids.every((id) => act.targets.some((target) => processKey(target.id) === processKey(id)));
      return isRun ? same : { still: 'changed', detail: `${act.seat} has ended, or runs other processes now` };
    }
    case 'shed':
      return (world.services.get(act.label) ?? null) === null
        ? { still: 'gone', detail: `${act.label} does not run` }
        : same;
    case 'unload': {
      const { options, passedOver } = unloadOptions(relief, world);
      if (options.some((option) => planHash(option.act, plan.cause) === plan.hash)) return same;
      const now = passedOver.find(({ target }) => target === targetNameOf(act));
      return now === undefined
        ? { still: 'gone', detail: `${targetNameOf(act)} is not loaded any more` }
        : { still: 'changed', detail: now.text };
    }
    default:
      return same;
  }
};

const approve = (
  before: ReliefState,
  wish: Extract<Wish, { type: 'approve' }>,
  by: Asker,
  world: World,
  orders: Orders,
): Judged => {
  const proposal = before.approvals.open.find(({ id }) => id === wish.id);
  const fits = proposal === undefined ? same : recheck(proposal.plan, before, world);
  // A freeze that the deadman cannot vouch for is not the target's fault: say so, and let the proposal stand.
  if (proposal?.plan.act.verb === 'freeze' && before.deadman.state !== 'present' && world.mode === 'live')
    return refused(before, 'deadman_missing');
  const isFinal = proposal !== undefined && proposal.plan.act.verb !== 'freeze';
  if (isFinal && !before.auditWritable) return refused(before, 'audit_unwritable');
  const turn = answer(
    before.approvals,
    { id: wish.id, hash: wish.hash, confirmed: wish.confirmed, approve: true, by },
    world.nowMs,
    { mode: world.mode, still: fits.still },
  );
  orders.rows.push(...turn.rows);
  const relief = { ...before, approvals: turn.state };
  if (!turn.result.ok) return refused(relief, turn.result.code, fits.detail);
  // Ordered now, and not when it was asked about: what cools down counts from here.
  const plan: Plan = { ...turn.result.plan, plannedMs: world.nowMs };
  if (plan.act.verb === 'recover') {
    const begun = beginRecovery(relief, plan, by, world, orders);
    return begun === null
      ? refused(before, 'approval_withdrawn', 'another seat is being recovered')
      : granted(begun, `The recovery of ${plan.act.seat} has begun; \`castellan status\` shows each step.`);
  }
  const approved: Plan = plan.act.verb === 'freeze' ? { ...plan, act: { ...plan.act, path: 'approved' } } : plan;
  const ordered = beginFreeze(
    order(relief, approved, by, orders, measureBefore(approved, relief, world)),
    approved,
    world.nowMs,
  );
  return granted(ordered, `${plan.act.verb} approved`, plan.id);
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What the time of the dry run has shown. */
const seenWords = ({ plans, wrong }: ReliefState['gate']): string => {
  const marked = wrong === 0 ? '' : ` ${counted(wrong, 'plan was', 'plans were')} marked as wrong before that.`;
  return plans === 0
    ? `No action was planned in the time observed: nothing shows yet what it would do here.${marked}`
    : `${counted(plans, 'action was', 'actions were')} planned in the time observed, and none of them marked as wrong.${marked}`;
};

const goLive = (before: ReliefState, world: World): Judged => {
  if (before.forcedDryRun)
    return refused(before, 'only_dry_run', 'CASTELLAN_DRY_RUN is set where the keeper was started');
  if (world.mode === 'live') return granted(before, 'Relief is live already.');
  const configured = world.config.relief.mode;
  if (configured === 'dry_run' && !mayGoLive(before.gate))
    return refused(before, 'gate_closed', `${duration((gateNeededMs - before.gate.observedMs) / 1000)} are left`);
  const when =
    world.mode === 'observe_only'
      ? 'Relief is live as soon as the keeper may do more than observe.'
      : 'Relief is live.';
  return granted({ ...before, choice: 'live', choiceOver: configured }, `${when} ${seenWords(before.gate)}`);
};

const setMode = (before: ReliefState, to: 'live' | 'dry_run', world: World): Judged =>
  to === 'live'
    ? goLive(before, world)
    : granted(
        { ...before, choice: 'dry_run', choiceOver: world.config.relief.mode },
        'Dry run: relief is only shown from now on. What is frozen is resumed as it would have been.',
      );

const pause = (before: ReliefState, minutes: number, nowMs: number): Judged => {
  if (minutes === 0)
    return granted(
      pauseFor(before, 0, nowMs),
      pauseLeftMs(before, nowMs) === null ? 'Automatic actions were not paused.' : 'Automatic actions go on.',
    );
  const span = counted(minutes, 'minute', 'minutes');
  return granted(
    pauseFor(before, minutes, nowMs),
    `Automatic actions are paused for ${span}, then they go on by themselves. What is frozen is still resumed in its time, and you are still asked.`,
  );
};

const thaw = (before: ReliefState, freeze: number | null, by: Asker, world: World, orders: Orders): Judged => {
  const meant = before.freezes.filter(
    (each) => each.isStopped && each.resuming === null && (freeze === null || each.plan === freeze),
  );
  if (meant.length === 0) return refused(before, 'not_frozen', freeze === null ? '' : `freeze ${freeze}`);
  const plan = before.nextPlanId;
  const relief = meant.reduce(
    (state, each) => resume(state, each, 'The operator asked for it.', by, world.nowMs, orders),
    before,
  );
  return granted(relief, `${meant.length} resumed`, meant.length === 1 ? plan : null);
};

const bringBack = (before: ReliefState, label: string, by: Asker, world: World, orders: Orders): Judged => {
  const shed = before.sheds.find((each) => each.label === label && each.restoring === null);
  if (shed === undefined) return refused(before, 'not_shed', label);
  const plan = before.nextPlanId;
  return granted(
    restore(before, shed, 'The operator asked for it.', by, world.nowMs, orders),
    `${label} restored`,
    plan,
  );
};

const wrong = (before: ReliefState, plan: number): Judged => {
  const deed = before.deeds.find((each) => each.plan.id === plan);
  const isOpen = before.approvals.open.some((each) => each.plan.id === plan);
  if ((deed === undefined && !isOpen) || (deed !== undefined && !isRemedy(deed.plan.act)))
    return refused(before, 'plan_unknown', `plan ${plan}`);
  if (deed?.markedWrong === true) return granted(before, 'It is marked as wrong already.');
  const relief = changeDeed({ ...before, gate: markWrong(before.gate) }, plan, { markedWrong: true });
  return granted(relief, 'Marked as wrong: the gate counts anew.');
};

const clear = (before: ReliefState): Judged =>
  before.leak.leaks.length === 0 && before.leak.watches.length === 0
    ? refused(before, 'no_leak')
    : granted({ ...before, leak: clearLeak(), wiredLeak: null }, 'The missing wired memory counts as accounted for.');

export const judgeWish = (before: ReliefState, wish: Wish, by: Asker, world: World, orders: Orders): Judged => {
  switch (wish.type) {
    case 'approve':
      return approve(before, wish, by, world, orders);
    case 'deny': {
      const turn = answer(
        before.approvals,
        { id: wish.id, hash: wish.hash, confirmed: false, approve: false, by },
        world.nowMs,
        { mode: world.mode, still: 'same' },
      );
      orders.rows.push(...turn.rows);
      const relief = { ...before, approvals: turn.state };
      return turn.result.ok ? granted(relief, 'Not asked again in this episode.') : refused(relief, turn.result.code);
    }
    case 'mark_wrong':
      return wrong(before, wish.plan);
    case 'set_mode':
      return setMode(before, wish.to, world);
    case 'pause':
      return pause(before, wish.minutes, world.nowMs);
    case 'thaw':
      return thaw(before, wish.freeze, by, world, orders);
    case 'restore':
      return bringBack(before, wish.label, by, world, orders);
    case 'fallback':
      return standIn(before, wish, by, world, orders);
    case 'clear_leak':
      return clear(before);
  }
};
