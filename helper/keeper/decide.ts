import type { Config } from '../config/config.ts';
import type { AuditFacts } from '../journal/audit.ts';
import { sampleIntervalMs } from '../memory/cadence.ts';
import { type ForecastState, initialForecast, observeForecast } from '../memory/forecast.ts';
import { extendFill, extendWindow, fillRate, growthWindowMs, windowGrowth } from '../memory/growth.ts';
import {
  availableArm,
  carryArms,
  forgetConfirmations,
  kernelArm,
  levelNames,
  nextPromotionMs,
  observeLevel,
  rawLevel,
  slotMs,
  swapArm,
} from '../memory/level.ts';
import { checkSensors } from '../memory/sensors.ts';
import { tiersOf } from '../memory/tiers.ts';
import { raiseAlerts } from './episodes.ts';
import { observeChosen, observeTable, seatsChanged } from './processes.ts';
import type {
  Effect,
  Input,
  KeeperEvent,
  KeeperState,
  OperatorAnswer,
  Reading,
  Reason,
  SampleDepth,
  Wish,
} from './state.ts';

/** The full process table is read this often on green; from yellow up, or while someone looks, with every slot. */
const fullPassMs = 30_000;
/** A storm of pressure events makes at most ten samples a second. */
const eventSpacingMs = 100;

export interface Decision {
  readonly state: KeeperState;
  readonly effects: readonly Effect[];
  readonly reasons: readonly Reason[];
  /** To the operator's requests that came with the input, one each. */
  readonly answers: readonly OperatorAnswer[];
  /** For the audit log, to be written before the effects are carried out. */
  readonly rows: readonly AuditFacts[];
}

/** Collects what one call of `decide` wants done and said. */
interface Turn {
  readonly effects: Wish[];
  readonly reasons: Reason[];
  readonly answers: OperatorAnswer[];
  readonly rows: AuditFacts[];
}

const depths = ['fast', 'slot', 'full'] as const satisfies readonly SampleDepth[];
const deeper = (a: SampleDepth, b: SampleDepth): SampleDepth => (depths.indexOf(a) > depths.indexOf(b) ? a : b);

/** Moves the next sample forward; a storm of wishes makes at most ten samples a second. */
const sampleSoon = (state: KeeperState, nowMs: number, depth: SampleDepth): KeeperState => {
  const atMs = Math.min(Math.max(nowMs, state.lastSampleMs + eventSpacingMs), state.next.atMs);
  return { ...state, next: { atMs, depth: deeper(depth, state.next.depth) } };
};

const applyEvent = (state: KeeperState, event: KeeperEvent, nowMs: number, turn: Turn): KeeperState => {
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
      return { ...state, configState: event.state };
    case 'cannot_act':
      return { ...state, cannotAct: event.reasons };
    case 'telemetry':
      return {
        ...state,
        droppedRows: event.droppedRows,
        lostAtMs: event.droppedRows > state.droppedRows ? nowMs : state.lostAtMs,
      };
    case 'effect':
      return completeEffect(state, event, turn);
    default:
      return state;
  }
};

const completeEffect = (
  state: KeeperState,
  event: Extract<KeeperEvent, { type: 'effect' }>,
  turn: Turn,
): KeeperState => {
  const effect = state.outstanding.find((each) => each.id === event.id);
  // A completion that nobody waits for is a fault of the shell; it must not change anything twice.
  if (effect === undefined) return state;
  const outstanding = state.outstanding.filter((each) => each.id !== event.id);
  if (event.outcome !== 'ok')
    turn.reasons.push({ code: 'effect', text: `${effect.kind} ${event.id} ${event.outcome}: ${event.detail}` });
  if (effect.kind !== 'heartbeat') return { ...state, outstanding };
  return {
    ...state,
    outstanding,
    heartbeat: { ...state.heartbeat, outstanding: null, failing: event.outcome !== 'ok' },
  };
};

/**
 * A machine without memory starves the keeper, too: lateness must not wipe the evidence of what makes it late. Up to this
 * length a worse level goes on being confirmed by the samples on both sides of a gap; unseen slots count for nothing.
 */
const forgetAfterMs = 30_000;

/** What was missed since the last slot; windows that span a gap would average over what nobody saw. */
const applyGap = (state: KeeperState, nowMs: number, turn: Turn): KeeperState => {
  const lateMs = nowMs - state.nextSlotMs;
  if (lateMs < slotMs) return state;
  turn.reasons.push({ code: 'gap', text: `no sample for ${((lateMs + slotMs) / 1000).toFixed(1)} s` });
  return {
    ...state,
    gaps: { count: state.gaps.count + 1, last: { endedMs: nowMs, lengthMs: lateMs + slotMs } },
    level: lateMs > forgetAfterMs ? forgetConfirmations(state.level) : state.level,
    recent: [],
    compressor: [],
    forecast: restarted(state.forecast),
  };
};

