import { answerArbiter, stepArbiter } from '../../arbiter/arbiter.ts';
import type { Config } from '../../config/config.ts';
import { seatHealth } from '../../probes/seat-health.ts';
import { progressWords } from '../../relief/recovery-words.ts';
import type { Stopping } from '../../relief/state.ts';
import type { Orders } from '../../relief/world.ts';
import type { SeatAnswer, SeatEvent } from '../../seats/events.ts';
import { hear, heardOrderEnd, heardProbe } from '../../seats/heard.ts';
import type { SeatOrder } from '../../seats/orders.ts';
import { newTurn, type SeatSignals, type SeatTurn, type SeatWorld } from '../../seats/seat-world.ts';
import { stepSeats } from '../../seats/step.ts';
import type { EffectOutcome, Owed, Wish } from './effect.ts';
import { observeOnlyReasons } from './episodes.ts';
import type { Reading } from './reading.ts';
import { eventSpacingMs, sampleForSeats, sampleSoon } from './sampling.ts';
import type { KeeperState, Reason } from './state.ts';

/** Seats and bands as part of the keeper's step: what they look at is made here out of the keeper's state. */

/** Where wishes, answers and reasons go. */
interface Collected {
  readonly effects: Wish[];
  readonly reasons: Reason[];
  readonly seatAnswers: SeatAnswer[];
  readonly orders: Pick<Orders, 'rows'>;
}

/** A reading that was made without signs (an old journal) tells of none. */
const noSigns: SeatSignals = { lastExits: new Map(), traffic: null, executableGone: new Set() };

const signalsOf = ({ depth, signs }: Reading): SeatSignals | null => {
  if (depth === 'fast') return null;
  if (signs === null) return noSigns;
  const { lastExits, traffic, executableGone } = signs;
  return {
    lastExits: new Map(lastExits),
    traffic: traffic === null ? null : new Map(traffic.map((each) => [each.port, each])),
    executableGone: new Set(executableGone),
  };
};

/** Slots are two seconds apart; a sleep, or a keeper without time, is more. */
const usualMs = 2_000;
const gapMs = 6_000;
export const unseenSince = ({ lastSampleMs }: KeeperState, nowMs: number): number =>
  nowMs - lastSampleMs >= gapMs ? nowMs - lastSampleMs - usualMs : 0;

/** When seats were looked at before this step, at the latest: fast samples lie between two looks. */
const lookedMs = ({ lastSampleMs }: KeeperState, nowMs: number): number => Math.min(lastSampleMs, nowMs - usualMs);

const recoveryOf = ({ relief: { recovery } }: KeeperState): SeatWorld['recovery'] =>
  recovery === null ? null : { seat: recovery.plan.act.seat, said: progressWords(recovery) };

/** From its order until a look has found it, or could have. */
const unseenFallbackMs = 15_000;

const fallbacksOf = ({ relief: { deeds } }: KeeperState, nowMs: number): SeatWorld['fallbacks'] => {
  const labels = new Map<string, string>();
  for (const { plan, outcome } of deeds) {
    const { act } = plan;
    if (act.verb === 'fallback_end') labels.delete(act.seat);
    const isNew = outcome === 'pending' || (outcome === 'effective' && nowMs - plan.plannedMs < unseenFallbackMs);
    if (act.verb === 'fallback' && isNew) labels.set(act.seat, act.label);
  }
  return labels;
};

/** `reading`: the one of this very step; null between two of them. */
export const seatWorldOf = (state: KeeperState, nowMs: number, reading: Reading | null, config: Config): SeatWorld => ({
  nowMs,
  config,
  views: state.seats,
  machine: state.machine,
  processes: state.processes?.views ?? null,
  hasLooked: reading !== null && reading.depth !== 'fast',
  unseenMs: reading === null ? 0 : unseenSince(state, nowMs),
  isFull: reading?.table !== null && reading !== null,
  services: state.servicesUnknownSinceMs === null && state.services !== null ? new Map(state.services) : null,
  signals: reading === null ? null : signalsOf(reading),
  leakers: state.relief.leak.leaks.map(({ seat }) => seat),
  blockers: observeOnlyReasons(state, config),
  health: new Map(state.probing.seats.map((each) => [each.name, seatHealth(each, lookedMs(state, nowMs))])),
  fallbacks: fallbacksOf(state, nowMs),
  recovery: recoveryOf(state),
  ending: new Set(state.relief.stopping.flatMap(({ seat }) => (seat === null ? [] : [seat]))),
});

/** What is told to end is watched like everything that is, from its order on: nobody freezes it, and its wired memory is waited for. */
const stoppingOf = (
  { plan, targets, label, seat }: Extract<SeatOrder, { verb: 'stop' }>,
  nowMs: number,
  config: Config,
): Stopping => ({
  plan,
  targets,
  label,
  seat,
  sinceMs: nowMs,
  drainMs: (config.seats.find(({ name }) => name === seat)?.drainSeconds ?? 0) * 1000,
  killProposed: false,
});

