import { plateText, type ScenePlugin } from './model.ts';

/** The dashed line above which a protected seat's declared peak no longer fits, labelled once. */
export const reserve: ScenePlugin = (scene) => ({
  id: 'reserve',
  afterDatasetsDraw: (chart) => {
    const { series, reserveTexts } = scene.model;
    const { palette, fontPx, fontFamily, stroke } = scene.look;
    const { ctx, chartArea, scales } = chart;
    const [x, y] = [scales.x, scales.y];
    if (x === undefined || y === undefined) return;
    ctx.save();
    ctx.beginPath();
    let drawing = false;
    let newest: number | null = null;
    for (let index = 0; index < series.count; index++) {
      const value = series.reserveLine[index] ?? Number.NaN;
      // At the very top nothing is kept.
      if (Number.isNaN(value) || value >= series.totalBytes) {
        drawing = false;
        continue;
      }
      newest = y.getPixelForValue(Math.max(0, value));
      if (drawing) ctx.lineTo(x.getPixelForValue(index), newest);
      else ctx.moveTo(x.getPixelForValue(index), newest);
      ctx.lineTo(x.getPixelForValue(index + 1), newest);
      drawing = true;
    }
    for (const [style, width, dash] of [
      [palette.surface, stroke + 2, []],
      [palette.text, stroke, [5, 3]],
    ] as const) {
      ctx.strokeStyle = style;
      ctx.lineWidth = width;
      ctx.setLineDash([...dash]);
      ctx.stroke();
    }
    ctx.font = `${fontPx}px ${fontFamily}`;
    const words = reserveTexts.find((text) => ctx.measureText(text).width < chartArea.width - 10);
    if (newest !== null && words !== undefined) {
      const above = newest - fontPx * 0.85;
      const y = above < chartArea.top + fontPx * 0.6 ? newest + fontPx * 0.85 : above;
      plateText(ctx, scene.look, words, { x: chartArea.right - 4, y, align: 'right' });
    }
    ctx.restore();
  },
});
