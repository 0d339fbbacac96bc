import type { SeatConfig } from '../config/config.ts';
import { type EnsureAnswer, isServing } from '../protocol/index.ts';
import { believesGateway, usedNow } from './activity.ts';
import { admission } from './admission.ts';
import { admissionFacts } from './admission-facts.ts';
import { failedAnswer } from './again.ts';
import { cancelClosing, isStuck } from './closing.ts';
import { goesOn, isOver, makeRoom, makingFor, undoMaking } from './making-room.ts';
import { neverFits } from './never-fits.ts';
import type { SeatOrderBy } from './orders.ts';
import { isShortage, roomFor } from './room.ts';
import { answersOf, ensureAnswer } from './seat-answers.ts';
import {
  configOf,
  deadWhy,
  type SeatTurn,
  type SeatWorld,
  type StandIn,
  seatNamed,
  viewOf,
  withSeat,
} from './seat-world.ts';
import type { Ask, Making, Seat, Seating } from './seating.ts';
import { cued } from './transitions.ts';
import { protectedText, refusalText, refused, writtenDown } from './verdict.ts';

/**
 * From "somebody wants this seat" to an answer: one start for all who ask, judged by the sum; room made by unloading idle
 * seats, whose bytes are seen to be back before anything is started, and undone when it comes to nothing.
 */

const shortRetrySeconds = 30;
const soonRetrySeconds = 5;

const asksOf = ({ asks }: Seating, name: string): readonly Ask[] => asks.filter(({ seat }) => seat === name);

const answered = (seating: Seating, asks: readonly Ask[], answer: EnsureAnswer, turn: SeatTurn): Seating => {
  turn.answers.push(...answersOf(asks, answer));
  return asks.length === 0 ? seating : { ...seating, asks: seating.asks.filter((ask) => !asks.includes(ask)) };
};

/** Nobody waits for it any more. What had failed before is what it was. */
const dismiss = (seating: Seating, name: string, nowMs: number): Seating => {
  const seat = seatNamed(seating, name);
  return seat === undefined || asksOf(seating, name).length > 0
    ? seating
    : withSeat(seating, {
        ...(seat.failure === null ? cued(seat, 'dismissed', nowMs) : cued(seat, 'failed', nowMs, seat.failure.why)),
        isHeld: seat.run !== null || seat.returning !== null,
      });
};

const start = (
  seating: Seating,
  seat: Seat,
  config: SeatConfig,
  why: string,
  by: SeatOrderBy,
  nowMs: number,
  turn: SeatTurn,
): Seating => {
  turn.orders.push({ verb: 'start', seat: seat.name, label: config.label, why, by });
  const isOperators = asksOf(seating, seat.name).some(({ ask, by: who }) => ask === 'load' && who !== 'automatic');
  return withSeat(seating, {
    ...cued(seat, 'ordered', nowMs),
    startMs: nowMs,
    isHeld: true,
    order: { verb: 'start', by },
    lastExit: null,
    gaveUpMs: null,
    failure: isOperators ? null : seat.failure,
    inARowMs: isOperators ? [] : seat.inARowMs,
  });
};

const makesWords = (name: string, { recovery }: SeatWorld): string =>
  recovery?.seat === name ? 'It was being recovered.' : 'It had made room in vain.';

/** The verdict, and what follows from it. Takes a full pass of this very step. */
const judge = (asked: Seating, known: Seat, config: SeatConfig, world: SeatWorld, turn: SeatTurn): Seating => {
  const { nowMs } = world;
  const asks = asksOf(asked, known.name);
  const making = makingFor(asked, known.name);
  const facts = admissionFacts(asked, world, known.name);
  const verdict = admission(facts);
  const seat = writtenDown(known, verdict, nowMs, turn);
  const before = withSeat(asked, seat);
  if (verdict.verdict === 'admit') {
    const by = asks[0]?.by ?? 'automatic';
    return start(before, seat, config, `${seat.name} is wanted, and fits.`, by, nowMs, turn);
  }
  if (making !== undefined) {
    const undone = undoMaking(before, making, world);
    return dismiss(
      answered(undone, asks, refused(facts, { ...seat, state: 'absent' }, verdict), turn),
      seat.name,
      nowMs,
    );
  }
  const room = isShortage(verdict) ? roomFor(before, world, seat.name) : null;
  if (room !== null) {
    turn.soon ??= 'slot';
    turn.said.push(`${room.join(', ')} make room for ${seat.name}`);
    return makeRoom(before, seat, room, nowMs);
  }
  // What is not known now may be in a moment: what was unloaded in vain is not given up for it.
  const never = neverFits(facts);
  const mayChange = (ask: Ask): boolean =>
    (isShortage(verdict) && !never) || (ask.request === null && verdict.reason === 'term_unknown');
  const waiting = asks.filter((ask) => ask.untilMs > nowMs && mayChange(ask));
  const done = asks.filter((ask) => !waiting.includes(ask));
  for (const { request } of done)
    if (request === null)
      turn.rows.push({
        kind: 'observed',
        what: 'not_restored',
        target: seat.name,
        detail: `${makesWords(seat.name, world)} ${refusalText(seat.name, verdict)}`,
      });
  const left = answered(before, done, refused(facts, { ...seat, state: 'absent' }, verdict), turn);
  if (waiting.length === 0) return dismiss(left, seat.name, nowMs);
  return withSeat(left, { ...seat, why: refusalText(seat.name, verdict) });
};

