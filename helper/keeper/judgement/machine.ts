import type { Config } from '../../config/config.ts';
import { type ForecastState, initialForecast, observeForecast } from '../../memory/forecast.ts';
import { extendFill, extendWindow, growthWindowMs, windowGrowth } from '../../memory/growth.ts';
import {
  availableArm,
  carryArms,
  forgetConfirmations,
  kernelArm,
  levelNames,
  observeLevel,
  rawLevel,
  slotMs,
  swapArm,
} from '../../memory/level.ts';
import { checkSensors } from '../../memory/sensors.ts';
import { tiersOf } from '../../memory/tiers.ts';
import { needsServices } from './episodes.ts';
import type { Reading } from './reading.ts';
import type { KeeperState, Reason } from './state.ts';

/** What a reading of the machine changes: gaps, sensors, arms, level, growth and forecast. */

/** Where reasons are said. */
interface Turn {
  readonly reasons: Reason[];
}

/**
 * A machine without memory starves the keeper, too: lateness must not wipe the evidence of what makes it late. Up to this
 * length a worse level goes on being confirmed by the samples on both sides of a gap; unseen slots count for nothing.
 */
const forgetAfterMs = 30_000;

/** What was missed since the last slot; windows that span a gap would average over what nobody saw. */
export const applyGap = (state: KeeperState, nowMs: number, turn: Turn): KeeperState => {
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
export const applyMachine = (
  state: KeeperState,
  nowMs: number,
  reading: Reading,
  config: Config,
  turn: Turn,
): KeeperState => {
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

/**
 * Facts about the whole machine, each said once; a refusal for one process is not a failing sensor, and services that
 * nobody counts on are none.
 */
export const applyFacts = (state: KeeperState, reading: Reading, config: Config, turn: Turn): KeeperState => {
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
      (fact.sensor !== 'services' || needsServices(config)) &&
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
