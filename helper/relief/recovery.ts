import { isSmokeOver, smokePrompts } from '../probes/smoke.ts';
import type { Plan, RecoverAct, RecoverDeed } from './acts.ts';
import type { Ended } from './completion.ts';
import { type By, changeDeed, endsFreezes, undertake } from './plans.ts';
import { missingMemory, usedBytes } from './recovery-memory.ts';
import { hintOf, progressWords, type RecoveryStep } from './recovery-words.ts';
import type { ReliefState, Stopping } from './state.ts';
import type { Orders, SeatFacts, World } from './world.ts';

/**
 * The recovery of a seat that accepts connections and does no work, as the operator approved it: one step after the other, each
 * seen to be done before the next begins. What fails ends it there and is told; nothing is ever started by itself.
 */

export interface Recovery {
  readonly plan: Plan & { readonly act: RecoverAct };
  readonly by: Exclude<By, 'automatic'>;
  readonly step: RecoveryStep;
  /** Since when it is at this step. */
  readonly sinceMs: number;
  readonly beganMs: number;
  /** As it was before anything was done, bytes; `used` and `wired` of the whole machine. */
  readonly before: { readonly used: number; readonly wired: number; readonly held: number; readonly heldWired: number };
  /** What has been ordered and has not completed. */
  readonly doing: RecoverDeed | null;
  readonly isKilled: boolean;
  readonly isPortFree: boolean;
  /** Who had the port when it was looked for last. */
  readonly holder: string;
  readonly lookMs: number;
}

const filesMs = 60_000;
/** After a KILL a process is gone within moments, however much it held. */
const killedMs = 30_000;
const portMs = 30_000;
const portAgainMs = 2_000;
/** Its own limits, to load and to wait for memory, end a start far earlier. */
const startMs = 40 * 60_000;
const settleMs = 4_000;
const askedMs = 60_000;
/** After one that failed the same run is not offered again at once. */
const againMs = 600_000;

const isRecover = (plan: Plan): plan is Plan & { readonly act: RecoverAct } => plan.act.verb === 'recover';

const row = ({ plan }: Recovery, detail: string): Orders['rows'][number] => ({
  kind: 'observed',
  what: 'recovery',
  target: plan.act.seat,
  detail,
});

/** The recovery as it is now, told to the log and to whoever looks. */
const at = (relief: ReliefState, recovery: Recovery, orders: Orders): ReliefState => {
  const text = progressWords(recovery);
  orders.rows.push(row(recovery, text));
  orders.said.push(`${recovery.plan.act.seat}: ${text}`);
  return { ...changeDeed(relief, recovery.plan.id, { got: text }), recovery };
};

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

const ended = (
  before: ReliefState,
  recovery: Recovery,
  outcome: 'effective' | 'useless' | 'failed' | 'withdrawn',
  got: string,
): ReliefState => ({ ...changeDeed(before, recovery.plan.id, { outcome, got }), recovery: null });

const withdrawn = (before: ReliefState, recovery: Recovery, orders: Orders): ReliefState => {
  const got = 'It has ended, or started anew: nothing was done.';
  orders.rows.push(row(recovery, got));
  return ended(before, recovery, 'withdrawn', got);
};

/** @param outcome `useless`: all was done, and it does not work */
const failed = (
  before: ReliefState,
  recovery: Recovery,
  why: string,
  nowMs: number,
  orders: Orders,
  outcome: 'failed' | 'useless' = 'failed',
): ReliefState => {
  const { plan, step } = recovery;
  const got = `${progressWords(recovery)} It failed: ${why}. ${hintOf(step, plan.act.seat)}`;
  orders.rows.push(row(recovery, got));
  orders.alerts.push({ alert: 'recovery_failed', subject: plan.act.seat, detail: got });
  const key = recoveryKey(plan.act.seat);
  const again = { key, count: 1, againMs: nowMs + againMs };
  return {
    ...ended(before, recovery, outcome, got),
    failed: [...before.failed.filter((each) => each.key !== key), again],
  };
};

/** Under which a failure of its own is remembered. */
export const recoveryKey = (seat: string): string => `recover ${seat}`;

const to = (before: ReliefState, recovery: Recovery, step: RecoveryStep, nowMs: number, orders: Orders): ReliefState =>
  at(before, { ...recovery, step, sinceMs: nowMs, doing: null }, orders);

const does = (before: ReliefState, recovery: Recovery, step: RecoverDeed, orders: Orders): ReliefState => {
  const { plan, by } = recovery;
  orders.acts.push({ plan, by, step });
  return { ...before, recovery: { ...recovery, doing: step } };
};

const stoppingOf = ({ plan }: Recovery, seat: SeatFacts, nowMs: number): Stopping => ({
  plan: plan.id,
  targets: plan.act.targets,
  label: plan.act.label,
  seat: seat.name,
  sinceMs: nowMs,
  drainMs: seat.drainSeconds * 1000,
  // The KILL of what does not end is part of what was approved.
  killProposed: true,
});

