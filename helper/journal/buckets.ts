import type { History } from '../protocol/index.ts';
import { type HistoryRange, historyRangeMs } from '../protocol/values.ts';
import { noLevel, noSigned, noSize, type RingView } from './ring.ts';
import { createSeatColumns } from './seat-columns.ts';

/**
 * Samples come every 2 s. A column of two intervals has a sample in it even when one comes late; a narrower one would show
 * holes that are none. Ranges too short for the columns asked for are answered with fewer of them (225 for 15 minutes).
 */
const narrowestColumnMs = 4_000;

/** Columns end on multiples of their width, so that a sample stays in its column from one answer to the next. */
export const columnsOf = (
  range: HistoryRange,
  columns: number,
  nowWallMs: number,
): { readonly count: number; readonly columnMs: number; readonly fromMs: number } => {
  const rangeMs = historyRangeMs[range];
  const count = Math.max(1, Math.min(Math.floor(columns), Math.floor(rangeMs / narrowestColumnMs)));
  const columnMs = rangeMs / count;
  return { count, columnMs, fromMs: (Math.floor(nowWallMs / columnMs) + 1) * columnMs - rangeMs };
};

/**
 * History in equal columns, the same for all series: the tiers of the sample in which wired + compressed was highest (the
 * newest of equals), with its reserve line; the highest level, kernel level, swap and growth; of each seat the state it was in
 * longest (seat-columns.ts). One pass, newest first.
 *
 * Order of pushing is the truth, and the newest clock is right. Where the wall clock was set back, the samples before that
 * moment move with it, so that they end where the later ones begin; none is lost and none lies in the future. A clock set
 * forward cannot be told from sleep and leaves a gap.
 */
export const bucket = (
  view: RingView,
  range: HistoryRange,
  columns: number,
  nowWallMs: number,
  totalBytes: number,
): History => {
  const { count, columnMs, fromMs } = columnsOf(range, columns, nowWallMs);
  const shown = new Int32Array(count).fill(-1);
  const peakKib = new Float64Array(count).fill(-1);
  const swap = new Float64Array(count).fill(-1);
  const level = new Int16Array(count).fill(-1);
  const kernel = new Int16Array(count).fill(-1);
  const growth = new Float64Array(count).fill(noSigned);
  const seats = createSeatColumns(view.seats, view.slots, count);

  // `?? 0` below is for the compiler alone: typed arrays have no holes.
  let laterMs = nowWallMs;
  let shiftMs = 0;
  let index = view.newest;
  for (let seen = 0; seen < view.length; seen++) {
    const wallMs = view.wallMs[index] ?? 0;
    let timeMs = wallMs + shiftMs;
    if (timeMs > laterMs) {
      shiftMs = laterMs - wallMs;
      timeMs = laterMs;
    }
    laterMs = timeMs;
    if (timeMs < fromMs) break;
    const column = Math.min(count - 1, Math.floor((timeMs - fromMs) / columnMs));

    const wiredKib = view.wiredKib[index] ?? 0;
    if (wiredKib !== noSize) {
      const kib = wiredKib + (view.compressedKib[index] ?? 0);
      if (kib > (peakKib[column] ?? 0)) {
        peakKib[column] = kib;
        shown[column] = index;
      }
    }
    const swapKib = view.swapKib[index] ?? 0;
    if (swapKib !== noSize && swapKib > (swap[column] ?? 0)) swap[column] = swapKib;
    const levelHere = view.level[index] ?? 0;
    if (levelHere > (level[column] ?? 0)) level[column] = levelHere;
    const kernelHere = view.kernelLevel[index] ?? 0;
    if (kernelHere !== noLevel && kernelHere > (kernel[column] ?? 0)) kernel[column] = kernelHere;
    const growthKib = view.growthKib[index] ?? 0;
    if (growthKib > (growth[column] ?? 0)) growth[column] = growthKib;

    seats.add(column, index);

    index = index === 0 ? view.slots - 1 : index - 1;
  }

  const fromShown = (values: Uint32Array | Int32Array, none: number): (number | null)[] =>
    Array.from(shown, (sample) => {
      const kib = sample < 0 ? none : (values[sample] ?? 0);
      return kib === none ? null : kib * 1024;
    });
  const highest = (values: Float64Array | Int16Array, none: number, unit: number): (number | null)[] =>
    Array.from(values, (value) => (value === none ? null : value * unit));

  return {
    range,
    fromMs,
    columnMs,
    totalBytes,
    tiers: {
      wired: fromShown(view.wiredKib, noSize),
      compressed: fromShown(view.compressedKib, noSize),
      app: fromShown(view.appKib, noSize),
      cached: fromShown(view.cachedKib, noSize),
      free: fromShown(view.freeKib, noSize),
    },
    swapUsedBytes: highest(swap, -1, 1024),
    level: highest(level, -1, 1),
    kernelLevel: highest(kernel, -1, 1),
    compressorGrowthBytesPerSecond: highest(growth, noSigned, 1024),
    reserveLineBytes: fromShown(view.reserveKib, noSigned),
    seats: seats.result(),
  };
};