/** A seat of which no process is there, and that may be started: its memory is found. */
const admit = (before: Seating, seat: Seat, config: SeatConfig, world: SeatWorld, turn: SeatTurn): Seating => {
  const { nowMs } = world;
  const refuse = (from: Seating, said: string, retryAfterSeconds: number | null): Seating => {
    const making = makingFor(from, seat.name);
    const undone = making === undefined ? from : undoMaking(from, making, world);
    const answer = ensureAnswer(seat, 'refused', said, { retryAfterSeconds });
    return dismiss(answered(undone, asksOf(undone, seat.name), answer, turn), seat.name, nowMs);
  };
  const standIn = viewOf(world, seat.name)?.standIn ?? null;
  if (standIn !== null) return refuse(before, standInText(seat.name, standIn), null);
  const fallback = world.fallbacks.get(seat.name);
  if (fallback !== undefined) return refuse(before, comingText(seat.name, fallback), null);
  if (config.class === 'protected' && asksOf(before, seat.name).every(isUnprivileged))
    return refuse(before, protectedText(seat.name), shortRetrySeconds);
  const [blocker] = world.blockers;
  // What the keeper itself wants back waits until it may be brought back.
  if (blocker !== undefined) {
    const own = asksOf(before, seat.name).filter(({ request, untilMs }) => request === null && untilMs > nowMs);
    const others = { ...before, asks: before.asks.filter((ask) => !own.includes(ask)) };
    const refusedOthers = refuse(others, blocker, soonRetrySeconds);
    return own.length === 0 ? refusedOthers : { ...refusedOthers, asks: [...refusedOthers.asks, ...own] };
  }
  const asked = cued(seat, 'asked', nowMs);
  const seating = withSeat(before, asked);
  // The bytes of its last run are on their way back, and would be counted twice.
  if (seat.returning !== null || seat.order !== null) return seating;
  const making = makingFor(seating, seat.name);
  if (making !== undefined) {
    const evicted = making.evicted.map((name) => seatNamed(seating, name));
    if (evicted.some((each) => goesOn(each, world))) {
      const facts = admissionFacts(seating, world, seat.name);
      const verdict = admission(facts);
      const undone = undoMaking(seating, making, world);
      return dismiss(
        answered(undone, asksOf(undone, seat.name), refused(facts, seat, verdict), turn),
        seat.name,
        nowMs,
      );
    }
    if (!evicted.every(isOver)) return seating;
  }
  if (world.isFull) return judge(seating, asked, config, world, turn);
  turn.soon = 'full';
  return seating;
};

/** The two would share a port and a claim: the one that stands in is ended first, by whoever wants the other. */
const comingText = (name: string, label: string): string =>
  `${label} is being started and stands in for ${name}: \`castellan fallback ${name} --stop\` ends it first.`;

const standInText = (name: string, { label, pid }: StandIn): string =>
  `${label} (pid ${pid}) stands in for ${name}: \`castellan fallback ${name} --stop\` ends it first.`;

/** Anybody may ask for a seat on call; to load is an operator's verb, and the gateway has no rights. */
const isUnprivileged = ({ ask, by }: Ask): boolean =>
  by !== 'automatic' && (by.client === 'gateway' || ask === 'ensure');

/** A keeper that has just started looks at its seats within a second; one that cannot read the machine says so. */
const firstLookMs = 10_000;

