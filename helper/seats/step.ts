import type { SeatConfig } from '../config/config.ts';
import { stopsAtMs } from './activity.ts';
import { judgeAsks } from './asks.ts';
import { closingDueMs, judgeClosings, orderStop } from './closing.ts';
import { judgeReadiness, readyDeadlineMs } from './readiness.ts';
import { firstSeat } from './remembered.ts';
import { rowsOf } from './rows.ts';
import { observeRun } from './runs.ts';
import { releaseAnswer } from './seat-answers.ts';
import { configOf, type SeatTurn, type SeatWorld, viewOf, withSeat } from './seat-world.ts';
import type { Seat, Seating } from './seating.ts';

/** One step of all seats: what was seen, then what follows from it. */

/** A process that was ordered appears within milliseconds or not for a while. */
const appearMs = 250;
const appearSoonMs = 3_000;
const laterMs = 1_000;

const looked = (before: Seating, world: SeatWorld): Seating => {
  const { signals, nowMs, config } = world;
  if (!world.hasLooked || signals === null) return before;
  const seats = config.seats.flatMap((each): readonly Seat[] => {
    const view = viewOf(world, each.name);
    const known = before.seats.find(({ name }) => name === each.name);
    if (view === undefined) return known === undefined ? [] : [known];
    return [observeRun(known ?? firstSeat(before, each, nowMs), each, view, signals, world, known === undefined)];
  });
  // What an earlier keeper knew is known of them now.
  const recalled = before.recalled.filter(({ name }) => !seats.some((seat) => seat.name === name));
  return { ...before, seats, recalled: recalled.length === before.recalled.length ? before.recalled : recalled };
};

/** An end that did not come about is asked for again after this long. */
const giveUpAgainMs = 30_000;

/** A seat that failed and still runs, or is still kept alive by its service, is told to end. */
const endFailed = (seat: Seat, config: SeatConfig, world: SeatWorld, turn: SeatTurn): Seat => {
  const { failure, run, order, gaveUpMs } = seat;
  if (config.class !== 'on_call' || seat.state !== 'failed' || failure?.ends !== true) return seat;
  if (order !== null || world.blockers.length > 0) return seat;
  const isThere = run !== null || world.services?.has(config.label) === true;
  const isAgain = gaveUpMs !== null && gaveUpMs >= failure.atMs;
  const isSoon = isAgain && (world.nowMs - gaveUpMs < giveUpAgainMs || world.ending.has(seat.name));
  if (!isThere || isSoon) return seat;
  return { ...orderStop(seat, config, world, seat.why, 'automatic', turn), gaveUpMs: world.nowMs };
};

const dueOf = (seating: Seating, seat: Seat, config: SeatConfig, nowMs: number): readonly (number | null)[] => {
  const { run } = seat;
  const isAwaited = seating.asks.some((ask) => ask.seat === seat.name) || seating.making.length > 0;
  const isStarting = seat.state === 'starting' && run === null;
  const sinceStart = nowMs - (seat.startMs ?? nowMs);
  return [
    closingDueMs(seat, nowMs),
    run === null || run.probe.isAsking || config.ready?.kind !== 'command' ? null : run.probe.nextMs,
    readyDeadlineMs(seat, config),
    isStarting ? nowMs + (sinceStart < appearSoonMs ? appearMs : laterMs) : null,
    stopsAtMs(seat, config, nowMs),
    // Who waits for an end is told of it soon.
    isAwaited && (seat.returning !== null || seat.state === 'draining') ? nowMs + appearMs : null,
  ];
};

const withDue = (seating: Seating, { nowMs, config }: SeatWorld): Seating => {
  const times = [
    ...seating.seats.flatMap((seat) => {
      const own = configOf({ config }, seat.name);
      return own === undefined ? [] : dueOf(seating, seat, own, nowMs);
    }),
    ...seating.asks.map(({ untilMs }) => untilMs),
  ].filter((atMs): atMs is number => atMs !== null && atMs > nowMs);
  const dueMs = times.length === 0 ? null : Math.min(...times);
  const isAwaited = seating.asks.length > 0 || seating.making.length > 0;
  // Whether bytes are back takes a pass as well; they are, or are not waited for, within seconds.
  const wantsPass = seating.seats.some(
    ({ state, returning }) => returning !== null || (isAwaited && state === 'admitting'),
  );
  return dueMs === seating.dueMs && wantsPass === seating.wantsPass ? seating : { ...seating, dueMs, wantsPass };
};

/** Whoever waits for an end that came about otherwise, or for a seat that is not configured any more, is told. */
const answerLost = (before: Seating, after: Seating, turn: SeatTurn): void => {
  const answered = new Set(turn.answers.map(({ request }) => request));
  for (const was of before.seats) {
    const now = after.seats.find(({ name }) => name === was.name);
    const waits = new Set(now?.closing?.requests ?? []);
    for (const request of was.closing?.requests ?? [])
      if (!waits.has(request) && !answered.has(request))
        turn.answers.push(
          now === undefined
            ? { request, ok: false, code: 'unknown_seat', detail: was.name }
            : releaseAnswer(request, now, 'absent', `${was.name} has ended.`),
        );
  }
};

export const stepSeats = (before: Seating, world: SeatWorld, turn: SeatTurn): Seating => {
  const seen = looked(before, world);
  const judged = seen.seats.reduce((seating, each) => {
    const config = configOf(world, each.name);
    if (config === undefined) return seating;
    const ready = judgeReadiness(each, config, seating, world, turn);
    return withSeat(seating, endFailed(ready, config, world, turn));
  }, seen);
  const left = judgeAsks(judgeClosings(judged, world, turn), world, turn);
  answerLost(before, left, turn);
  turn.rows.push(...rowsOf(before, left, world));
  return withDue(left, world);
};
