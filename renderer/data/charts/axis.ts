import type { HistoryRange, Thresholds } from '../../../helper/protocol/status.ts';
import { rangeMs } from './series.ts';

/** Where ticks and labels of the chart stand. Pure geometry, in bytes, columns and pixels. */

const GB = 2 ** 30;

/** Values of the y axis, in bytes: round steps from zero, and the installed memory on top. */
export const memoryTicks = (totalBytes: number, most = 4): readonly number[] => {
  let step = GB;
  while (totalBytes / step > most) step *= 2;
  const ticks: number[] = [];
  // A step too close to the top would print over it.
  for (let value = 0; value < totalBytes - step * 0.4; value += step) ticks.push(value);
  return [...ticks, totalBytes];
};

const minute = 60_000;
const hour = 60 * minute;
const steps: Readonly<
  Record<HistoryRange, { readonly everyMs: number; readonly unit: string; readonly unitMs: number }>
> = {
  '15m': { everyMs: 5 * minute, unit: 'min', unitMs: minute },
  '1h': { everyMs: 15 * minute, unit: 'min', unitMs: minute },
  '6h': { everyMs: 2 * hour, unit: 'h', unitMs: hour },
  '24h': { everyMs: 6 * hour, unit: 'h', unitMs: hour },
};

export interface TimeTick {
  /** 0 left edge … 1 right edge. */
  readonly at: number;
  readonly text: string;
}

/** Time before now, from the left edge to `now`; the unit stands on the first only. */
export const timeTicks = (range: HistoryRange): readonly TimeTick[] => {
  const { everyMs, unit, unitMs } = steps[range];
  const ticks: TimeTick[] = [];
  for (let before = rangeMs[range]; before > 0; before -= everyMs) {
    const text = `−${before / unitMs}`;
    ticks.push({ at: 1 - before / rangeMs[range], text: ticks.length === 0 ? `${text} ${unit}` : text });
  }
  return [...ticks, { at: 1, text: 'now' }];
};

/**
 * Moves labels that would overlap apart by the least it can: `wanted` are their middles in rising order, the result keeps
 * the order, at least `spacing` between neighbours, and all within `from`…`to` as long as they fit there.
 */
export const spread = (wanted: readonly number[], spacing: number, from: number, to: number): readonly number[] => {
  const placed: number[] = [];
  for (const want of wanted) {
    const floor = placed.length === 0 ? from : (placed.at(-1) ?? from) + spacing;
    placed.push(Math.max(want, floor));
  }
  for (let index = placed.length - 1, ceiling = to; index >= 0; index--) {
    const value = Math.min(placed[index] ?? ceiling, ceiling);
    placed[index] = value;
    ceiling = value - spacing;
  }
  return placed;
};

export interface HeadroomMark {
  readonly level: 'yellow' | 'orange' | 'red';
  readonly bytes: number;
}

/** Where the levels begin by available memory, hanging from the top of the chart; one that reaches its bottom says nothing. */
export const headroomMarks = (
  thresholds: Pick<Thresholds, HeadroomMark['level']>,
  totalBytes: number,
): readonly HeadroomMark[] =>
  (['yellow', 'orange', 'red'] as const)
    .map((level) => ({ level, bytes: thresholds[level] }))
    .filter(({ bytes }) => bytes < totalBytes);

/** Column under a pixel, for the cursor; null outside the plot. */
export const columnAt = (x: number, left: number, right: number, count: number): number | null => {
  if (x < left || x > right || right <= left || count < 1) return null;
  return Math.min(count - 1, Math.max(0, Math.round(((x - left) / (right - left)) * (count - 1))));
};
