import type { Plan, RecoverAct } from './acts.ts';
import type { Ended } from './completion.ts';
import { type By, undertake } from './plans.ts';
import { at, failed, type Recovery } from './recovery-life.ts';
import { usedBytes } from './recovery-memory.ts';
import { files, free, smoke, start, stop } from './recovery-steps.ts';
import type { ReliefState } from './state.ts';
import type { Orders, World } from './world.ts';

/**
 * The recovery of a seat that accepts connections and does no work, as the operator approved it: one step after the other, each
 * seen to be done before the next begins. What fails ends it there and is told; nothing is ever started by itself.
 */

const isRecover = (plan: Plan): plan is Plan & { readonly act: RecoverAct } => plan.act.verb === 'recover';

/** Null: it is not of a seat that can be recovered, or another one is under way. */
export const beginRecovery = (
  before: ReliefState,
  plan: Plan,
  by: Exclude<By, 'automatic'>,
  world: World,
  orders: Orders,
): ReliefState | null => {
  const seat = isRecover(plan) ? world.seats.find(({ name }) => name === plan.act.seat) : undefined;
  if (!isRecover(plan) || seat === undefined || before.recovery !== null) return null;
  const recovery: Recovery = {
    plan,
    by,
    step: 'files',
    sinceMs: world.nowMs,
    beganMs: world.nowMs,
    before: {
      used: usedBytes(world),
      wired: world.machine.wiredBytes,
      held: seat.footprintBytes,
      heldWired: seat.wiredBytes,
    },
    doing: null,
    isKilled: false,
    isPortFree: plan.act.address === null,
    holder: '',
    lookMs: world.nowMs,
  };
  return at(undertake(before, plan, orders), recovery, orders);
};

/** One look at the recovery that is under way. */
export const observeRecovery = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const { recovery } = before;
  if (recovery === null) return before;
  const { nowMs } = world;
  const seat = world.seats.find(({ name }) => name === recovery.plan.act.seat);
  if (seat === undefined)
    return failed(before, recovery, 'castellan.toml does not have this seat any more', nowMs, orders);
  const { label, address } = recovery.plan.act;
  if (seat.label !== label || seat.address !== address)
    return failed(before, recovery, 'castellan.toml has another service or port for it now', nowMs, orders);
  // Time in which nobody looked was no time to end in, or to answer.
  if (world.isAfterGap) return { ...before, recovery: { ...recovery, sinceMs: nowMs, lookMs: nowMs } };
  // What cannot be seen has not ended for that.
  const mustSee = recovery.step === 'stop' || recovery.step === 'free';
  if (mustSee && !world.sensorsValid) return before;
  switch (recovery.step) {
    case 'files':
      return files(before, recovery, seat, world, orders);
    case 'stop':
      return stop(before, recovery, seat, world, orders);
    case 'free':
      return free(before, recovery, seat, world, orders);
    case 'start':
      return start(before, recovery, seat, nowMs, orders);
    case 'smoke':
      return smoke(before, recovery, seat, nowMs, orders);
  }
};

/** What was ordered for it has been done, or could not be. */
export const heardRecovery = (
  before: ReliefState,
  recovery: Recovery,
  { outcome, detail }: Ended,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  const { doing } = recovery;
  const left: Recovery = { ...recovery, doing: null };
  const going = { ...before, recovery: left };
  if (doing === 'port')
    return { ...going, recovery: { ...left, isPortFree: outcome === 'ok', holder: outcome === 'ok' ? '' : detail } };
  const told = doing === 'stop' ? { ...going, freezes: afterStop(before, recovery, outcome, nowMs) } : going;
  // What timed out may have been done: the next looks tell.
  if (outcome !== 'failed') return told;
  const stopping = doing === 'stop' ? before.stopping.filter(({ plan }) => plan !== recovery.plan.id) : before.stopping;
  return failed({ ...told, stopping }, left, detail, nowMs, orders);
};

/** Whom it froze was resumed to be told; where that is not known, the next looks find who still stands still. */
const afterStop = (
  { freezes }: ReliefState,
  { plan }: Recovery,
  outcome: Ended['outcome'],
  nowMs: number,
): ReliefState['freezes'] =>
  freezes.flatMap((freeze) => {
    if (freeze.resuming !== plan.id) return [freeze];
    return outcome === 'ok' ? [] : [{ ...freeze, resuming: null, isStopped: false, sinceMs: nowMs, retryMs: nowMs }];
  });
