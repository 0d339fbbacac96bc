import type { MachineReading } from '../host/reading.ts';
import type { ForecastStatus, NextVictim } from '../protocol/index.ts';
import { calmFillBytesPerSecond } from './cadence.ts';
import { extendWindow, growthWindowMs, medianSlope, type Point } from './growth.ts';

/**
 * How far the machine is from the kernel's own WARN, and when it will be there.
 *
 * xnu `vm_pageout.c` / `kern_memorystatus_notify.c`: with NC = active + inactive + free + speculative and
 * A = NC + compressor, WARN begins at NC < 0.50·A, swapping at 0.40·A, CRITICAL at 0.343·A. Wired memory is in neither,
 * which is why a large wired model makes the level flip after little growth. These are kernel internals: a predictor,
 * never the sole trigger.
 */
const warnRatio = 0.5;

/** Beyond this a prediction says nothing. */
const horizonSeconds = 3_600;

export interface ForecastState {
  /** Distance to WARN over the last 30 s. */
  readonly window: readonly Point[];
  readonly ratio: number | null;
  readonly segmentShare: number | null;
  /** The prediction that stands: made when the present fall began. */
  readonly open: { readonly madeAtMs: number; readonly seconds: number } | null;
  readonly lastScore: { readonly predictedSeconds: number; readonly actualSeconds: number } | null;
  readonly kernelLevel: number | null;
}

export const initialForecast: ForecastState = {
  window: [],
  ratio: null,
  segmentShare: null,
  open: null,
  lastScore: null,
  kernelLevel: null,
};

const distanceOf = (reading: MachineReading): { readonly distance: number; readonly ratio: number } | null => {
  const queues = reading.queues;
  if (queues === null) return null;
  const uncompressed = queues.activeBytes + queues.inactiveBytes + queues.freeBytes + queues.speculativeBytes;
  const all = uncompressed + reading.compressorBytes;
  return all > 0 ? { distance: uncompressed - warnRatio * all, ratio: uncompressed / all } : null;
};

const predict = (window: readonly Point[]): { readonly rate: number | null; readonly seconds: number | null } => {
  const slope = medianSlope(window, growthWindowMs);
  const rate = slope === null || -slope < calmFillBytesPerSecond ? null : -slope;
  const distance = window.at(-1)?.bytes ?? 0;
  const seconds = rate === null ? null : Math.max(distance, 0) / rate;
  return { rate, seconds: seconds !== null && seconds <= horizonSeconds ? seconds : null };
};

/** One slot's reading. Scores the standing prediction when the kernel's level leaves normal. */
export const observeForecast = (state: ForecastState, nowMs: number, reading: MachineReading): ForecastState => {
  const now = distanceOf(reading);
  if (now === null) return { ...initialForecast, lastScore: state.lastScore, kernelLevel: reading.kernelLevel };
  const window = extendWindow(state.window, { atMs: nowMs, bytes: now.distance }, growthWindowMs);
  const { seconds } = predict(window);
  const warned = state.kernelLevel === 1 && reading.kernelLevel !== null && reading.kernelLevel > 1;
  const open = seconds === null ? null : (state.open ?? { madeAtMs: nowMs, seconds });
  return {
    window,
    ratio: now.ratio,
    segmentShare:
      reading.segments !== null && reading.segments.limit > 0 ? reading.segments.used / reading.segments.limit : null,
    open: warned ? null : open,
    lastScore:
      warned && state.open !== null
        ? { predictedSeconds: state.open.seconds, actualSeconds: (nowMs - state.open.madeAtMs) / 1000 }
        : state.lastScore,
    kernelLevel: reading.kernelLevel ?? state.kernelLevel,
  };
};

export const forecastStatus = (state: ForecastState, nextVictim: NextVictim): ForecastStatus => {
  const distance = state.window.at(-1);
  if (state.ratio === null || distance === undefined)
    return { kind: 'not_evaluated', reason: 'this machine does not show the page queues the kernel decides by' };
  const { rate, seconds } = predict(state.window);
  return {
    kind: 'evaluated',
    ratio: state.ratio,
    distanceBytes: distance.bytes,
    rateBytesPerSecond: rate,
    secondsToWarn: seconds,
    segmentShare: state.segmentShare,
    lastScore: state.lastScore,
    nextVictim,
  };
};
