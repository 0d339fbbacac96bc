import type { Config } from '../../config/config.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import { growthWindowMs, windowGrowth } from '../../memory/growth.ts';
import { levelNames } from '../../memory/level.ts';
import { heardFinding } from '../../probes/hearing.ts';
import { withAncestors } from '../../relief/candidates.ts';
import { recall } from '../../relief/memory.ts';
import { targetNameOf } from '../../relief/plan-identity.ts';
import { heardOfRuntime } from '../../relief/runtimes.ts';
import type { Orders } from '../../relief/world.ts';
import type { SeatAnswer } from '../../seats/events.ts';
import { recallSeats } from '../../seats/remembered.ts';
import { completeContainer, hearContainers, stepKeeperContainers } from './container-step.ts';
import type { Effect, Wish } from './effect.ts';
import { raiseAlerts } from './episodes.ts';
import type { Input, KeeperEvent, OperatorAnswer, OperatorEvent } from './events.ts';
import { completeIntegrity, completePort, stepHealth } from './health-step.ts';
import { issue, wishesOf, withEffects } from './issue.ts';
import { applyFacts, applyGap, applyMachine } from './machine.ts';
import { observeChosen, observeTable } from './processes.ts';
import type { Reading } from './reading.ts';
import { askForRecovered, recoverySoon, tellInterrupted } from './recovery-step.ts';
import { askedByOperator, completeAct, heardOfDeadman, rememberRelief, stepRelief } from './relief-step.ts';
import { sampleSoon, schedule } from './sampling.ts';
import { completeSetting, heardOfSeat, seatReasons, stepBands, stepSeating } from './seat-step.ts';
import type { KeeperState, Reason } from './state.ts';

export interface Decision {
  readonly state: KeeperState;
  readonly effects: readonly Effect[];
  readonly reasons: readonly Reason[];
  /** To the operator's requests that came with the input, one each. */
  readonly answers: readonly OperatorAnswer[];
  /** To requests about seats, of this input or of earlier ones. */
  readonly seatAnswers: readonly SeatAnswer[];
  /** For the audit log, to be written before the effects are carried out. */
  readonly rows: readonly AuditFacts[];
}

/** Collects what one call of `decide` wants done and said. */
interface Turn {
  readonly effects: Wish[];
  readonly reasons: Reason[];
  readonly answers: OperatorAnswer[];
  readonly seatAnswers: SeatAnswer[];
  readonly orders: Orders;
}

const newTurn = (): Turn => ({
  effects: [],
  reasons: [],
  answers: [],
  seatAnswers: [],
  orders: { acts: [], alerts: [], rows: [], said: [], remember: null },
});

const applyEvent = (state: KeeperState, event: KeeperEvent, nowMs: number, config: Config, turn: Turn): KeeperState => {
  switch (event.type) {
    case 'pressure':
      return sampleSoon(state, nowMs, 'slot');
    case 'look':
      return sampleSoon(state, nowMs, 'full');
    case 'lookers': {
      const arrived = event.count > 0 && state.lookers === 0;
      const looked = { ...state, lookers: event.count };
      return arrived ? sampleSoon(looked, nowMs, 'full') : looked;
    }
    case 'config':
      if (event.state !== state.configState)
        turn.reasons.push({ code: 'mode', text: `configuration: ${state.configState} → ${event.state}` });
      // Who the policy means may be others now: nobody is chosen before the next full pass.
      return forgetCandidates({ ...state, configState: event.state }, nowMs);
    case 'compressed':
      return { ...state, compressed: event.shares };
    case 'cannot_act':
      return { ...state, cannotAct: event.reasons };
    case 'telemetry':
      return {
        ...state,
        droppedRows: event.droppedRows,
        lostAtMs: event.droppedRows > state.droppedRows ? nowMs : state.lostAtMs,
      };
    case 'effect':
      return completeEffect(state, event, nowMs, config, turn);
    case 'own':
      return withOwn(state, event);
    case 'job': {
      const { jobs } = state.relief;
      const others = jobs.filter(({ label }) => label !== event.job.label);
      return { ...state, relief: { ...state.relief, jobs: [...others, event.job] } };
    }
    case 'adapters':
      return { ...state, relief: { ...state.relief, adapters: event.names } };
    case 'runtime':
      return { ...state, relief: heardOfRuntime(state.relief, event.look, nowMs) };
    case 'containers':
      return hearContainers(state, event.heard, nowMs, config, turn);
    case 'remembered':
      tellInterrupted(event.memory, turn.orders);
      return {
        ...state,
        relief: recall(state.relief, event.memory, event.ageMs, nowMs),
        probing: { ...state.probing, recalled: event.memory.strikes },
        seating: recallSeats(state.seating, event.memory.seats, event.ageMs, nowMs),
      };
    case 'forced_dry_run':
      return { ...state, relief: { ...state.relief, forcedDryRun: true } };
    case 'audit':
      return { ...state, relief: { ...state.relief, auditWritable: event.writable } };
    case 'deadman':
    case 'thawed':
      return heardOfDeadman(state, event, nowMs, turn.orders);
    case 'seat_ask':
    case 'seat_unask':
    case 'seat_release':
    case 'seat_keep':
    case 'seat_traffic':
    case 'closing_ack':
    case 'probe_report':
    case 'gateway':
      return heardOfSeat(state, event, nowMs, config, turn);
    case 'finding':
      return recoverySoon({ ...state, probing: heardFinding(state.probing, event, state.seating.seats, nowMs) }, nowMs);
    case 'approve':
    case 'deny':
    case 'mark_wrong':
    case 'set_mode':
    case 'pause':
    case 'thaw':
    case 'restore':
    case 'fallback':
    case 'clear_leak':
      return answerOperator(state, event, nowMs, config, turn);
  }
};

