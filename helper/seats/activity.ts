import type { SeatConfig } from '../config/config.ts';
import type { SeatSeen, SeatSignals, SeatWorld } from './seat-world.ts';
import type { Activity, Seat } from './seating.ts';

/**
 * Whether a seat is used: a tick or a byte through the gateway, bytes at its port, or work of its processes. What cannot be
 * read counts as use, for half an hour at most.
 */

/** Of one core: an idle model server wakes up a few times a second and stays far below it. */
const workingShare = 0.02;
/** CPU time is counted in ticks of 10 ms: over less than this the share is noise. */
const leastLookMs = 500;
const blindLimitMs = 30 * 60_000;
/** A request of which no byte has moved for so long is not under way any more. */
const inFlightLimitMs = 30 * 60_000;
/** What only the gateway tells of keeps a seat loaded for so long. */
const gatewayLimitMs = 24 * 3_600_000;
/** So long after its last use the countdown of a seat is shown. */
export const quietMs = 10_000;
/** A seat that was just loaded is not unloaded at once. */
export const residencyMs = 120_000;

/** Port whose connections tell of use; null: none is known. */
export const portOf = ({ port, proxy }: SeatConfig): number | null => port ?? proxy?.target.port ?? null;

/** Reading a port costs as much as all else of an idle slot together: a third of a millisecond. */
const portEveryMs = 10_000;
const portSoonMs = 4_000;

/**
 * Ports that are worth a look now: of on-call seats, now and then, and in every slot before they are unloaded. A host
 * that tells nothing of ports leaves the work of the processes and what the gateway sees to go by.
 */
export const portsToRead = (seats: readonly Seat[], configs: readonly SeatConfig[], nowMs: number): readonly number[] =>
  configs.flatMap((config) => {
    const seat = seats.find(({ name }) => name === config.name);
    const port = portOf(config);
    if (seat === undefined || port === null || seat.run === null || config.class !== 'on_call') return [];
    const { markMs } = seat.activity;
    const atMs = stopsAtMs(seat, config, nowMs);
    const isSoon = seat.closing !== null || (atMs !== null && atMs - nowMs <= portSoonMs);
    return isSoon || markMs === null || nowMs - markMs >= portEveryMs ? [port] : [];
  });

/** The gateway has no rights: a day after the last work that was measured its word alone is not enough. */
export const believesGateway = ({ measuredMs }: Activity, nowMs: number): boolean =>
  nowMs - measuredMs < gatewayLimitMs;

/** Requests that count as under way. */
export const requestsUnderWay = (activity: Activity, nowMs: number): number => {
  const { inFlight, stillSinceMs } = activity;
  const isStale = stillSinceMs !== null && nowMs - stillSinceMs >= inFlightLimitMs;
  return isStale || !believesGateway(activity, nowMs) ? 0 : inFlight;
};

/** So long after work that was measured it may still go on: two slots lie between two looks at most. */
const workingMs = 4_000;

/** Somebody would be cut off if it ended now. */
export const isInUse = (activity: Activity, nowMs: number): boolean =>
  requestsUnderWay(activity, nowMs) > 0 || (activity.workedMs !== null && nowMs - activity.workedMs < workingMs);

/** So long after a question of ours what is measured may still be of it. */
export const ownWorkMs = 6_000;

/** In use, or it was up to a question of ours, while which nothing can be told. */
export const mayBeInUse = (activity: Activity, nowMs: number): boolean => {
  const { probedMs, workedMs } = activity;
  const isVeiled = probedMs !== null && nowMs - probedMs < ownWorkMs;
  if (isInUse(activity, nowMs)) return true;
  return isVeiled && workedMs !== null && nowMs - workedMs < workingMs + ownWorkMs;
};

/** A use that the gateway tells of, or that comes through it. */
export const usedNow = (activity: Activity, nowMs: number): Activity =>
  believesGateway(activity, nowMs) ? { ...activity, lastMs: nowMs } : activity;

const worked = (before: Activity['cpu'], now: { readonly ms: number; readonly atMs: number }): boolean | null => {
  if (before === null || now.ms < before.ms || now.atMs - before.atMs < leastLookMs) return null;
  return (now.ms - before.ms) / (now.atMs - before.atMs) >= workingShare;
};

