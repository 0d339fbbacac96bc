import type { Chart } from 'chart.js';
import { tierNames } from '../data/charts/series.ts';
import type { Figure } from '../data/definitions.ts';
import { labelMiddles } from './edge-labels.ts';
import { type Scene, stripRows } from './model.ts';

/** What is written at a height beside the plot: a canvas has no parts that could say what they mean. Null: nothing. */
export const figureAt = (chart: Chart<'line'>, { model, look, frame }: Scene, y: number): Figure | null => {
  const { chartArea, scales } = chart;
  const { fontPx } = look;
  if (y > chartArea.bottom) {
    if (!frame.hasStrips) return null;
    const row = Math.floor((y - chartArea.bottom - fontPx * stripRows.gap) / (fontPx * stripRows.row));
    return row === 0 ? 'kernel_level' : row === 1 ? 'level' : null;
  }
  const scale = scales.y;
  if (model.tiers === null || scale === undefined) return null;
  const middles = labelMiddles(model.tiers, chartArea, (bytes) => scale.getPixelForValue(bytes), fontPx);
  const at = middles.findIndex((middle) => Math.abs(middle - y) <= fontPx * 0.6);
  return tierNames[at] ?? null;
};