const forgetCandidates = (state: KeeperState, nowMs: number): KeeperState =>
  sampleSoon({ ...state, relief: { ...state.relief, candidates: [], watched: [] } }, nowMs, 'full');

/** Clients come and go: those above a new one are left alone from now on, not from the next full pass on. */
const withOwn = (state: KeeperState, event: Extract<KeeperEvent, { type: 'own' }>): KeeperState => {
  const { relief } = state;
  const known = relief.candidates.length === 0 ? [] : (state.processes?.views.map(({ process }) => process) ?? []);
  const own = withAncestors(event.pids, known);
  const candidates = relief.candidates.filter(({ targets }) => !targets.some(({ id }) => own.has(id.pid)));
  return {
    ...state,
    ownRoles: event.roles ?? state.ownRoles,
    relief: { ...relief, own: event.pids, firstLoginUid: event.firstLoginUid, candidates },
  };
};

const answerOperator = (
  state: KeeperState,
  event: OperatorEvent,
  nowMs: number,
  config: Config,
  turn: Turn,
): KeeperState => {
  const asked = askedByOperator(state, event, nowMs, config, turn.orders);
  const { verdict } = asked;
  // Which effect carries the plan out is known once the effects have their ids.
  turn.answers.push(
    verdict.ok ? { request: event.request, effect: null, ...verdict } : { request: event.request, ...verdict },
  );
  return asked.state;
};

const completeEffect = (
  state: KeeperState,
  event: Extract<KeeperEvent, { type: 'effect' }>,
  nowMs: number,
  config: Config,
  turn: Turn,
): KeeperState => {
  const effect = state.outstanding.find((each) => each.id === event.id);
  // A completion that nobody waits for is a fault of the shell; it must not change anything twice.
  if (effect === undefined) return state;
  const left = recoverySoon({ ...state, outstanding: state.outstanding.filter((each) => each.id !== event.id) }, nowMs);
  if (event.outcome !== 'ok')
    turn.reasons.push({ code: 'effect', text: `${effect.kind} ${event.id} ${event.outcome}: ${event.detail}` });
  if (effect.kind === 'heartbeat')
    return { ...left, heartbeat: { ...state.heartbeat, outstanding: null, failing: event.outcome !== 'ok' } };
  if (effect.kind === 'container') return completeContainer(left, event.outcome, nowMs);
  if (effect.kind === 'integrity') return completeIntegrity(left, effect, event, nowMs);
  if (effect.kind === 'port') return completePort(left, effect, event, nowMs);
  if (effect.kind !== 'act') return completeSetting(left, effect, event, nowMs, config, turn);
  if (effect.plan === null) return left;
  const { outcome, detail } = event;
  return completeAct(left, { plan: effect.plan, outcome, detail }, nowMs, config, turn.orders);
};

