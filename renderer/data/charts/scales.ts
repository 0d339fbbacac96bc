import type { Thresholds } from '../../../helper/protocol/status.ts';
import { peakOf, type Series } from './series.ts';

/** Where the axes of swap and compressor growth end, and which marks lie on them. Bytes, and bytes a second. */

const GB = 2 ** 30;
const MB = 2 ** 20;

export interface ScaleMark {
  readonly value: number;
  readonly text: string;
}

/** Swap of this size has been trouble on machines that serve models, whatever share of its total it was. */
const swapMarksGb = [15, 20, 30] as const;

/** Round ends of an axis in GB: the first one that everything fits under. */
const swapTops = [1, 2, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256] as const;

/** Ends above the highest value seen, and above the total while that is not far from it. */
export const swapTop = (series: Pick<Series, 'swapUsed'>, totalBytes: number): number => {
  const peak = peakOf(series.swapUsed, 0, series.swapUsed.length);
  const used = Number.isNaN(peak) ? 0 : peak;
  const wanted = Math.max(used, Math.min(totalBytes, used * 4, 16 * GB), GB / 2);
  const top = swapTops.find((gb) => gb * GB >= wanted * 1.05);
  return top === undefined ? wanted * 1.1 : top * GB;
};

/** Shares of the present total at which levels begin. */
export const swapShares = (thresholds: Thresholds, totalBytes: number, top: number): readonly ScaleMark[] =>
  totalBytes <= 0
    ? []
    : (['yellow', 'orange', 'red'] as const)
        .map((level) => thresholds.swapPercent[level])
        .map((percent) => ({ value: (percent / 100) * totalBytes, text: `${percent} %` }))
        .filter(({ value }) => value <= top);

/** Lower on the axis marks would lie over each other, and over its foot. */
const leastShare = 0.2;

export const swapSizes = (top: number): readonly ScaleMark[] =>
  swapMarksGb
    .map((gb) => ({ value: gb * GB, text: `${gb}` }))
    .filter(({ value }) => value < top * 0.97 && value >= top * leastShare);

/** Growth from which memory is lost within minutes: the level is lifted at it, too. */
export const growthLine: ScaleMark = { value: 100 * MB, text: '100' };

/** The axis is clipped here: one burst must not flatten all else. */
const growthMost = 1000 * MB;
const growthTops = [150, 250, 500] as const;

export const growthTop = (series: Pick<Series, 'growth'>): number => {
  const peak = peakOf(series.growth, 0, series.growth.length);
  const top = growthTops.find((mb) => (Number.isNaN(peak) ? 0 : peak) <= mb * MB);
  return top === undefined ? growthMost : top * MB;
};

export interface Clipped {
  readonly column: number;
  readonly value: number;
}

/** The highest value that is cut off, to be told as a label; null: none is. */
export const clippedAt = ({ growth }: Pick<Series, 'growth'>, top: number): Clipped | null => {
  let found: Clipped | null = null;
  for (let column = 0; column < growth.length; column++) {
    const value = growth[column] ?? Number.NaN;
    if (value > top && (found === null || value > found.value)) found = { column, value };
  }
  return found;
};
