import type { Chart } from 'chart.js';
import { peakOf } from '../data/charts/series.ts';
import { kernelHeight, kernelWord, levelAt, levelShort } from '../text/levels.ts';
import { levelPath } from './level-path.ts';
import { type Scene, type ScenePlugin, stripRows } from './model.ts';

/** Below the plot, on its time axis: the kernel's level by height, ours by shape. */

const kernelStrip = (chart: Chart<'line'>, scene: Scene, base: number, height: number): void => {
  const x = chart.scales.x;
  const values = scene.model.series.kernelLevel;
  chart.ctx.fillStyle = scene.look.palette.quiet;
  for (let index = 0; x !== undefined && index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const left = x.getPixelForValue(index);
    const tall = height * kernelHeight(value);
    chart.ctx.fillRect(left, base - tall, x.getPixelForValue(index + 1) - left + 0.5, tall);
  }
};

const levelStrip = (chart: Chart<'line'>, scene: Scene, middle: number, radius: number): void => {
  const { ctx, chartArea } = chart;
  const values = scene.model.series.level;
  const slots = Math.max(1, Math.floor(chartArea.width / (radius * 2.6)));
  for (let slot = 0; slot < slots; slot++) {
    const [from, to] = [slot, slot + 1].map((edge) => Math.floor((edge * values.length) / slots)) as [number, number];
    const worst = peakOf(values, from, to);
    if (Number.isNaN(worst)) continue;
    const level = levelAt(worst);
    ctx.fillStyle = scene.look.palette[level];
    levelPath(ctx, level, chartArea.left + ((slot + 0.5) * chartArea.width) / slots, middle, radius);
    ctx.fill();
  }
};

export const strips: ScenePlugin = (scene) => ({
  id: 'strips',
  afterDatasetsDraw: (chart) => {
    const { ctx, chartArea } = chart;
    const { palette, fontPx, fontFamily } = scene.look;
    const row = fontPx * stripRows.row;
    const first = chartArea.bottom + fontPx * stripRows.gap;
    ctx.save();
    kernelStrip(chart, scene, first + row - 2, row - 3);
    levelStrip(chart, scene, first + row * 1.5, fontPx * 0.36);
    ctx.font = `${fontPx}px ${fontFamily}`;
    ctx.textBaseline = 'middle';
    const { kernelLevel, level } = scene.model;
    const rows = [
      ['kernel', kernelWord(kernelLevel)],
      ['level', level === null ? '–' : levelShort[level]],
    ] as const;
    for (const [index, [name, word]] of rows.entries()) {
      const y = first + row * (index + 0.5);
      ctx.fillStyle = palette.quiet;
      ctx.textAlign = 'left';
      ctx.fillText(name, chartArea.right + 8, y);
      ctx.fillStyle = palette.text;
      ctx.textAlign = 'right';
      ctx.fillText(word, chart.width, y);
    }
    ctx.restore();
  },
});