const applyProcesses = (state: KeeperState, nowMs: number, reading: Reading, config: Config): KeeperState => {
  if (reading.table !== null)
    return { ...observeTable(state, reading.table, reading.services, config.seats), lastFullMs: nowMs };
  return reading.depth === 'slot' ? observeChosen(state, nowMs, reading, config.seats) : state;
};

/** So long without a sample, and nothing of the time between counts as seen. */
const unseenMs = 10_000;

/** Rows that were lost are told of once in an episode; ten minutes without a loss end it. */
const lossEpisodeMs = 600_000;

const forgetLoss = (state: KeeperState, nowMs: number): KeeperState =>
  state.lostAtMs !== null && nowMs - state.lostAtMs >= lossEpisodeMs ? { ...state, lostAtMs: null } : state;

/** For observers of the heartbeat: what was done last, in words. */
const lastActionOf = ({ relief }: KeeperState): string | null => {
  const last = relief.deeds.findLast(({ outcome }) => outcome !== 'dry_run');
  return last === undefined ? null : `${last.plan.act.verb} ${targetNameOf(last.plan.act)}: ${last.outcome}`;
};

const beat = (state: KeeperState, turn: Turn): KeeperState => {
  // One write at a time: a slow disk skips beats, it does not queue them.
  if (state.heartbeat.outstanding !== null) return state;
  const sequence = state.heartbeat.sequence + 1;
  turn.effects.push({
    kind: 'heartbeat',
    heartbeat: {
      sequence,
      level: levelNames[state.level.level],
      kernelLevel: state.machine?.kernelLevel ?? null,
      availableBytes: state.machine?.availableBytes ?? null,
      compressorGrowthBytesPerSecond: windowGrowth(state.compressor, growthWindowMs),
      lastAction: lastActionOf(state),
    },
  });
  return { ...state, heartbeat: { ...state.heartbeat, sequence } };
};

/** Whoever waits for a seat need not wait for the next look as well. */
const isOfSeats = ({ type }: KeeperEvent): boolean =>
  type.startsWith('seat_') || type === 'closing_ack' || type === 'probe_report' || type === 'effect';

/**
 * The judgement: one pure, deterministic and total function that keeper, replay, simulator and tests share. No clock, no
 * I/O, no randomness; state changes nowhere else.
 */
export const decide = (before: KeeperState, input: Input, config: Config): Decision => {
  const turn = newTurn();
  const { nowMs, reading } = input;
  let state = before;
  for (const event of input.events) state = applyEvent(state, event, nowMs, config, turn);
  if (reading !== null) {
    const closesSlot = nowMs >= state.nextSlotMs;
    state = applyGap(state, nowMs, turn);
    state = applyMachine(state, nowMs, reading, config, turn);
    state = applyProcesses(state, nowMs, reading, config);
    state = applyFacts(state, reading, config, turn);
    const isPromoted = state.level.level > before.level.level;
    if (reading.depth !== 'fast') state = stepBands(state, nowMs, reading, config, turn);
    if (reading.depth !== 'fast') state = stepSeating(state, nowMs, reading, config, turn);
    if (reading.depth !== 'fast') state = stepHealth(before, state, nowMs, config, turn);
    const { recovery } = state.relief;
    state = stepRelief(
      state,
      nowMs,
      reading,
      { closesSlot, isPromoted, isAfterGap: nowMs - before.lastSampleMs > unseenMs },
      config,
      turn.orders,
    );
    state = askForRecovered(recovery, state, nowMs);
    if (reading.depth !== 'fast') state = stepKeeperContainers(state, nowMs, config, turn);
    state = schedule(forgetLoss(state, nowMs), nowMs, config);
    if (closesSlot) state = beat(state, turn);
  } else if (input.events.some(isOfSeats)) {
    state = stepSeating(state, nowMs, null, config, turn);
  }
  state = rememberRelief(state, nowMs, turn.orders);
  const alerts = raiseAlerts(before, state, nowMs, config);
  turn.effects.push(...wishesOf(turn.orders), ...alerts.wishes);
  for (const text of turn.orders.said) turn.reasons.push({ code: 'relief', text });
  turn.reasons.push(...seatReasons(before, state));
  const issued = issue({ ...state, episodes: alerts.episodes }, turn.effects);
  return {
    state: issued.state,
    effects: issued.effects,
    reasons: turn.reasons,
    answers: withEffects(turn.answers, issued.effects),
    seatAnswers: turn.seatAnswers,
    rows: turn.orders.rows,
  };
};
