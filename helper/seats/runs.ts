import type { SeatConfig } from '../config/config.ts';
import { GB, MB } from '../config/config.ts';
import { type ProcessReading, processKey } from '../host/reading.ts';
import { size } from '../protocol/figures.ts';
import { isServing } from '../protocol/index.ts';
import { afterUnseen, hasCountdown, observeActivity, quietMs, requestsUnderWay } from './activity.ts';
import { isStuck } from './closing.ts';
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

export const failureOf = (
  before: SeatFailure | null,
  kind: SeatFailure['kind'],
  nowMs: number,
  ends = false,
): SeatFailure => {
  // One that does not stay up is that, however its next run ends: until it serves, or an operator loads it.
  const loops = before?.kind === 'crash_loop';
  return {
    kind: loops ? 'crash_loop' : kind,
    atMs: nowMs,
    count: (before?.count ?? 0) + 1,
    ends: ends || (loops && before.ends),
    why: '',
  };
};

/** Failed, and what still runs of it is asked again whether it serves. */
export const failed = (seat: Seat, failure: SeatFailure, why: string): Seat => ({
  ...cued(seat, 'failed', failure.atMs, why),
  failure: { ...failure, why },
  run: seat.run === null ? null : { ...seat.run, probe: { ...seat.run.probe, nextMs: failure.atMs } },
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
    // How an earlier run ended says nothing of this one.
    lastExit: null,
    gaveUpMs: null,
    isHeld: true,
    returning: null,
    activity: { ...newActivity(nowMs), keptUntilMs: seat.activity.keptUntilMs },
    startsMs: isFirstLook ? seat.startsMs : [...seat.startsMs, nowMs],
    inARowMs: isFirstLook ? seat.inARowMs : [...seat.inARowMs, nowMs].slice(-loopStarts),
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
  if (wasTold) return { ...cued(left, 'gone', nowMs), inARowMs: [] };
  if (!wasLoading) return cued(left, 'gone', nowMs, `It ended by itself, ${exitText(seat.lastExit)}.`);
  return failed(left, failureOf(seat.failure, 'ended', nowMs), `It ended while it loaded, ${exitText(seat.lastExit)}.`);
};

const isBack = ({ returning }: Seat, world: SeatWorld): boolean => {
  if (returning === null) return false;
  if (world.nowMs >= returning.untilMs || returning.bytes < leastReturnBytes) return true;
  if (world.machine?.availableBytes == null) return false;
  return returning.usedBytes - usedBytes(world) >= returnedShare * returning.bytes;
};

/** What the list says of ends may be a slot old, and be of the run before. */
const listAgeMs = 2_500;
const isListYoung = ({ state, startMs, order }: Seat, nowMs: number): boolean =>
  state === 'starting' && (order !== null || nowMs - (startMs ?? 0) < listAgeMs);

/** It was started, and ended before anybody saw it run. */
const endedUnseen = (seat: Seat, world: SeatWorld, label: string): boolean =>
  seat.state === 'starting' &&
  seat.run === null &&
  seat.lastExit !== null &&
  world.services?.get(label) === null &&
  !isListYoung(seat, world.nowMs);

/** Whether it does not stay up: three starts in a minute, or one that says its configuration is wrong. */
const loops = (seat: Seat, world: SeatWorld, label: string): string | null => {
  const recent = seat.inARowMs.filter((atMs) => world.nowMs - atMs <= loopWindowMs);
  if (recent.length >= loopStarts) return `It was started ${recent.length} times within a minute.`;
  if (isListYoung(seat, world.nowMs)) return null;
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

/** The main process as this look has measured it; undefined: it was not seen. */
const mainIn = ({ processes }: SeatSeen, { main }: Run): ProcessReading | undefined =>
  main === null ? undefined : processes.find(({ id }) => processKey(id) === processKey(main));

const withHealth = (seat: Seat, run: Run, view: SeatSeen, signals: SeatSignals, world: SeatWorld): Seat => {
  const { nowMs, isFull } = world;
  const isDoomed = isFull && run.main !== null ? signals.executableGone.has(processKey(run.main)) : run.isDoomed;
  const serves = run.readyMs !== null;
  const filledBytes = serves ? Math.max(run.filledBytes, view.footprintBytes) : 0;
  const now: Seat = { ...seat, run: { ...run, isDoomed, filledBytes } };
  // A process whose row could not be read has not lost its memory.
  const isSeen = mainIn(view, run) !== undefined;
  if (serves && isSeen && filledBytes >= leastFilledBytes && view.footprintBytes < hollowShare * filledBytes)
    return cued(
      now,
      'emptied',
      nowMs,
      `Its footprint fell from ${size(filledBytes)} to ${size(view.footprintBytes)}: the model is gone from memory.`,
    );
  if (seat.state === 'hollow' && view.footprintBytes >= filledShare * filledBytes) return cued(now, 'filled', nowMs);
  if (isDoomed) return cued(now, 'unbootable', nowMs, 'The file it was started from is gone: it cannot start again.');
  const fault = world.health.get(seat.name)?.fault ?? null;
  return fault === null
    ? cued(now, 'bootable', nowMs)
    : cued(now, 'unbootable', nowMs, `It cannot start again. ${fault}`);
};

/** `busy` while requests are under way, `idle` while its countdown runs. */
const withUse = (seat: Seat, config: SeatConfig, nowMs: number): Seat => {
  const { activity } = seat;
  if (requestsUnderWay(activity, nowMs) > 0 || activity.workedMs === nowMs) return cued(seat, 'used', nowMs);
  const rested = cued(seat, 'rested', nowMs);
  if (!hasCountdown(config)) return cued(rested, 'woken', nowMs);
  return cued(rested, nowMs - activity.lastMs >= quietMs ? 'quieted' : 'woken', nowMs);
};

/** How a stopped process was and is: what was ready before its stop is ready after it. */
const withStop = (seat: Seat, run: Run, view: SeatSeen, nowMs: number): Seat => {
  const isStopped = mainIn(view, run)?.state === 'stopped';
  const now: Seat = isStopped === run.isStopped ? seat : { ...seat, run: { ...run, isStopped } };
  if (isStopped) return cued(now, 'froze', nowMs, 'Its process is stopped.');
  if (seat.state !== 'frozen') return now;
  const thawed = cued(now, 'thawed', nowMs);
  // The time it stood still is no time it had to load.
  return run.readyMs === null ? { ...thawed, startMs: nowMs } : cued(thawed, 'served', nowMs);
};

/** Nothing was seen of it for a while: neither its time to load nor its idle time ran meanwhile. */
const afterGap = (seat: Seat, unseenMs: number, nowMs: number): Seat => {
  const isAwaited = seat.state === 'starting' || seat.state === 'loading';
  const fromMs = seat.startMs ?? seat.run?.sinceMs ?? null;
  return {
    ...seat,
    startMs: isAwaited && fromMs !== null ? Math.min(nowMs, fromMs + unseenMs) : seat.startMs,
    activity: afterUnseen(seat.activity, unseenMs, nowMs),
  };
};

/** Its claim is kept although nothing of it was ever seen to run, and nothing is on its way. */
const isPhantom = ({ isHeld, returning, order, state }: Seat): boolean =>
  isHeld && returning === null && order === null && state !== 'admitting' && state !== 'starting';

/** What is known of services may be a slot old. */
const listedMs = 4_000;

/** It was told to end minutes ago, and this very pass has seen it run: whatever was ordered, it did not happen. */
const survived = (seat: Seat, run: Run, config: SeatConfig, view: SeatSeen, world: SeatWorld): boolean => {
  if (!isStuck(seat, config, world.nowMs) || seat.order !== null || world.ending.has(seat.name)) return false;
  const main = mainIn(view, run);
  return world.isFull && main !== undefined && world.services?.get(config.label) === main.id.pid;
};

/** It was told to end before anybody saw it run, and nobody ever did. */
const neverCame = (seat: Seat, world: SeatWorld): boolean =>
  seat.state === 'draining' &&
  seat.order === null &&
  !world.ending.has(seat.name) &&
  world.nowMs - seat.sinceMs >= listedMs;

/** It goes on as what it was: it serves if it did, and is asked again whether it does if not. */
export const reopened = (seat: Seat, nowMs: number, why: string): Seat => {
  const open: Seat = { ...seat, closing: null };
  if (seat.failure !== null) return cued(open, 'failed', nowMs, seat.failure.why);
  if (seat.run === null) return cued(open, 'gone', nowMs);
  return seat.run.readyMs === null
    ? { ...cued(open, 'appeared', nowMs, why), startMs: nowMs }
    : cued(open, 'reopened', nowMs, why);
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
  const known = world.unseenMs === 0 ? before : afterGap(before, world.unseenMs, nowMs);
  let seat: Seat = {
    ...known,
    lastExit: signals.lastExits.get(config.label) ?? known.lastExit,
    peakBytes: Math.max(known.peakBytes, view.lifetimePeakBytes),
    startsMs: before.startsMs.some((atMs) => nowMs - atMs >= startsKeptMs)
      ? before.startsMs.filter((atMs) => nowMs - atMs < startsKeptMs)
      : before.startsMs,
  };
  if (view.life.state === 'absent') {
    if (seat.run !== null) seat = ended(seat, seat.run, nowMs);
    else if (neverCame(seat, world)) seat = { ...cued(seat, 'gone', nowMs), closing: null, isHeld: false };
    else if (world.isFull && (isBack(seat, world) || isPhantom(seat)))
      // Its claim is kept for the start that follows: nothing else is loaded into its room.
      seat = { ...seat, returning: null, isHeld: world.recovery?.seat === seat.name };
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
    else if (survived(seat, run, config, view, world)) seat = reopened(seat, nowMs, 'It was told to end and goes on.');
    seat = { ...seat, activity: observeActivity(seat, config, view, signals, world) };
    if (seat.run !== null && isServing(seat.state)) seat = withUse(seat, config, nowMs);
    if (seat.run !== null && (isServing(seat.state) || seat.state === 'hollow'))
      seat = withHealth(seat, seat.run, view, signals, world);
  }
  const loop = seat.failure?.kind === 'crash_loop' ? null : loops(seat, world, config.label);
  if (loop !== null && seat.state !== 'draining') {
    // A protected seat is only told of: its end is the operator's to decide. What was counted is not counted again.
    const failure = failureOf(seat.failure, 'crash_loop', nowMs, config.class === 'on_call');
    return { ...failed(seat, failure, loop), inARowMs: [] };
  }
  const how = exitText(seat.lastExit);
  if (endedUnseen(seat, world, config.label))
    return failed(seat, failureOf(seat.failure, 'ended', nowMs), `It ended as soon as it was started, ${how}.`);
  if (fellOver(seat, world, config.label))
    return failed(seat, failureOf(seat.failure, 'ended', nowMs), `It is listed and does not run; it ended ${how}.`);
  return seat;
};
