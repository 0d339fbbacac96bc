import { type ScenePlugin, stripRows } from './model.ts';

/** One cursor over plot and strips; what it is on stands as text below. */
export const cursor: ScenePlugin = (scene) => ({
  id: 'cursor',
  afterDatasetsDraw: (chart) => {
    const x = chart.scales.x;
    if (scene.model.cursor === null || x === undefined) return;
    const { ctx, chartArea } = chart;
    const { palette, stroke, fontPx } = scene.look;
    const below = scene.frame.hasStrips ? fontPx * (stripRows.gap + 2 * stripRows.row) : 0;
    const at = Math.round(x.getPixelForValue(scene.model.cursor + 0.5));
    ctx.save();
    for (const [style, width] of [
      [palette.surface, stroke + 2],
      [palette.text, stroke],
    ] as const) {
      ctx.strokeStyle = style;
      ctx.lineWidth = width;
      ctx.beginPath();
      ctx.moveTo(at + 0.5, chartArea.top);
      ctx.lineTo(at + 0.5, chartArea.bottom + below);
      ctx.stroke();
    }
    ctx.restore();
  },
});