const judgeSeat = (seating: Seating, name: string, world: SeatWorld, turn: SeatTurn): Seating => {
  const { nowMs } = world;
  const asks = asksOf(seating, name);
  const seat = seatNamed(seating, name);
  const config = configOf(world, name);
  if (seat === undefined || config === undefined) {
    // It is gone from castellan.toml, or has not been looked at yet, which is a matter of milliseconds.
    const isLate = ({ sinceMs }: Ask): boolean => config === undefined || nowMs - sinceMs >= firstLookMs;
    const code = config === undefined ? 'unknown_seat' : 'not_ready';
    for (const ask of asks)
      if (ask.request !== null && isLate(ask))
        turn.answers.push({ request: ask.request, ok: false, code, detail: name });
    turn.soon ??= 'slot';
    return { ...seating, asks: seating.asks.filter((ask) => ask.seat !== name || !isLate(ask)) };
  }
  const { recovery } = world;
  // Whoever else asks is not kept waiting for a transaction of minutes; the one ask that is its own goes on.
  const others = recovery?.seat === name ? asks.filter(({ request }) => request !== null) : [];
  if (recovery !== null && others.length > 0 && !isServing(seat.state)) {
    const said = `${name} is being recovered. ${recovery.said}`;
    const answer = ensureAnswer(seat, 'refused', said, { retryAfterSeconds: shortRetrySeconds });
    return judgeSeat(answered(seating, others, answer, turn), name, world, turn);
  }
  if (asks.length === 0) return seating;
  const dead = deadWhy(world, name);
  // Whoever asks would be sent to a server that does nothing.
  if (isServing(seat.state) && dead !== null)
    return answered(seating, asks, ensureAnswer(seat, 'refused', `${name} does not serve. ${dead}`), turn);
  if (isServing(seat.state)) {
    const { closing } = seat;
    const isGateways = asks.every(({ by }) => by !== 'automatic' && by.client === 'gateway');
    const isBelieved = !isGateways || believesGateway(seat.activity, nowMs);
    if (closing !== null && (closing.isOrdered || !closing.mayCancel || !isBelieved)) return seating;
    const activity = isGateways ? usedNow(seat.activity, nowMs) : { ...seat.activity, lastMs: nowMs };
    const used = { ...cancelClosing(seat, turn), activity };
    const left = { ...withSeat(seating, used), making: seating.making.filter((each) => each.seat !== name) };
    return answered(left, asks, ensureAnswer(seat, 'ready', `${name} serves.`), turn);
  }
  switch (seat.state) {
    case 'starting':
    case 'loading':
      return seating;
    case 'draining': {
      if (!isStuck(seat, config, nowMs)) return seating;
      const said = `${name} was told to end and does not.`;
      return answered(
        seating,
        asks,
        ensureAnswer(seat, 'failed', said, { retryAfterSeconds: shortRetrySeconds }),
        turn,
      );
    }
    case 'frozen':
    case 'hollow': {
      const answer = ensureAnswer(seat, 'refused', `${name} does not serve. ${seat.why}`, {
        retryAfterSeconds: seat.state === 'frozen' ? shortRetrySeconds : null,
      });
      return answered(seating, asks, answer, turn);
    }
    case 'failed': {
      const answer = failedAnswer(seat, asks, nowMs);
      return answer === null ? admit(seating, seat, config, world, turn) : answered(seating, asks, answer, turn);
    }
    default:
      return admit(seating, seat, config, world, turn);
  }
};

/** In the order in which they were first asked for: what one is given, the next has to do without. */
export const judgeAsks = (before: Seating, world: SeatWorld, turn: SeatTurn): Seating => {
  const names = [...new Set(before.asks.map(({ seat }) => seat))];
  const asked = names.reduce((seating, name) => judgeSeat(seating, name, world, turn), before);
  // Whoever asked may be gone.
  const judged = asked.seats
    .filter(({ state, order }) => state === 'admitting' && order === null)
    .reduce((seating, { name }) => dismiss(seating, name, world.nowMs), asked);
  // A seat that room was made for and that did not come to serve: what made room for it comes back.
  const isDone = ({ seat: name }: Making): boolean => isServing(seatNamed(judged, name)?.state ?? 'absent');
  const isLost = ({ seat: name }: Making): boolean => {
    const seat = seatNamed(judged, name);
    return seat === undefined || ((seat.state === 'failed' || seat.state === 'absent') && isOver(seat));
  };
  const left = { ...judged, making: judged.making.filter((making) => !isDone(making)) };
  return judged.making.filter(isLost).reduce<Seating>((seating, making) => undoMaking(seating, making, world), left);
};
