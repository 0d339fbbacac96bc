import type { SeatConfig } from '../config/config.ts';
import { GB, MB } from '../config/config.ts';
import { processKey } from '../host/reading.ts';
import { size } from '../protocol/figures.ts';
import { isServing } from '../protocol/index.ts';
import { hasCountdown, observeActivity, quietMs, requestsUnderWay } from './activity.ts';
import { exitText, type SeatSeen, type SeatSignals, type SeatWorld, usedBytes } from './seat-world.ts';
import { newActivity, type Run, type Seat, type SeatFailure } from './seating.ts';
import { cued } from './transitions.ts';

/** What a look at a seat tells: that a run began or ended, that it stands still, is used, or has lost its model. */

const startsKeptMs = 3_600_000;
const loopWindowMs = 60_000;
const loopStarts = 3;
/** sysexits.h EX_CONFIG: a program that says its configuration is wrong says so again at its next start. */
const exitConfig = 78;
const exitTerminated = -15;
/** How long the bytes of a run may take to come back: larger ones take longer to unmap. */
const returnMs = 2_000;
const returnMsPerGB = 200;
/** Less cannot be told from what the rest of the machine does meanwhile. */
const leastReturnBytes = 64 * MB;
const returnedShare = 0.5;
/** A model that is gone leaves its server behind: 21 GB became 4 MB once. */
const hollowShare = 0.1;
const filledShare = 0.5;
const leastFilledBytes = 64 * MB;
/** Readiness is asked first after this long, then each second. */
export const firstProbeMs = 250;

export const failureOf = (before: SeatFailure | null, kind: SeatFailure['kind'], nowMs: number): SeatFailure => ({
  kind,
  atMs: nowMs,
  count: (before?.count ?? 0) + 1,
});

const began = (seat: Seat, view: SeatSeen, world: SeatWorld, isFirstLook: boolean): Seat => {
  const { nowMs } = world;
  const isOrdered = seat.state === 'starting';
  const run: Run = {
    sinceMs: view.life.mainSinceMs,
    main: view.life.main,
    isOrdered,
    readyMs: null,
    probe: { isAsking: false, nextMs: isFirstLook ? nowMs : nowMs + firstProbeMs, detail: '' },
    filledBytes: 0,
    footprintBytes: view.footprintBytes,
    usedBytes: usedBytes(world),
    isStopped: false,
    isDoomed: false,
  };
  const appeared = cued(seat, 'appeared', nowMs);
  return {
    ...appeared,
    run,
    isHeld: true,
    returning: null,
    activity: { ...newActivity(nowMs), keptUntilMs: seat.activity.keptUntilMs },
    startsMs: isFirstLook ? seat.startsMs : [...seat.startsMs, nowMs],
  };
};

/** Its last process is gone; its claim is kept until its bytes are back. */
const ended = (seat: Seat, run: Run, nowMs: number): Seat => {
  const wasTold = seat.closing?.isOrdered === true || seat.state === 'draining';
  const wasLoading = seat.state === 'loading' || seat.state === 'starting';
  const { footprintBytes: bytes, usedBytes: before } = run;
  const left: Seat = {
    ...seat,
    run: null,
    closing: null,
    returning: { bytes, usedBytes: before, sinceMs: nowMs, untilMs: nowMs + returnMs + (returnMsPerGB * bytes) / GB },
    activity: { ...seat.activity, inFlight: 0, stillSinceMs: null },
  };
  if (wasTold) return cued(left, 'gone', nowMs);
  if (!wasLoading) return cued(left, 'gone', nowMs, `It ended by itself, ${exitText(seat.lastExit)}.`);
  const failure = failureOf(seat.failure, 'ended', nowMs);
  return { ...cued(left, 'failed', nowMs, `It ended while it loaded, ${exitText(seat.lastExit)}.`), failure };
};

const isBack = ({ returning }: Seat, world: SeatWorld): boolean => {
  if (returning === null) return false;
  if (world.nowMs >= returning.untilMs || returning.bytes < leastReturnBytes) return true;
  return returning.usedBytes - usedBytes(world) >= returnedShare * returning.bytes;
};

/** Whether it does not stay up: three starts in a minute, or one that says its configuration is wrong. */
const loops = (seat: Seat, world: SeatWorld, label: string): string | null => {
  const recent = seat.startsMs.filter((atMs) => world.nowMs - atMs <= loopWindowMs);
  if (recent.length >= loopStarts) return `It was started ${recent.length} times within a minute.`;
  const isListed = world.services?.has(label) === true;
  return seat.run === null && isListed && seat.lastExit === exitConfig
    ? 'It ended with exit 78: its configuration is wrong.'
    : null;
};

/** launchd's ThrottleInterval: a service that is kept alive comes back after ten seconds. */
const respawnMs = 12_000;

/** Listed and not running after a bad end is no service that merely was not asked for. */
const fellOver = (seat: Seat, world: SeatWorld, label: string): boolean =>
  seat.run === null &&
  seat.state === 'absent' &&
  seat.returning === null &&
  world.nowMs - seat.sinceMs >= respawnMs &&
  world.services?.has(label) === true &&
  seat.lastExit !== null &&
  seat.lastExit !== 0 &&
  seat.lastExit !== exitTerminated;

