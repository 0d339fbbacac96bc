import type { Chart } from 'chart.js';
import { headroomMarks } from '../data/charts/axis.ts';
import { gbFigure } from '../text/format.ts';
import { levelPath } from './level-path.ts';
import { plate, type Scene, type ScenePlugin } from './model.ts';

/** How much of the level's hue a band has: used memory that reaches into it is drawn over it. */
const bandAlpha = 0.24;

const marksOf = ({ model: { series, thresholds } }: Scene) => headroomMarks(thresholds, series.totalBytes);

/** Behind the tiers, so that the mountain grows into the bands; with more contrast each has an edge. */
const drawBands = ({ ctx, chartArea, scales: { y } }: Chart<'line'>, scene: Scene): void => {
  if (y === undefined) return;
  const { palette, stroke } = scene.look;
  const marks = marksOf(scene);
  const edges = marks.map(({ bytes }) => Math.round(y.getPixelForValue(scene.model.series.totalBytes - bytes)));
  ctx.save();
  for (const [index, { level }] of marks.entries()) {
    const [low, high] = [edges[index] ?? chartArea.top, edges[index + 1] ?? chartArea.top];
    ctx.fillStyle = palette[level];
    ctx.globalAlpha = bandAlpha;
    ctx.fillRect(chartArea.left, high, chartArea.width, low - high);
    ctx.globalAlpha = 1;
    if (stroke > 1) ctx.fillRect(chartArea.left, low - 1, chartArea.width, 1);
  }
  ctx.restore();
};

/** `▲ 8 ◆ 4 ⬣ 2 GB left`, where the first band ends. */
const drawKey = ({ ctx, chartArea, scales: { y } }: Chart<'line'>, scene: Scene): void => {
  const marks = marksOf(scene);
  const [first] = marks;
  if (y === undefined || first === undefined) return;
  const { palette, fontPx, fontFamily } = scene.look;
  const small = fontPx * 0.9;
  const radius = small * 0.38;
  ctx.save();
  ctx.font = `${small}px ${fontFamily}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const words = marks.map(({ bytes }, index) => {
    const figure = gbFigure(bytes).replace('.0', '');
    return index === marks.length - 1 ? `${figure} GB left` : figure;
  });
  const widths = words.map((word) => radius * 2.7 + ctx.measureText(word).width);
  const between = small * 0.6;
  const width = widths.reduce((sum, each) => sum + each, between * (marks.length - 1));
  const edge = y.getPixelForValue(scene.model.series.totalBytes - first.bytes);
  const at = Math.max(edge, chartArea.top + small * 0.7) + 1;
  let left = chartArea.left + 5;
  plate(ctx, scene.look, { left, y: at, width }, small);
  for (const [index, { level }] of marks.entries()) {
    ctx.fillStyle = palette[level];
    levelPath(ctx, level, left + radius, at, radius);
    ctx.fill();
    ctx.fillStyle = palette.text;
    ctx.fillText(words[index] ?? '', left + radius * 2.7, at);
    left += (widths[index] ?? 0) + between;
  }
  ctx.restore();
};

/** Bands that hang from the top: where used memory reaches one, its level begins. */
export const headroom: ScenePlugin = (scene) => ({
  id: 'headroom',
  beforeDatasetsDraw: (chart) => drawBands(chart, scene),
  afterDatasetsDraw: (chart) => drawKey(chart, scene),
});
