import { type ErrorCode, isServing } from '../protocol/index.ts';
import { believesGateway, heardTraffic, isInUse, requestsUnderWay, usedNow } from './activity.ts';
import { beginClosing, cancelClosing } from './closing.ts';
import type { SeatAnswer, SeatEvent } from './events.ts';
import type { OrderOutcome } from './orders.ts';
import { notServed, served, wantsGatewayProbe } from './readiness.ts';
import { failed, failureOf, reopened } from './runs.ts';
import { answersOf, ensureAnswer, releaseAnswer } from './seat-answers.ts';
import { configOf, deadWhy, type SeatTurn, type SeatWorld, seatNamed, withSeat } from './seat-world.ts';
import type { Ask, Seat, Seating } from './seating.ts';

/** What is asked of seats and told about them between two looks. It is only noted here: the step judges. */

/** Requests that may wait for memory at once. */
const mostWaiting = 16;
/** Of one account, and of the gateway, which asks for all who come over the network. */
const mostOfOne = 64;
const mostOfGateway = 512;

const refusal = (request: number, code: ErrorCode, detail = ''): SeatAnswer => ({ request, ok: false, code, detail });

type Of<T extends SeatEvent['type']> = Extract<SeatEvent, { type: T }>;

const heardAsk = (seating: Seating, event: Of<'seat_ask'>, world: SeatWorld, turn: SeatTurn): Seating => {
  const { request, seat, ask, waitMs, by } = event;
  const waiting = seating.asks.filter(({ sinceMs, untilMs }) => untilMs > sinceMs);
  if (configOf(world, seat) === undefined) {
    turn.answers.push(refusal(request, 'unknown_seat', seat));
    return seating;
  }
  const { nowMs } = world;
  const known = seatNamed(seating, seat);
  // Who serves is not asked to wait behind others: their number is no reason to refuse.
  if (known !== undefined && isServing(known.state) && known.closing === null && deadWhy(world, seat) === null) {
    turn.answers.push(...answersOf([{ request }], ensureAnswer(known, 'ready', `${seat} serves.`)));
    const activity = by.client === 'gateway' ? usedNow(known.activity, nowMs) : { ...known.activity, lastMs: nowMs };
    return withSeat(seating, { ...known, activity });
  }
  const isSame = (each: Ask): boolean =>
    each.by !== 'automatic' && each.by.client === by.client && (by.client === 'gateway' || each.by.uid === by.uid);
  const most = by.client === 'gateway' ? mostOfGateway : mostOfOne;
  if ((waitMs > 0 && waiting.length >= mostWaiting) || seating.asks.filter(isSame).length >= most) {
    turn.answers.push(refusal(request, 'too_many_waiting'));
    return seating;
  }
  return { ...seating, asks: [...seating.asks, { request, seat, ask, sinceMs: nowMs, untilMs: nowMs + waitMs, by }] };
};

const releasedRetrySeconds = 5;

const useText = ({ name, activity }: Seat, nowMs: number): string => {
  const underWay = requestsUnderWay(activity, nowMs);
  return underWay > 0 ? `${name} answers ${underWay} request${underWay === 1 ? '' : 's'}` : `${name} is at work`;
};

const heardRelease = (seating: Seating, event: Of<'seat_release'>, world: SeatWorld, turn: SeatTurn): Seating => {
  const { request, cut, by } = event;
  const { nowMs } = world;
  const seat = seatNamed(seating, event.seat);
  const config = configOf(world, event.seat);
  const answer = (...of: Parameters<typeof releaseAnswer>): Seating => {
    turn.answers.push(releaseAnswer(...of));
    return seating;
  };
  if (config === undefined || seat === undefined) {
    turn.answers.push(refusal(request, config === undefined ? 'unknown_seat' : 'not_ready', event.seat));
    return seating;
  }
  const { name } = seat;
  if (config.class === 'protected' && event.isConfirmed !== true)
    return answer(request, seat, 'protected', `${name} is protected: nothing was done.`);
  const pending = seating.asks.filter((ask) => ask.seat === name);
  const isPending = pending.length > 0 && !isServing(seat.state);
  if (seat.run === null && !isPending && seat.order === null && seat.state !== 'starting')
    return answer(request, seat, 'absent', `${name} does not run.`);
  if (isPending && !cut)
    return answer(request, seat, 'in_flight', `${name} is being loaded for somebody: nothing was done.`);
  const isCutting = isServing(seat.state) && isInUse(seat.activity, nowMs);
  if (isCutting && !cut) return answer(request, seat, 'in_flight', `${useText(seat, nowMs)}: nothing was done.`);
  if (seat.closing?.isOrdered === true || seat.state === 'draining' || seat.order?.verb === 'stop')
    return answer(request, seat, 'draining', `${name} is ending already.`);
  if (seat.order !== null) return answer(request, seat, 'failed', `${name} is being started: try again in a moment.`);
  // Whoever asked before is not given it all the same.
  const released = ensureAnswer(seat, 'refused', `${name} was released.`, { retryAfterSeconds: releasedRetrySeconds });
  turn.answers.push(...answersOf(pending, released));
  const left = { ...seating, asks: seating.asks.filter((ask) => ask.seat !== name) };
  if (seat.state === 'admitting') {
    turn.answers.push(releaseAnswer(request, seat, 'absent', `${name} is not loaded; nobody asks for it any more.`));
    return left;
  }
  const requests = [...(seat.closing?.requests ?? []), request];
  turn.soon = 'slot';
  const isConfirmed = event.isConfirmed === true;
  return beginClosing(left, seat, { why: 'It was released.', by, mayCancel: !cut, requests, isConfirmed }, nowMs);
};

