import { headroomMarks } from '../data/axis.ts';
import { gbFigure } from '../text/format.ts';
import { plateText, type ScenePlugin } from './model.ts';

/** Bars that hang from the top: when used memory reaches the lower end of one, its level begins. */
export const headroom: ScenePlugin = (scene) => ({
  id: 'headroom',
  afterDatasetsDraw: (chart) => {
    const { series, thresholds } = scene.model;
    const { palette, fontPx, stroke } = scene.look;
    const { ctx, chartArea, scales } = chart;
    const y = scales.y;
    if (y === undefined) return;
    ctx.save();
    let lastText = Number.POSITIVE_INFINITY;
    for (const [index, mark] of headroomMarks(thresholds, series.totalBytes).entries()) {
      const low = y.getPixelForValue(series.totalBytes - mark.bytes);
      const left = chartArea.left + 2 + index * 5;
      ctx.fillStyle = palette[mark.level];
      ctx.fillRect(left, chartArea.top, 3 + stroke - 1, low - chartArea.top);
      ctx.fillStyle = palette.text;
      ctx.fillRect(left - 1, low - 1, 5 + stroke - 1, stroke);
      // The longest bar is always labelled, the others where their label is clear of the one below.
      const at = Math.max(low, chartArea.top + fontPx * 0.6);
      if (lastText - at < fontPx * 1.3) continue;
      lastText = at;
      const text = `${gbFigure(mark.bytes).replace('.0', '')}${index === 0 ? ' GB left' : ''}`;
      plateText(ctx, scene.look, text, { x: chartArea.left + 21, y: at, align: 'left' }, fontPx * 0.9);
    }
    ctx.restore();
  },
});
