import { processKey } from '../host/reading.ts';
import { isSmokeOver, smokePrompts } from '../probes/smoke.ts';
import { endsFreezes } from './plans.ts';
import { does, ended, failed, type Recovery, row, to, withdrawn } from './recovery-life.ts';
import { missingMemory } from './recovery-memory.ts';
import type { ReliefState, Stopping } from './state.ts';
import type { Orders, SeatFacts, World } from './world.ts';

/** The five steps of a recovery: each looks at what is so now, and goes on, waits, or ends it there. */

const filesMs = 60_000;
/** After a KILL a process is gone within moments, however much it held. */
const killedMs = 30_000;
const portMs = 30_000;
const portAgainMs = 2_000;
/** Its own limits, to load and to wait for memory, end a start far earlier. */
const startMs = 40 * 60_000;
const settleMs = 4_000;
const askedMs = 60_000;

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

/** Why there is nothing to recover any more, one clause; null: it is as it was when it was approved. */
const isOver = ({ plan }: Recovery, seat: SeatFacts, { stopping }: ReliefState, { mode }: World): string | null => {
  const [main] = plan.act.targets;
  if (mode !== 'live') return 'Relief is not live any more';
  if (seat.main === null || main === undefined || processKey(seat.main) !== processKey(main.id))
    return 'It has ended, or started anew';
  if (seat.state === 'draining' || stopping.some((each) => each.seat === seat.name))
    return 'It has been told to end otherwise';
  const verdict = seat.health?.verdict ?? null;
  return seat.health === null || verdict === 'zombie' ? null : 'That it does no work is not so any more';
};

export const files = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  world: World,
  orders: Orders,
): ReliefState => {
  const { nowMs } = world;
  const { plan, sinceMs } = recovery;
  const over = isOver(recovery, seat, before, world);
  if (over !== null) return withdrawn(before, recovery, over, orders);
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

/** Neither ended nor asked anything: it is somebody else's run. */
const startedAnew = (before: ReliefState, recovery: Recovery, seat: SeatFacts, nowMs: number, orders: Orders) => {
  const pid = seat.main?.pid ?? seat.ids[0]?.pid;
  return failed(before, recovery, `somebody else started it meanwhile (pid ${pid ?? '?'})`, nowMs, orders, {
    hint: 'It runs, and was asked nothing: `castellan health` shows what it says.',
  });
};

export const stop = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  { nowMs, mode }: World,
  orders: Orders,
): ReliefState => {
  if (recovery.doing !== null) return before;
  const { plan, isKilled, sinceMs } = recovery;
  const approved = new Set(plan.act.targets.map(({ id }) => processKey(id)));
  if (seat.main !== null && !approved.has(processKey(seat.main)))
    return startedAnew(before, recovery, seat, nowMs, orders);
  const isWatched = before.stopping.some((each) => each.plan === plan.id);
  if (!isWatched && seat.ids.length === 0) return to(before, recovery, 'free', nowMs, orders);
  const drainMs = seat.drainSeconds * 1000;
  const forMs = nowMs - sinceMs;
  const isLeft = isWatched || seat.ids.some((id) => approved.has(processKey(id)));
  if (isLeft && !isKilled && forMs >= drainMs)
    return mode === 'live'
      ? does(before, { ...recovery, isKilled: true }, 'kill', orders)
      : failed(
          before,
          recovery,
          'it did not end by itself, and nothing is killed since the dry run was chosen',
          nowMs,
          orders,
        );
  if (forMs < drainMs + killedMs) return before;
  const pids = seat.ids.map(({ pid }) => pid).join(', ');
  const why = isLeft ? 'although it was killed' : 'which was not part of what was approved';
  return failed(before, recovery, `pid ${pids === '' ? '?' : pids} still runs, ${why}`, nowMs, orders);
};

export const free = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  world: World,
  orders: Orders,
): ReliefState => {
  const { nowMs } = world;
  if (seat.ids.length > 0) return startedAnew(before, recovery, seat, nowMs, orders);
  if (recovery.doing !== null) return before;
  const { plan, isPortFree, sinceMs, holder } = recovery;
  if (!isPortFree && nowMs - sinceMs >= portMs) {
    const who = holder === '' ? 'who has it could not be found out' : holder;
    return failed(before, recovery, `its port ${plan.act.address ?? ''} is not free: ${who}`, nowMs, orders);
  }
  const missing = missingMemory(recovery, world);
  if (missing?.late === true) return failed(before, recovery, `only ${missing.text}`, nowMs, orders);
  if (!isPortFree)
    return nowMs < recovery.lookMs
      ? before
      : does(before, { ...recovery, lookMs: nowMs + portAgainMs }, 'port', orders);
  return missing === null ? to(before, recovery, 'start', nowMs, orders) : before;
};

export const start = (
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

export const smoke = (
  before: ReliefState,
  recovery: Recovery,
  seat: SeatFacts,
  nowMs: number,
  orders: Orders,
): ReliefState => {
  const { plan, sinceMs, beganMs } = recovery;
  if (!seat.isReady) return failed(before, recovery, seat.why === '' ? `it is ${seat.state}` : seat.why, nowMs, orders);
  const asked = seat.health?.smoke?.plan === plan.id ? seat.health.smoke : null;
  if (asked === null || !isSmokeOver(asked)) {
    if (asked !== null && asked.asking !== null) return before;
    if (nowMs - Math.max(sinceMs, asked?.sinceMs ?? 0) < askedMs) return before;
    const soFar = `after ${asked?.asked ?? 0} of ${smokePrompts} prompts`;
    return failed(before, recovery, `nobody could ask it ${soFar}: the gateway does not answer`, nowMs, orders);
  }
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
  if (!effective) return failed(before, recovery, text.slice(0, -1), nowMs, orders, { outcome: 'useless' });
  orders.said.push(`${plan.act.seat}: recovered, ${text}`);
  return ended({ ...before, lastRemedyMs: nowMs }, recovery, 'effective', `Recovered: ${text}`);
};
