import type { ScenePlugin } from './model.ts';

/** Where something was done or asked: a flag at the upper edge and a dotted line. What it was, the read-out says. */
export const marks: ScenePlugin = (scene) => ({
  id: 'marks',
  afterDatasetsDraw: (chart) => {
    const x = chart.scales.x;
    if (x === undefined || scene.model.marks.length === 0) return;
    const { ctx, chartArea } = chart;
    const { palette, stroke, fontPx } = scene.look;
    const side = fontPx * 0.35;
    ctx.save();
    ctx.lineWidth = stroke;
    for (const column of scene.model.marks) {
      const at = Math.round(x.getPixelForValue(column + 0.5)) + 0.5;
      ctx.strokeStyle = palette.surface;
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.moveTo(at, chartArea.top);
      ctx.lineTo(at, chartArea.bottom);
      ctx.stroke();
      ctx.strokeStyle = palette.text;
      ctx.setLineDash([1, 2]);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.fillStyle = palette.text;
      ctx.beginPath();
      ctx.moveTo(at - side, chartArea.top - side);
      ctx.lineTo(at + side, chartArea.top - side);
      ctx.lineTo(at, chartArea.top + side);
      ctx.closePath();
      ctx.fill();
    }
    ctx.restore();
  },
});
