import { peakOf } from '../data/charts/series.ts';

/**
 * Points of an SVG polyline for each unbroken run of values, highest value on top, zero at the bottom. At most one point
 * for each unit of width, the highest of its columns: a peak is never lost.
 */
export const sparkline = (values: Float64Array, width: number, height: number): readonly string[] => {
  const top = peakOf(values, 0, values.length) || 1;
  const runs: string[][] = [];
  let open = false;
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((x + 1) * values.length) / width));
    const peak = peakOf(values, from, to);
    if (Number.isNaN(peak)) {
      open = false;
      continue;
    }
    if (!open) runs.push([]);
    open = true;
    const y = height - 1 - (peak / top) * (height - 2);
    runs.at(-1)?.push(`${x + 0.5},${y.toFixed(1)}`);
  }
  return runs.map((points) => points.join(' '));
};