const withHealth = (seat: Seat, run: Run, view: SeatSeen, signals: SeatSignals, world: SeatWorld): Seat => {
  const { nowMs, isFull } = world;
  const isDoomed = isFull && run.main !== null ? signals.executableGone.has(processKey(run.main)) : run.isDoomed;
  const serves = run.readyMs !== null;
  const filledBytes = serves ? Math.max(run.filledBytes, view.footprintBytes) : 0;
  const now: Seat = { ...seat, run: { ...run, isDoomed, filledBytes } };
  if (serves && filledBytes >= leastFilledBytes && view.footprintBytes < hollowShare * filledBytes)
    return cued(
      now,
      'emptied',
      nowMs,
      `Its footprint fell from ${size(filledBytes)} to ${size(view.footprintBytes)}: the model is gone from memory.`,
    );
  if (seat.state === 'hollow' && view.footprintBytes >= filledShare * filledBytes) return cued(now, 'filled', nowMs);
  if (isDoomed) return cued(now, 'unbootable', nowMs, 'The file it was started from is gone: it cannot start again.');
  return cued(now, 'bootable', nowMs);
};

/** `busy` while requests are under way, `idle` while its countdown runs. */
const withUse = (seat: Seat, config: SeatConfig, nowMs: number): Seat => {
  const { activity } = seat;
  if (requestsUnderWay(activity, nowMs) > 0 || activity.measuredMs === nowMs) return cued(seat, 'used', nowMs);
  const rested = cued(seat, 'rested', nowMs);
  if (!hasCountdown(config)) return cued(rested, 'woken', nowMs);
  return cued(rested, nowMs - activity.lastMs >= quietMs ? 'quieted' : 'woken', nowMs);
};

/** How a stopped process was and is: what was ready before its stop is ready after it. */
const withStop = (seat: Seat, run: Run, view: SeatSeen, nowMs: number): Seat => {
  const isStopped = view.processes.some(
    ({ id, state }) => run.main !== null && processKey(id) === processKey(run.main) && state === 'stopped',
  );
  const now: Seat = isStopped === run.isStopped ? seat : { ...seat, run: { ...run, isStopped } };
  if (isStopped) return cued(now, 'froze', nowMs, 'Its process is stopped.');
  if (seat.state !== 'frozen') return now;
  const thawed = cued(now, 'thawed', nowMs);
  // The time it stood still is no time it had to load.
  return run.readyMs === null ? { ...thawed, startMs: nowMs } : cued(thawed, 'served', nowMs);
};

/** The seat after one look at it. `isFirstLook`: this keeper has not seen it before, so that nobody saw it start. */
export const observeRun = (
  before: Seat,
  config: SeatConfig,
  view: SeatSeen,
  signals: SeatSignals,
  world: SeatWorld,
  isFirstLook: boolean,
): Seat => {
  const { nowMs } = world;
  let seat: Seat = {
    ...before,
    lastExit: signals.lastExits.get(config.label) ?? before.lastExit,
    peakBytes: Math.max(before.peakBytes, view.lifetimePeakBytes),
    startsMs: before.startsMs.some((atMs) => nowMs - atMs >= startsKeptMs)
      ? before.startsMs.filter((atMs) => nowMs - atMs < startsKeptMs)
      : before.startsMs,
  };
  if (view.life.state === 'absent') {
    if (seat.run !== null) seat = ended(seat, seat.run, nowMs);
    else if (world.isFull && isBack(seat, world)) seat = { ...seat, returning: null, isHeld: false };
  } else if (seat.run === null || seat.run.sinceMs !== view.life.mainSinceMs) {
    seat = began(seat, view, world, isFirstLook);
  }
  if (seat.run !== null) {
    const run: Run = {
      ...seat.run,
      main: view.life.main ?? seat.run.main,
      // Its processes may be gone before its service is seen to be: what it held then is what should come back.
      ...(view.processes.length === 0 ? {} : { footprintBytes: view.footprintBytes, usedBytes: usedBytes(world) }),
    };
    seat = withStop({ ...seat, run }, run, view, nowMs);
    // What failed stays so until it serves again, also on its way out.
    if (world.ending.has(seat.name) && seat.state !== 'failed')
      seat = cued(seat, 'closed', nowMs, seat.closing?.why ?? 'It was told to end.');
    seat = { ...seat, activity: observeActivity(seat, config, view, signals, nowMs) };
    if (seat.run !== null && isServing(seat.state)) seat = withUse(seat, config, nowMs);
    if (seat.run !== null && (isServing(seat.state) || seat.state === 'hollow'))
      seat = withHealth(seat, seat.run, view, signals, world);
  }
  const loop = seat.failure?.kind === 'crash_loop' ? null : loops(seat, world, config.label);
  if (loop !== null && seat.state !== 'draining')
    return { ...cued(seat, 'failed', nowMs, loop), failure: failureOf(seat.failure, 'crash_loop', nowMs) };
  if (fellOver(seat, world, config.label))
    return {
      ...cued(seat, 'failed', nowMs, `It is listed and does not run; it ended ${exitText(seat.lastExit)}.`),
      failure: failureOf(seat.failure, 'ended', nowMs),
    };
  return seat;
};
