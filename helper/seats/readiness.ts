import type { SeatConfig } from '../config/config.ts';
import { failed, failureOf } from './runs.ts';
import { type SeatTurn, type SeatWorld, viewOf } from './seat-world.ts';
import type { Run, Seat, Seating } from './seating.ts';
import { cued } from './transitions.ts';

/**
 * Whether a seat that runs serves. A program asks on the keeper's side; a URL is asked by the gateway, which has no rights.
 * A seat that was found running and cannot be asked about is believed; one that was ordered is not.
 */

const everyMs = 1_000;
/** A seat that did not become ready in time is asked less often. */
const failedEveryMs = 10_000;
const commandTimeoutMs = 5_000;
/** A gateway that is started again is back by then. */
const gatewayGraceMs = 10_000;

/** The run that may come to serve; null: there is none, it serves already, or it is on its way out. */
const awaited = ({ state, run, failure }: Seat): Run | null => {
  if (state === 'failed') return failure?.ends === true ? null : run;
  return state === 'loading' ? run : null;
};

/** Whether the gateway is to ask now. */
export const wantsGatewayProbe = (seat: Seat, { ready }: SeatConfig): boolean => {
  const run = awaited(seat);
  return ready?.kind === 'http' && run !== null && !run.isStopped && seat.order?.verb !== 'stop';
};

export const served = (seat: Seat, nowMs: number, why = ''): Seat => {
  const run = awaited(seat);
  if (run === null) return seat;
  const ready = cued(seat, 'served', nowMs, why);
  return {
    ...ready,
    failure: null,
    run: { ...run, readyMs: nowMs, probe: { isAsking: false, nextMs: null, detail: '' } },
    // Load time is not idle, and its work is no use.
    activity: { ...seat.activity, lastMs: nowMs, cpu: null },
  };
};

export const notServed = (seat: Seat, detail: string, nowMs: number): Seat => {
  const { run } = seat;
  if (run === null) return seat;
  const nextMs = nowMs + (seat.state === 'failed' ? failedEveryMs : everyMs);
  return { ...seat, run: { ...run, probe: { isAsking: false, nextMs, detail } } };
};

/** Until when a seat that loads has to serve; null: it is not waited for. */
export const readyDeadlineMs = (seat: Seat, { readySeconds }: SeatConfig): number | null => {
  if (seat.state === 'starting') return (seat.startMs ?? seat.sinceMs) + readySeconds * 1000;
  if (seat.state !== 'loading' || seat.run === null) return null;
  const fromMs = seat.run.isOrdered
    ? (seat.startMs ?? seat.run.sinceMs)
    : Math.max(seat.run.sinceMs, seat.startMs ?? 0);
  return fromMs + readySeconds * 1000;
};

const neverReady = (seat: Seat, config: SeatConfig, nowMs: number): Seat => {
  const { readySeconds } = config;
  const said = seat.run?.probe.detail ?? '';
  const why =
    seat.run === null
      ? `It was started and no process of it appeared within ${readySeconds} s.`
      : `It was not ready within ${readySeconds} s${said === '' ? '' : ` (${said})`}.`;
  // What was there before, or what launchd started, is not ours to end.
  const ends = config.class === 'on_call' && seat.startMs !== null && seat.run?.isOrdered !== false;
  return failed(seat, failureOf(seat.failure, 'never_ready', nowMs, ends), why);
};

/** Readiness in one step: who is asked, who is believed, and whose time is over. */
export const judgeReadiness = (
  seat: Seat,
  config: SeatConfig,
  seating: Seating,
  world: SeatWorld,
  turn: SeatTurn,
): Seat => {
  const { nowMs } = world;
  // It was taken for loaded at the first look, and turned out to be growing; nobody uses what still loads.
  const isUnused = seat.state === 'ready' || seat.state === 'idle';
  if (config.ready === null && isUnused && viewOf(world, seat.name)?.life.state === 'loading')
    return { ...cued(seat, 'appeared', nowMs), run: seat.run === null ? null : { ...seat.run, readyMs: null } };
  const deadlineMs = readyDeadlineMs(seat, config);
  if (deadlineMs !== null && nowMs >= deadlineMs) return neverReady(seat, config, nowMs);
  const run = awaited(seat);
  if (run === null || run.isStopped || seat.order?.verb === 'stop') return seat;
  const { ready } = config;
  // What looks show: it has loaded when it does not grow any more.
  const isStill = world.hasLooked && viewOf(world, seat.name)?.life.state === 'running';
  if (ready === null) return isStill ? served(seat, nowMs) : seat;
  if (ready.kind === 'http') {
    const { gateway } = seating;
    const isUnasked = gateway.state === 'missing' && nowMs - gateway.sinceMs >= gatewayGraceMs && !run.isOrdered;
    return isUnasked && isStill && seat.state === 'loading'
      ? served(seat, nowMs, 'Whether it is ready was not asked: the gateway is not there.')
      : seat;
  }
  if (run.probe.isAsking || run.probe.nextMs === null || nowMs < run.probe.nextMs) return seat;
  turn.probes.push({
    seat: seat.name,
    run: run.sinceMs,
    spec: { label: config.label, argv: ready.argv, user: config.user, timeoutMs: commandTimeoutMs },
  });
  return { ...seat, run: { ...run, probe: { ...run.probe, isAsking: true } } };
};
