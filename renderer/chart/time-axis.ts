import { timeTicks } from '../data/axis.ts';
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
    for (const tick of timeTicks(scene.model.series.range)) {
      ctx.textAlign = tick.at === 0 ? 'left' : tick.at === 1 ? 'right' : 'center';
      ctx.fillText(tick.text, chartArea.left + tick.at * chartArea.width, y);
    }
    ctx.restore();
  },
});