/** Orders get their numbers out of the same row as the plans of relief, under which their rows stand in the audit log. */
const collect = (
  state: KeeperState,
  nowMs: number,
  turn: SeatTurn,
  config: Config,
  collected: Collected,
): KeeperState => {
  const orders = turn.orders.map((order, index): SeatOrder => ({ ...order, plan: state.relief.nextPlanId + index }));
  for (const order of orders) collected.effects.push({ kind: 'seat', order });
  for (const probe of turn.probes) collected.effects.push({ kind: 'probe', ...probe });
  for (const text of turn.said) collected.reasons.push({ code: 'seat', text });
  collected.seatAnswers.push(...turn.answers);
  collected.orders.rows.push(...turn.rows);
  const { nextPlanId, stopping } = state.relief;
  const ends = orders.flatMap((order) => (order.verb === 'stop' ? [stoppingOf(order, nowMs, config)] : []));
  const numbered =
    orders.length === 0
      ? state
      : {
          ...state,
          relief: { ...state.relief, nextPlanId: nextPlanId + orders.length, stopping: [...stopping, ...ends] },
        };
  return turn.soon === null ? numbered : sampleSoon(numbered, nowMs, turn.soon);
};

/** All that follows from what was seen or heard. */
export const stepSeating = (
  state: KeeperState,
  nowMs: number,
  reading: Reading | null,
  config: Config,
  collected: Collected,
): KeeperState => {
  if (config.seats.length === 0 && state.seating.seats.length === 0 && state.seating.asks.length === 0) return state;
  const turn = newTurn();
  const gpuLimit = reading?.signs?.gpuLimit;
  const before = gpuLimit === undefined ? state.seating : { ...state.seating, gpuLimit };
  const seating = stepSeats(before, seatWorldOf(state, nowMs, reading, config), turn);
  if (reading === null)
    return sampleForSeats(collect({ ...state, seating }, nowMs, turn, config, collected), nowMs, config);
  // The next sample is set after this step, by what is due.
  const { soon } = turn;
  const wanted =
    soon === null
      ? seating
      : {
          ...seating,
          dueMs: Math.min(seating.dueMs ?? Number.MAX_SAFE_INTEGER, nowMs + eventSpacingMs),
          wantsPass: seating.wantsPass || soon === 'full',
        };
  return collect({ ...state, seating: wanted }, nowMs, { ...turn, soon: null }, config, collected);
};

export const heardOfSeat = (
  state: KeeperState,
  event: SeatEvent,
  nowMs: number,
  config: Config,
  collected: Collected,
): KeeperState => {
  const turn = newTurn();
  const seating = hear(state.seating, event, seatWorldOf(state, nowMs, null, config), turn);
  return collect({ ...state, seating }, nowMs, turn, config, collected);
};

/** What became of each seat in one call of `decide`. */
export const seatReasons = (before: KeeperState, after: KeeperState): readonly Reason[] =>
  before.seating.seats === after.seating.seats
    ? []
    : after.seating.seats.flatMap(({ name, state, why }): readonly Reason[] => {
        const was = before.seating.seats.find((seat) => seat.name === name)?.state ?? 'absent';
        const text = `${name}: ${was} → ${state}${why === '' ? '' : ` (${why})`}`;
        return was === state ? [] : [{ code: 'seat', text }];
      });

export interface Ended {
  readonly outcome: EffectOutcome;
  readonly detail: string;
}

/** The completion of an order, a probe, a band or the GPU's limit. */
export const completeSetting = (
  state: KeeperState,
  owed: Owed,
  { outcome, detail }: Ended,
  nowMs: number,
  config: Config,
  collected: Collected,
): KeeperState => {
  switch (owed.kind) {
    case 'probe':
      return owed.probe === null
        ? state
        : { ...state, seating: heardProbe(state.seating, { ...owed.probe, outcome, detail }, nowMs) };
    case 'seat': {
      const { order } = owed;
      if (order === null) return state;
      const turn = newTurn();
      const seating = heardOrderEnd(state.seating, { seat: order.seat, outcome, detail }, nowMs, turn);
      const heard = collect({ ...state, seating }, nowMs, turn, config, collected);
      if (order.verb === 'start' || outcome !== 'failed') return heard;
      const stopping = heard.relief.stopping.filter(({ plan }) => plan !== order.plan);
      return { ...heard, relief: { ...heard.relief, stopping } };
    }
    case 'band':
    case 'gpu_limit': {
      const wish =
        owed.target === null ? ({ kind: 'gpu_limit' } as const) : ({ kind: 'band', target: owed.target } as const);
      return { ...state, arbiter: answerArbiter(state.arbiter, wish, { outcome, detail, nowMs }) };
    }
    default:
      return state;
  }
};

/** Bands and the GPU's limit: compared once a slot with what they should be. */
export const stepBands = (
  state: KeeperState,
  nowMs: number,
  reading: Reading,
  config: Config,
  collected: Collected,
): KeeperState => {
  const { signs } = reading;
  if (signs === null) return state;
  const step = stepArbiter(state.arbiter, {
    nowMs,
    config,
    processes: state.processes?.views ?? [],
    own: state.ownRoles,
    signs,
    mayAct: observeOnlyReasons(state, config).length === 0,
  });
  collected.effects.push(...step.wishes, ...step.alerts.map((alert) => ({ kind: 'alert' as const, ...alert })));
  for (const text of step.said) collected.reasons.push({ code: 'band', text });
  return { ...state, arbiter: step.state };
};
