import { timeTicks } from '../data/charts/axis.ts';
import { type ScenePlugin, stripRows } from './model.ts';

/** Time before now, under the strips: plot and strips share the one axis. */
export const timeAxis: ScenePlugin = (scene) => ({
  id: 'timeAxis',
  afterDatasetsDraw: (chart) => {
    const { ctx, chartArea } = chart;
    const { palette, fontPx, fontFamily } = scene.look;
    const y = chartArea.bottom + fontPx * (stripRows.gap + 2 * stripRows.row + stripRows.time / 2);
    ctx.save();
    ctx.font = `${fontPx}px ${fontFamily}`;
    ctx.textBaseline = 'middle';
    ctx.fillStyle = palette.quiet;
    let taken = Number.NEGATIVE_INFINITY;
    for (const tick of timeTicks(scene.model.series.range)) {
      const { width } = ctx.measureText(tick.text);
      // The outer two stay inside the plot; a middle one that would touch its neighbour is left out.
      const left = chartArea.left + tick.at * chartArea.width - width * tick.at;
      if (left < taken && tick.at < 1) continue;
      taken = left + width + fontPx * 0.5;
      ctx.fillText(tick.text, left, y);
    }
    ctx.restore();
  },
});