/** The forecast without its window: what it scored and the kernel's last word stand. */
const restarted = ({ lastScore, kernelLevel }: ForecastState): ForecastState => ({
  ...initialForecast,
  lastScore,
  kernelLevel,
});

const swapRate = (before: number | null | undefined, after: number | null | undefined, ms: number): number | null =>
  before === null || before === undefined || after === null || after === undefined || ms <= 0 || after < before
    ? null
    : ((after - before) * 1000) / ms;

/** A fast sample does not read the kernel level or swap: the last slot's word stands for them. */
const applyMachine = (state: KeeperState, nowMs: number, reading: Reading, config: Config, turn: Turn): KeeperState => {
  const isFast = reading.depth === 'fast';
  const last = state.machine;
  const raw =
    isFast && last !== null
      ? {
          ...last,
          ...reading.machine,
          swap: last.swap,
          kernelLevel: last.kernelLevel,
          faults: last.faults,
          segments: last.segments,
        }
      : reading.machine;
  const checked = checkSensors(state.sensors, raw);
  const machine = checked.reading;
  const closesSlot = nowMs >= state.nextSlotMs;
  // What is not believed must not stand in a window either: its return would look like growth.
  const isBelieved = machine.availableBytes !== null && !machine.facts.some((fact) => fact.sensor === 'compressor');

  const arms = carryArms(
    {
      available: availableArm(machine.availableBytes, config.pressure),
      swap: swapArm(machine.swap, config.pressure),
      kernel: kernelArm(machine.kernelLevel),
    },
    state.arms,
  );
  const compressor = isBelieved
    ? closesSlot
      ? extendWindow(state.compressor, { atMs: nowMs, bytes: machine.compressorBytes }, growthWindowMs)
      : state.compressor
    : [];
  const { level: rawNow, escalated } = rawLevel(arms, windowGrowth(compressor, growthWindowMs), config.pressure);
  const level = observeLevel(state.level, nowMs, rawNow, closesSlot);
  if (level.level !== state.level.level)
    turn.reasons.push({ code: 'level', text: `${levelNames[state.level.level]} → ${levelNames[level.level]}` });

  const before = isBelieved ? state.forecast : restarted(state.forecast);
  const forecast = isBelieved && closesSlot ? observeForecast(before, nowMs, machine) : before;
  if (forecast.lastScore !== state.forecast.lastScore && forecast.lastScore !== null)
    turn.reasons.push({
      code: 'forecast',
      text: `the kernel warned ${forecast.lastScore.actualSeconds.toFixed(0)} s after a forecast of ${forecast.lastScore.predictedSeconds.toFixed(0)} s`,
    });
  const elapsedMs = state.swapReadAtMs === null ? 0 : machine.atMs - state.swapReadAtMs;
  return {
    ...state,
    machine,
    tiers: machine.availableBytes === null ? null : tiersOf(machine),
    swapRates: isFast
      ? state.swapRates
      : {
          inBytesPerSecond: swapRate(last?.swap?.inBytes, machine.swap?.inBytes, elapsedMs),
          outBytesPerSecond: swapRate(last?.swap?.outBytes, machine.swap?.outBytes, elapsedMs),
        },
    swapReadAtMs: isFast ? state.swapReadAtMs : machine.atMs,
    sensors: checked.state,
    arms,
    level,
    escalated,
    compressor,
    forecast,
    recent:
      machine.availableBytes === null ? [] : extendFill(state.recent, { atMs: nowMs, bytes: machine.availableBytes }),
  };
};

const applyProcesses = (state: KeeperState, nowMs: number, reading: Reading, config: Config): KeeperState => {
  if (reading.table !== null)
    return { ...observeTable(state, reading.table, reading.services, config.seats), lastFullMs: nowMs };
  return reading.depth === 'slot' ? observeChosen(state, reading) : state;
};

/** Facts about the whole machine, each said once; a refusal for one process is not a failing sensor. */
const applyFacts = (state: KeeperState, reading: Reading, turn: Turn): KeeperState => {
  const processFacts =
    reading.table === null ? state.facts.filter((fact) => fact.sensor === 'processes') : reading.table.facts;
  const machineFacts = state.machine?.facts ?? [];
  const kept =
    reading.depth === 'fast'
      ? state.facts.filter((fact) => fact.sensor !== 'processes' && fact.sensor !== 'memory')
      : [];
  const facts = [...machineFacts, ...kept, ...processFacts].filter(
    (fact, index, all) =>
      fact.pid === undefined &&
      all.findIndex((other) => other.sensor === fact.sensor && other.problem === fact.problem) === index,
  );
  const isSame =
    facts.length === state.facts.length &&
    facts.every((fact, at) => fact.sensor === state.facts[at]?.sensor && fact.problem === state.facts[at]?.problem);
  if (isSame) return state;
  for (const fact of facts)
    if (!state.facts.some((known) => known.sensor === fact.sensor && known.problem === fact.problem))
      turn.reasons.push({ code: 'sensor', text: `${fact.sensor} ${fact.problem}: ${fact.detail}` });
  return { ...state, facts };
};

