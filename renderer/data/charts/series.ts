import type { History, HistoryRange, Status, seatStateCodes } from '../../../helper/protocol/status.ts';

/**
 * History as the chart draws it: equal columns, NaN where nothing was measured. The arrays are changed in place, so that a
 * new sample every 2 s makes no garbage; the chart reads them and never keeps them.
 */

export const tierNames = ['wired', 'compressed', 'app', 'cached', 'free'] as const;
export type TierName = (typeof tierNames)[number];

export const rangeMs: Readonly<Record<HistoryRange, number>> = {
  '15m': 15 * 60_000,
  '1h': 60 * 60_000,
  '6h': 6 * 60 * 60_000,
  '24h': 24 * 60 * 60_000,
};

/** As history keeps the states of seats; by its type the very list of the protocol, in its order. */
export const seatCodes: typeof seatStateCodes = [
  'absent',
  'admitting',
  'starting',
  'loading',
  'ready',
  'busy',
  'idle',
  'draining',
  'frozen',
  'failed',
  'hollow',
  'doomed',
];

export interface SeatSeries {
  readonly name: string;
  /** Index into `seatCodes`. */
  readonly state: Float64Array;
  readonly footprint: Float64Array;
}

export interface Series {
  readonly range: HistoryRange;
  /** Wall time of the left edge of column 0; moves as columns fall out on the left. */
  fromMs: number;
  readonly columnMs: number;
  readonly count: number;
  totalBytes: number;
  readonly tiers: Readonly<Record<TierName, Float64Array>>;
  readonly swapUsed: Float64Array;
  /** 0 green … 3 red. */
  readonly level: Float64Array;
  readonly kernelLevel: Float64Array;
  readonly growth: Float64Array;
  readonly reserveLine: Float64Array;
  seats: readonly SeatSeries[];
}

const empty = (count: number): Float64Array => new Float64Array(count).fill(Number.NaN);
const filled = (values: readonly (number | null)[], count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => values[index] ?? Number.NaN);

/** A window of `count` columns without data that ends at `nowMs`: shown until the first history has come. */
export const emptySeries = (range: HistoryRange, count: number, nowMs: number, totalBytes: number): Series => ({
  range,
  fromMs: nowMs - rangeMs[range],
  columnMs: rangeMs[range] / count,
  count,
  totalBytes,
  tiers: { wired: empty(count), compressed: empty(count), app: empty(count), cached: empty(count), free: empty(count) },
  swapUsed: empty(count),
  level: empty(count),
  kernelLevel: empty(count),
  growth: empty(count),
  reserveLine: empty(count),
  seats: [],
});

export const fromHistory = (history: History): Series => {
  const count = history.level.length;
  const { wired, compressed, app, cached, free } = history.tiers;
  return {
    range: history.range,
    fromMs: history.fromMs,
    columnMs: history.columnMs,
    count,
    totalBytes: history.totalBytes,
    tiers: {
      wired: filled(wired, count),
      compressed: filled(compressed, count),
      app: filled(app, count),
      cached: filled(cached, count),
      free: filled(free, count),
    },
    swapUsed: filled(history.swapUsedBytes, count),
    level: filled(history.level, count),
    kernelLevel: filled(history.kernelLevel, count),
    growth: filled(history.compressorGrowthBytesPerSecond, count),
    reserveLine: filled(history.reserveLineBytes, count),
    seats: history.seats.map(({ name, state, footprintBytes }) => ({
      name,
      state: filled(state, count),
      footprint: filled(footprintBytes, count),
    })),
  };
};

const columns = (series: Series): readonly Float64Array[] => [
  ...tierNames.map((tier) => series.tiers[tier]),
  series.swapUsed,
  series.level,
  series.kernelLevel,
  series.growth,
  series.reserveLine,
  ...series.seats.flatMap(({ state, footprint }) => [state, footprint]),
];

const shift = (series: Series, by: number): void => {
  const moved = Math.min(by, series.count);
  for (const values of columns(series)) {
    values.copyWithin(0, moved);
    values.fill(Number.NaN, series.count - moved);
  }
  series.fromMs += by * series.columnMs;
};