export const observeActivity = (
  { activity: before, run }: Seat,
  config: SeatConfig,
  { processes }: Pick<SeatSeen, 'processes'>,
  { traffic }: Pick<SeatSignals, 'traffic'>,
  { nowMs, health }: Pick<SeatWorld, 'nowMs' | 'health'>,
): Activity => {
  const probedMs = health.get(config.name)?.isProbed === true ? nowMs : before.probedMs;
  /** A question of ours was under way since then, so that what was measured may be of it. */
  const isOurs = (sinceMs: number | null): boolean => probedMs !== null && sinceMs !== null && sinceMs <= probedMs;
  const spent = { ms: processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0), atMs: nowMs };
  const measured = worked(before.cpu, spent);
  const hasWorked = measured === true && isOurs(before.cpu?.atMs ?? null) ? false : measured;
  const cpu = { ...spent, sinceMs: hasWorked === null ? null : (before.cpu?.sinceMs ?? before.cpu?.atMs ?? null) };
  const isTooSoon = before.cpu !== null && nowMs - before.cpu.atMs < leastLookMs;

  const port = portOf(config);
  const atPort = port === null ? undefined : traffic?.get(port);
  const mark = atPort === undefined ? before.mark : atPort.mark;
  const isOther = atPort !== undefined && mark !== null && before.mark !== null && mark !== before.mark;
  const hasMoved = isOther && !isOurs(before.markMs);
  const isBlind = atPort === undefined ? before.blindSinceMs !== null : atPort.mark === null && atPort.connections > 0;

  const blindSinceMs = isBlind ? (before.blindSinceMs ?? nowMs) : null;
  const countsAsUsed = blindSinceMs !== null && nowMs - blindSinceMs < blindLimitMs;
  const isMeasured = hasWorked === true || hasMoved;
  const measuredMs = isMeasured || countsAsUsed ? nowMs : before.measuredMs;
  const isUnderWay = requestsUnderWay({ ...before, measuredMs }, nowMs) > 0;
  return {
    ...before,
    cpu: isTooSoon ? before.cpu : cpu,
    mark,
    markMs: atPort === undefined ? before.markMs : nowMs,
    probedMs,
    blindSinceMs,
    measuredMs,
    // To load is no use.
    workedMs: (isMeasured || countsAsUsed) && run !== null && run.readyMs !== null ? nowMs : before.workedMs,
    lastMs: isMeasured || countsAsUsed || isUnderWay ? nowMs : before.lastMs,
  };
};

/** What the gateway tells of: believed for a day beyond what was measured. */
export const heardTraffic = (
  before: Activity,
  { inFlight, bytes, ticks }: { readonly inFlight: number; readonly bytes: number; readonly ticks: number },
  nowMs: number,
): Activity => {
  const { lastMs } = bytes > 0 || ticks > 0 ? usedNow(before, nowMs) : before;
  const stillSinceMs = inFlight === 0 ? null : bytes > 0 || before.inFlight === 0 ? nowMs : before.stillSinceMs;
  return { ...before, inFlight, stillSinceMs, lastMs };
};

/** For half an hour what could not be read counted as use; from then on the operator has to say. */
export const isBlindForLong = ({ blindSinceMs }: Activity, nowMs: number): boolean =>
  blindSinceMs !== null && nowMs - blindSinceMs >= blindLimitMs;

/** It has a countdown: an on-call seat with an idle time. */
export const hasCountdown = ({ class: kind, idleSeconds }: SeatConfig): boolean =>
  kind === 'on_call' && idleSeconds > 0;

/** Time in which nobody looked is no time in which nobody used it. */
export const afterUnseen = (activity: Activity, unseenMs: number, nowMs: number): Activity => ({
  ...activity,
  lastMs: Math.min(nowMs, activity.lastMs + unseenMs),
  measuredMs: Math.min(nowMs, activity.measuredMs + unseenMs),
  cpu: null,
});

/** When an idle seat is unloaded; null: not by itself. */
export const stopsAtMs = (seat: Seat, config: SeatConfig, nowMs: number): number | null => {
  const { activity, run } = seat;
  if (seat.state !== 'idle' || !hasCountdown(config) || isBlindForLong(activity, nowMs)) return null;
  return Math.max(
    activity.lastMs + config.idleSeconds * 1000,
    (run?.readyMs ?? nowMs) + residencyMs,
    activity.keptUntilMs ?? 0,
  );
};

/** Quiet for so long that it may make room for another seat. */
const makesRoomMs = 60_000;

export const mayMakeRoom = (seat: Seat, config: SeatConfig, nowMs: number): boolean => {
  const { activity, run, closing } = seat;
  // A seat that is never unloaded by itself is not unloaded for another one either.
  if (!hasCountdown(config) || (seat.state !== 'idle' && seat.state !== 'ready') || closing !== null) return false;
  return (
    requestsUnderWay(activity, nowMs) === 0 &&
    activity.blindSinceMs === null &&
    nowMs - activity.lastMs >= makesRoomMs &&
    nowMs - (run?.readyMs ?? nowMs) >= residencyMs &&
    (activity.keptUntilMs ?? 0) <= nowMs
  );
};