const files = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  const { plan, sinceMs } = recovery;
  const [main] = plan.act.targets;
  if (seat.main === null || seat.main.pid !== main?.id.pid || seat.main.start !== main.id.start)
    return withdrawn(before, recovery, orders);
  const { health } = seat;
  if (health === null || health.files === 'off')
    return failed(before, recovery, 'castellan.toml does not say which files its start needs', nowMs, orders);
  if (health.filesEndedMs !== null && health.filesEndedMs >= sinceMs) {
    if (health.files !== 'pass') return failed(before, recovery, health.filesFound, nowMs, orders);
    const next = to(before, recovery, 'stop', nowMs, orders);
    if (next.recovery === null) return next;
    const told = {
      ...next,
      freezes: endsFreezes(plan, next),
      stopping: [...next.stopping, stoppingOf(recovery, seat, nowMs)],
    };
    return does(told, next.recovery, 'stop', orders);
  }
  return nowMs - sinceMs < filesMs
    ? before
    : failed(before, recovery, `they could not be looked at within ${filesMs / 1000} s`, nowMs, orders);
};

const stop = (before: ReliefState, recovery: Recovery, seat: SeatFacts, nowMs: number, orders: Orders): ReliefState => {
  if (recovery.doing !== null) return before;
  const isWatched = before.stopping.some(({ plan }) => plan === recovery.plan.id);
  if (!isWatched && seat.ids.length === 0) return to(before, recovery, 'free', nowMs, orders);
  const drainMs = seat.drainSeconds * 1000;
  const forMs = nowMs - recovery.sinceMs;
  if (!recovery.isKilled && forMs >= drainMs) return does(before, { ...recovery, isKilled: true }, 'kill', orders);
  const pids = seat.ids.map(({ pid }) => pid).join(', ');
  return forMs < drainMs + killedMs
    ? before
    : failed(before, recovery, `pid ${pids === '' ? '?' : pids} still runs, although it was killed`, nowMs, orders);
};

const free = (before: ReliefState, recovery: Recovery, seat: SeatFacts, world: World, orders: Orders): ReliefState => {
  const { nowMs } = world;
  if (seat.ids.length > 0) return failed(before, recovery, 'somebody else started it meanwhile', nowMs, orders);
  if (recovery.doing !== null) return before;
  const { plan, isPortFree, sinceMs, holder } = recovery;
  if (!isPortFree && nowMs - sinceMs >= portMs)
    return failed(before, recovery, `its port ${plan.act.address ?? ''} is not free: ${holder}`, nowMs, orders);
  const missing = missingMemory(recovery, world);
  if (missing?.late === true) return failed(before, recovery, `only ${missing.text}`, nowMs, orders);
  if (!isPortFree)
    return nowMs < recovery.lookMs
      ? before
      : does(before, { ...recovery, lookMs: nowMs + portAgainMs }, 'port', orders);
  return missing === null ? to(before, recovery, 'start', nowMs, orders) : before;
};

const start = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  if (seat.isReady) return to(before, recovery, 'smoke', nowMs, orders);
  const forMs = nowMs - recovery.sinceMs;
  const isDown = seat.state === 'failed' || seat.state === 'absent';
  if ((isDown && !seat.isAwaited && forMs >= settleMs) || forMs >= startMs)
    return failed(before, recovery, seat.why === '' ? 'it does not fit now' : seat.why, nowMs, orders);
  return before;
};

const smoke = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  const { plan, sinceMs, beganMs } = recovery;
  if (!seat.isReady) return failed(before, recovery, seat.why === '' ? `it is ${seat.state}` : seat.why, nowMs, orders);
  const asked = seat.health?.smoke?.plan === plan.id ? seat.health.smoke : null;
  if (asked === null || asked.asked === 0)
    return nowMs - sinceMs < askedMs
      ? before
      : failed(before, recovery, 'nobody could ask it: the gateway does not answer', nowMs, orders);
  if (!isSmokeOver(asked)) return before;
  const effective = asked.good === smokePrompts;
  const text = `${asked.good}/${smokePrompts} prompts were answered${asked.fault === '' ? '' : ` (${asked.fault})`}.`;
  orders.rows.push(row(recovery, text), {
    kind: 'receipt',
    plan: plan.id,
    verb: 'recover',
    target: plan.act.seat,
    counter: 'answers',
    expected: smokePrompts,
    actual: asked.good,
    effective,
    afterMs: nowMs - beganMs,
    text,
  });
  if (!effective) return failed(before, recovery, text.slice(0, -1), nowMs, orders, 'useless');
  orders.said.push(`${plan.act.seat}: recovered, ${text}`);
  return ended({ ...before, lastRemedyMs: nowMs }, recovery, 'effective', `Recovered: ${text}`);
};

/** One look at the recovery that is under way. */
export const observeRecovery = (before: ReliefState, world: World, orders: Orders): ReliefState => {
  const { recovery } = before;
  if (recovery === null) return before;
  const { nowMs } = world;
  const seat = world.seats.find(({ name }) => name === recovery.plan.act.seat);
  if (seat === undefined)
    return failed(before, recovery, 'castellan.toml does not have this seat any more', nowMs, orders);
  // What cannot be seen has not ended for that.
  const mustSee = recovery.step === 'stop' || recovery.step === 'free';
  if (mustSee && !world.sensorsValid) return before;
  switch (recovery.step) {
    case 'files':
      return files(before, recovery, seat, nowMs, orders);
    case 'stop':
      return stop(before, recovery, seat, nowMs, orders);
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
  // What timed out may have been done: the next looks tell.
  if (outcome !== 'failed') return going;
  const stopping = doing === 'stop' ? before.stopping.filter(({ plan }) => plan !== recovery.plan.id) : before.stopping;
  return failed({ ...going, stopping }, left, detail, nowMs, orders);
};
