import type { SeatConfig } from '../config/config.ts';
import { duration } from '../protocol/figures.ts';
import { isServing } from '../protocol/index.ts';
import { requestsUnderWay, stopsAtMs } from './activity.ts';
import type { SeatOrderBy } from './orders.ts';
import { releaseAnswer } from './seat-answers.ts';
import { type SeatTurn, type SeatWorld, viewOf, withSeat } from './seat-world.ts';
import type { Closing, Seat, Seating } from './seating.ts';
import { cued } from './transitions.ts';

/**
 * How a seat is unloaded: the gateway is told that it closes and says it has understood, or has a second to; a use until
 * then calls an automatic closing back. Then one more look, and it is told to end.
 */

const acknowledgeMs = 1_000;
/** Work is measured over half a second. */
const lookAgainMs = 550;
/** A seat that was told to end is waited for until its drain is over, and then for this long. */
const drainGraceMs = 60_000;

/** It was told to end, and its time to do so is over by far. `config` undefined: it is not configured any more. */
export const isStuck = ({ state, sinceMs }: Seat, config: SeatConfig | undefined, nowMs: number): boolean =>
  state === 'draining' && nowMs - sinceMs >= (config?.drainSeconds ?? 0) * 1000 + drainGraceMs;

/** When the closing under way goes on at the latest; null: none is, or it has been ordered. */
export const closingDueMs = ({ closing }: Seat, nowMs: number): number | null => {
  if (closing === null || closing.isOrdered) return null;
  const lookMs = nowMs + lookAgainMs;
  const acknowledgedMs = closing.sinceMs + acknowledgeMs;
  return closing.acknowledged || acknowledgedMs <= nowMs ? lookMs : Math.min(lookMs, acknowledgedMs);
};

export interface Wanted {
  readonly why: string;
  readonly by: SeatOrderBy;
  readonly mayCancel: boolean;
  readonly requests: readonly number[];
  readonly isConfirmed?: boolean;
}

export const beginClosing = (seating: Seating, seat: Seat, wanted: Wanted, nowMs: number): Seating => {
  const closing: Closing = {
    number: seating.nextClosing,
    sinceMs: nowMs,
    acknowledged: seating.gateway.state === 'missing',
    isOrdered: false,
    ...wanted,
  };
  // Work is looked for from here on: what the last look began to measure may be older.
  const activity = { ...seat.activity, cpu: null };
  return withSeat({ ...seating, nextClosing: seating.nextClosing + 1 }, { ...seat, closing, activity });
};

/** It was used in the last moment: it goes on. */
export const cancelClosing = (seat: Seat, turn: SeatTurn): Seat => {
  const { closing } = seat;
  if (closing === null || closing.isOrdered) return seat;
  turn.said.push(`${seat.name} was used while it was about to be unloaded, and goes on`);
  for (const request of closing.requests)
    turn.answers.push(releaseAnswer(request, seat, 'in_flight', `${seat.name} is in use: nothing was done.`));
  return { ...seat, closing: null };
};

/** The one order to end: its processes as they are now, the main one first. */
export const orderStop = (
  seat: Seat,
  config: SeatConfig,
  world: SeatWorld,
  why: string,
  by: SeatOrderBy,
  turn: SeatTurn,
): Seat => {
  // Whatever led here: the end of a protected seat is the operator's to decide.
  if (config.class === 'protected' && seat.closing?.isConfirmed !== true) return seat;
  const main = seat.run?.main ?? null;
  const processes = [...(viewOf(world, seat.name)?.processes ?? [])].sort(
    (a, b) => Number(b.id.pid === main?.pid) - Number(a.id.pid === main?.pid) || a.id.pid - b.id.pid,
  );
  turn.orders.push({
    verb: 'stop',
    seat: seat.name,
    label: config.label,
    targets: processes.map(({ id, name, command, uid, footprintBytes }) => ({
      id,
      name,
      command,
      uid,
      footprintBytes,
    })),
    why,
    by,
  });
  return { ...seat, order: { verb: 'stop', by } };
};

const isUsedSince = ({ activity }: Seat, { sinceMs }: Closing): boolean => activity.lastMs >= sinceMs;

/** Two looks since it began to close have measured what its processes do. */
const isWorkKnown = ({ activity }: Seat): boolean => activity.cpu !== null && activity.cpu.sinceMs !== null;

const advance = (seat: Seat, closing: Closing, config: SeatConfig, world: SeatWorld, turn: SeatTurn): Seat => {
  const { nowMs } = world;
  if (closing.isOrdered) return seat;
  if (seat.run === null && seat.state !== 'starting') return { ...seat, closing: null };
  const mayBeUsed = closing.mayCancel && isServing(seat.state);
  if (mayBeUsed && (isUsedSince(seat, closing) || requestsUnderWay(seat.activity, nowMs) > 0))
    return cancelClosing(seat, turn);
  const isAcknowledged = closing.acknowledged || nowMs - closing.sinceMs >= acknowledgeMs;
  if (!isAcknowledged) return seat;
  // What happened at its port and in its processes since then is seen first.
  const isSeen = world.hasLooked && nowMs > closing.sinceMs && (!mayBeUsed || isWorkKnown(seat));
  if (!isSeen) return closing.acknowledged ? seat : { ...seat, closing: { ...closing, acknowledged: true } };
  if (world.blockers.length > 0) {
    for (const request of closing.requests)
      turn.answers.push(releaseAnswer(request, seat, 'failed', world.blockers[0] ?? ''));
    return { ...seat, closing: null };
  }
  const ordered = cued(orderStop(seat, config, world, closing.why, closing.by, turn), 'closed', nowMs, closing.why);
  return { ...ordered, closing: { ...closing, acknowledged: true, isOrdered: true } };
};

/** Idle seats whose time has come begin to close; closings go on. */
export const judgeClosings = (before: Seating, world: SeatWorld, turn: SeatTurn): Seating => {
  const { nowMs, config } = world;
  return config.seats.reduce((seating, seatConfig) => {
    const seat = seating.seats.find(({ name }) => name === seatConfig.name);
    if (seat === undefined || seat.order !== null) return seating;
    if (seat.closing !== null) return withSeat(seating, advance(seat, seat.closing, seatConfig, world, turn));
    const atMs = stopsAtMs(seat, seatConfig, nowMs);
    if (atMs === null || nowMs < atMs || world.blockers.length > 0 || !isServing(seat.state)) return seating;
    turn.soon ??= 'slot';
    const why = `Nobody has used ${seat.name} for ${duration(seatConfig.idleSeconds)}.`;
    return beginClosing(seating, seat, { why, by: 'automatic', mayCancel: true, requests: [] }, nowMs);
  }, before);
};