const keptText = ({ name, run, closing, state }: Seat, minutes: number): string => {
  if (closing?.isOrdered === true || state === 'draining') return `${name} is ending already.`;
  if (minutes === 0) return `${name} is unloaded when its countdown ends.`;
  return run === null
    ? `${name} does not run; once loaded it stays for ${minutes} min from now.`
    : `${name} stays loaded for ${minutes} min.`;
};

const heardKeep = (seating: Seating, event: Of<'seat_keep'>, world: SeatWorld, turn: SeatTurn): Seating => {
  const { request, ms } = event;
  const seat = seatNamed(seating, event.seat);
  if (seat === undefined) {
    turn.answers.push(refusal(request, 'unknown_seat', event.seat));
    return seating;
  }
  const said = keptText(seat, Math.round(ms / 60_000));
  turn.answers.push({ request, ok: true, kind: 'keep', answer: { said } });
  const kept = { ...seat, activity: { ...seat.activity, keptUntilMs: ms === 0 ? null : world.nowMs + ms } };
  return withSeat(seating, ms > 0 && kept.closing?.by === 'automatic' ? cancelClosing(kept, turn) : kept);
};

const heardGateway = (seating: Seating, event: Of<'gateway'>, nowMs: number): Seating => {
  const { state, listen, problems } = event;
  const sinceMs = state === seating.gateway.state ? seating.gateway.sinceMs : nowMs;
  const gateway = { state, listen, problems, sinceMs };
  if (state === 'present') return { ...seating, gateway };
  // Whatever went through it is cut, and nobody is there to acknowledge anything.
  const seats = seating.seats.map((seat) => ({
    ...seat,
    activity: { ...seat.activity, inFlight: 0, stillSinceMs: null },
    closing: seat.closing === null ? null : { ...seat.closing, acknowledged: true },
  }));
  return { ...seating, gateway, seats };
};

const changed = (seating: Seating, name: string, change: (seat: Seat) => Seat): Seating => {
  const seat = seatNamed(seating, name);
  return seat === undefined ? seating : withSeat(seating, change(seat));
};

/** What was not asked is not heard: it may be of a run before. */
const isAsked = (seat: Seat, world: SeatWorld): boolean => {
  const config = configOf(world, seat.name);
  return config !== undefined && wantsGatewayProbe(seat, config);
};

export const hear = (seating: Seating, event: SeatEvent, world: SeatWorld, turn: SeatTurn): Seating => {
  const { nowMs } = world;
  switch (event.type) {
    case 'seat_ask':
      return heardAsk(seating, event, world, turn);
    case 'seat_unask':
      return { ...seating, asks: seating.asks.filter(({ request }) => request !== event.request) };
    case 'seat_release':
      return heardRelease(seating, event, world, turn);
    case 'seat_keep':
      return heardKeep(seating, event, world, turn);
    case 'seat_traffic':
      return changed(seating, event.seat, (seat) => ({ ...seat, activity: heardTraffic(seat.activity, event, nowMs) }));
    case 'closing_ack':
      return changed(seating, event.seat, (seat) => {
        if (seat.closing === null || seat.closing.number !== event.closing) return seat;
        turn.soon = 'slot';
        const acknowledged = { ...seat, closing: { ...seat.closing, acknowledged: true } };
        if (!event.used || !seat.closing.mayCancel || !believesGateway(seat.activity, nowMs)) return acknowledged;
        return cancelClosing({ ...acknowledged, activity: usedNow(seat.activity, nowMs) }, turn);
      });
    case 'probe_report':
      return changed(seating, event.seat, (seat) =>
        !isAsked(seat, world)
          ? seat
          : event.result.ok
            ? served(seat, nowMs)
            : notServed(seat, event.result.detail, nowMs),
      );
    case 'gateway':
      return heardGateway(seating, event, nowMs);
  }
};

export interface Ended {
  readonly seat: string;
  readonly outcome: OrderOutcome;
  readonly detail: string;
}

/** A readiness program has ended. What it says of a run before is not heard. */
export const heardProbe = (
  seating: Seating,
  { seat: name, run, outcome, detail }: Ended & { readonly run: number },
  nowMs: number,
): Seating =>
  changed(seating, name, (seat) =>
    seat.run?.probe.isAsking !== true || seat.run.sinceMs !== run
      ? seat
      : outcome === 'ok'
        ? served(seat, nowMs)
        : notServed(seat, outcome === 'timed_out' ? 'no answer' : detail, nowMs),
  );

/** An order has been carried out, or could not be. What is not known is looked for in the readings. */
export const heardOrderEnd = (
  before: Seating,
  { seat: name, outcome, detail }: Ended,
  nowMs: number,
  turn: SeatTurn,
): Seating =>
  changed(before, name, (seat) => {
    const { order, closing } = seat;
    if (order === null) return seat;
    const done: Seat = { ...seat, order: null };
    turn.soon = 'slot';
    if (order.verb === 'start') {
      if (outcome !== 'failed') return done;
      const failure = failureOf(seat.failure, 'start_failed', nowMs);
      return failed({ ...done, isHeld: seat.run !== null }, failure, `It could not be started: ${detail}.`);
    }
    const hasFailed = outcome === 'failed';
    for (const request of closing?.requests ?? [])
      turn.answers.push(
        hasFailed
          ? releaseAnswer(request, seat, 'failed', `${name} could not be told to end: ${detail}.`)
          : releaseAnswer(request, seat, 'draining', `${name} has been told to end.`),
      );
    if (hasFailed)
      return seat.state === 'draining'
        ? reopened(done, nowMs, `It could not be told to end: ${detail}.`)
        : { ...done, closing: null };
    return closing === null ? done : { ...done, closing: { ...closing, requests: [] } };
  });