const keepHighest = (values: Float64Array, index: number, value: number | null): void => {
  const before = values[index] ?? Number.NaN;
  if (value !== null && (Number.isNaN(before) || value > before)) values[index] = value;
};

const ranks = { green: 0, yellow: 1, orange: 2, red: 3 } as const;

/** The newest state holds until the keeper tells in which one the column's time went. */
const addSeats = (series: Series, { seats }: Status, at: number): void => {
  const fresh = seats.filter(({ name }) => !series.seats.some((seat) => seat.name === name));
  if (fresh.length > 0) {
    series.seats = [
      ...series.seats,
      ...fresh.map(({ name }) => ({ name, state: empty(series.count), footprint: empty(series.count) })),
    ];
  }
  for (const seat of series.seats) {
    const now = seats.find(({ name }) => name === seat.name);
    if (now === undefined) continue;
    seat.state[at] = seatCodes.indexOf(now.state);
    keepHighest(seat.footprint, at, now.footprintBytes);
  }
};

/**
 * Adds one status to the right edge, by the rule the keeper's own columns follow: the tiers of the sample with the highest
 * wired + compressed, and the highest of everything else; of seats the newest. A sample from before the window is ignored.
 */
export const addStatus = (series: Series, status: Status): void => {
  const index = Math.floor((status.atMs - series.fromMs) / series.columnMs);
  if (index < 0) return;
  if (index >= series.count) shift(series, index - series.count + 1);
  const at = Math.min(index, series.count - 1);
  const { tiers, swap, kernelLevel, compressorGrowthBytesPerSecond } = status.machine;
  series.totalBytes = status.machine.totalBytes;
  if (tiers !== null) {
    const before = (series.tiers.wired[at] ?? Number.NaN) + (series.tiers.compressed[at] ?? Number.NaN);
    if (Number.isNaN(before) || tiers.wired + tiers.compressed >= before) {
      for (const tier of tierNames) series.tiers[tier][at] = tiers[tier];
    }
  }
  keepHighest(series.swapUsed, at, swap?.usedBytes ?? null);
  keepHighest(series.level, at, ranks[status.level.name]);
  keepHighest(series.kernelLevel, at, kernelLevel);
  keepHighest(series.growth, at, compressorGrowthBytesPerSecond);
  // The line belongs to the present: the newest one holds, whether it rose or fell.
  if (status.reserve !== null) series.reserveLine[at] = status.reserve.lineBytes;
  addSeats(series, status, at);
};

/** Index of the newest column with tiers; null when there is none. */
export const lastColumn = (series: Series): number | null => {
  for (let index = series.count - 1; index >= 0; index--) {
    if (!Number.isNaN(series.tiers.wired[index] ?? Number.NaN)) return index;
  }
  return null;
};

export interface Gap {
  /** First and last column without data. */
  readonly from: number;
  readonly to: number;
}

/**
 * Runs of columns without data. What lies before the first sample is no gap (`beforeFirst` columns): there was nobody to
 * measure, while inside the run something was missed.
 */
export const gapsOf = (values: Float64Array): { readonly beforeFirst: number; readonly gaps: readonly Gap[] } => {
  const gaps: Gap[] = [];
  let beforeFirst = 0;
  while (beforeFirst < values.length && Number.isNaN(values[beforeFirst] ?? Number.NaN)) beforeFirst++;
  let from: number | null = null;
  for (let index = beforeFirst; index <= values.length; index++) {
    const missing = index < values.length && Number.isNaN(values[index] ?? Number.NaN);
    if (missing && from === null) from = index;
    if (!missing && from !== null) {
      // The newest column alone may only be waiting for its first sample.
      if (from < values.length - 1) gaps.push({ from, to: index - 1 });
      from = null;
    }
  }
  return { beforeFirst, gaps };
};

/** Highest value of a part of the columns; NaN when nothing was measured there. */
export const peakOf = (values: Float64Array, from: number, to: number): number => {
  let most = Number.NaN;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(most) || value > most) most = value;
  }
  return most;
};

/** Wall time of the middle of a column. */
export const columnTime = (series: Series, index: number): number => series.fromMs + (index + 0.5) * series.columnMs;
