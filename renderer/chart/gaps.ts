import { gapsOf } from '../data/charts/series.ts';
import { timeOfDay } from '../text/format.ts';
import { plateText, type ScenePlugin } from './model.ts';

/** Hatches what was not measured, and says from when there is data at all. */
export const gaps: ScenePlugin = (scene) => ({
  id: 'gaps',
  beforeDatasetsDraw: (chart) => {
    const { series } = scene.model;
    const { ctx, chartArea, scales } = chart;
    const x = scales.x;
    if (x === undefined) return;
    const found = gapsOf(series.tiers.wired);
    ctx.save();
    ctx.fillStyle = scene.look.gap;
    for (const gap of found.gaps) {
      const left = x.getPixelForValue(gap.from);
      ctx.fillRect(left, chartArea.top, x.getPixelForValue(gap.to + 1) - left, chartArea.height);
    }
    ctx.restore();
    // A short blank at the left needs no words.
    if (found.beforeFirst < series.count * 0.4) return;
    const words =
      found.beforeFirst === series.count
        ? 'no data yet'
        : `measured since ${timeOfDay(series.fromMs + found.beforeFirst * series.columnMs).slice(0, 5)}`;
    const middle = (chartArea.left + x.getPixelForValue(found.beforeFirst)) / 2;
    ctx.save();
    plateText(ctx, scene.look, words, { x: middle, y: chartArea.top + chartArea.height / 2, align: 'center' });
    ctx.restore();
  },
});