const nextSlotAfter = (state: KeeperState, nowMs: number): number =>
  nowMs < state.nextSlotMs
    ? state.nextSlotMs
    : state.nextSlotMs + slotMs * (1 + Math.floor((nowMs - state.nextSlotMs) / slotMs));

const slotDepth = (state: KeeperState, atMs: number, config: Config): SampleDepth => {
  const isDue = state.lastFullMs === null || atMs - state.lastFullMs >= fullPassMs;
  return isDue || state.level.level > 0 || state.lookers > 0 || seatsChanged(state, config.seats) ? 'full' : 'slot';
};

/** The earliest of: the next slot, the cadence's answer, and the moment a promotion would be due. */
const schedule = (state: KeeperState, nowMs: number, config: Config): KeeperState => {
  const nextSlotMs = nextSlotAfter(state, nowMs);
  const available = state.machine?.availableBytes ?? null;
  const headroom = available === null ? null : available - config.pressure.orange.availableBytes;
  const fastMs = nowMs + sampleIntervalMs(headroom, fillRate(state.recent));
  const promotionMs = nextPromotionMs(state.level, nowMs);

  const depth = slotDepth(state, nextSlotMs, config);
  let next: KeeperState['next'] = { atMs: nextSlotMs, depth };
  if (promotionMs !== null && promotionMs < next.atMs) next = { atMs: promotionMs, depth: 'slot' };
  if (fastMs < next.atMs) next = { atMs: fastMs, depth: 'fast' };
  return { ...state, nextSlotMs, nextSlotDepth: depth, lastSampleMs: nowMs, next };
};

/** How deep to look now: a sample that comes late enough to close its slot is the slot's sample. */
export const depthAt = (state: KeeperState, nowMs: number): SampleDepth =>
  nowMs >= state.nextSlotMs ? deeper(state.next.depth, state.nextSlotDepth) : state.next.depth;

/** Rows that were lost are told of once in an episode; ten minutes without a loss end it. */
const lossEpisodeMs = 600_000;

const forgetLoss = (state: KeeperState, nowMs: number): KeeperState =>
  state.lostAtMs !== null && nowMs - state.lostAtMs >= lossEpisodeMs ? { ...state, lostAtMs: null } : state;

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
      lastAction: null,
    },
  });
  return { ...state, heartbeat: { ...state.heartbeat, sequence } };
};

/** Gives every wish its id and remembers that its completion is owed. */
const issue = (
  state: KeeperState,
  wishes: readonly Wish[],
): { readonly state: KeeperState; readonly effects: readonly Effect[] } => {
  if (wishes.length === 0) return { state, effects: [] };
  const effects = wishes.map((wish, index): Effect => ({ id: state.nextEffectId + index, ...wish }));
  const beating = effects.find((effect) => effect.kind === 'heartbeat');
  return {
    state: {
      ...state,
      nextEffectId: state.nextEffectId + effects.length,
      outstanding: [...state.outstanding, ...effects.map(({ id, kind }) => ({ id, kind }))],
      heartbeat: beating === undefined ? state.heartbeat : { ...state.heartbeat, outstanding: beating.id },
    },
    effects,
  };
};

/**
 * The judgement: one pure, deterministic and total function that keeper, replay, simulator and tests share. No clock, no
 * I/O, no randomness; state changes nowhere else.
 */
export const decide = (before: KeeperState, input: Input, config: Config): Decision => {
  const turn: Turn = { effects: [], reasons: [], answers: [], rows: [] };
  const { nowMs, reading } = input;
  let state = before;
  for (const event of input.events) state = applyEvent(state, event, nowMs, turn);
  if (reading !== null) {
    const closesSlot = nowMs >= state.nextSlotMs;
    state = applyGap(state, nowMs, turn);
    state = applyMachine(state, nowMs, reading, config, turn);
    state = applyProcesses(state, nowMs, reading, config);
    state = applyFacts(state, reading, turn);
    state = schedule(forgetLoss(state, nowMs), nowMs, config);
    if (closesSlot) state = beat(state, turn);
  }
  const alerts = raiseAlerts(before, state);
  turn.effects.push(...alerts.wishes);
  const issued = issue({ ...state, episodes: alerts.episodes }, turn.effects);
  return {
    state: issued.state,
    effects: issued.effects,
    reasons: turn.reasons,
    answers: turn.answers,
    rows: turn.rows,
  };
};
