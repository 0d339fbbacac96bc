import { Chart, type ChartDataset, Filler, LinearScale, LineController, LineElement, PointElement } from 'chart.js';
import { memoryTicks } from '../data/charts/axis.ts';
import { type Series, tierNames } from '../data/charts/series.ts';
import type { Figure } from '../data/definitions.ts';
import { cursor } from './cursor.ts';
import { edgeLabels } from './edge-labels.ts';
import { figureAt } from './figure-at.ts';
import { gaps } from './gaps.ts';
import { headroom } from './headroom.ts';
import { marks } from './marks.ts';
import { type ChartFrame, type ChartModel, type Look, type Scene, type ScenePlugin, stripsHeight } from './model.ts';
import { reserve } from './reserve.ts';
import { strips } from './strips.ts';
import { timeAxis } from './time-axis.ts';

/**
 * The stacked tiers. Sums are made here and not by Chart.js: its stacks match points by x and cost a pass for each
 * dataset, while ours share one x by construction. Each column is two points, so that it is drawn as the step it is and a
 * single one between gaps is still seen.
 */

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler);

type Points = { x: number; y: number }[];
type Dataset = ChartDataset<'line', Points>;

export interface TiersChart {
  readonly draw: (model: ChartModel) => void;
  readonly moveCursor: (column: number | null) => void;
  readonly restyle: (look: Look) => void;
  /** Left and right edge of the plot in CSS pixels of the canvas. */
  readonly plot: () => { readonly left: number; readonly right: number };
  /** What stands beside the plot at that height, CSS pixels from the top. */
  readonly figureAt: (y: number) => Figure | null;
  readonly destroy: () => void;
}

const pointsFor = (count: number): Points =>
  Array.from({ length: count * 2 }, (_, index) => ({ x: Math.ceil(index / 2), y: Number.NaN }));

const fill = (datasets: readonly Dataset[], series: Series): void => {
  for (const [order, tier] of tierNames.entries()) {
    const points = datasets[order]?.data ?? [];
    const below = datasets[order - 1]?.data;
    for (let index = 0; index < series.count; index++) {
      const sum =
        (below === undefined ? 0 : (below[index * 2]?.y ?? Number.NaN)) + (series.tiers[tier][index] ?? Number.NaN);
      const [left, right] = [points[index * 2], points[index * 2 + 1]];
      if (left === undefined || right === undefined) continue;
      left.y = sum;
      right.y = sum;
    }
  }
};

const style = (datasets: readonly Dataset[], look: Look): void => {
  for (const [order, tier] of tierNames.entries()) {
    const dataset = datasets[order];
    if (dataset === undefined) continue;
    dataset.borderColor = tier === 'free' ? look.palette.grid : look.palette.edge;
    dataset.borderWidth = look.stroke;
    if (tier !== 'free') dataset.backgroundColor = look.fills[tier];
  }
};

const padding = ({ look: { fontPx, gutterPx }, frame }: Scene) => ({
  top: fontPx * 0.5,
  right: gutterPx,
  bottom: frame.hasStrips ? stripsHeight(fontPx) : fontPx * 0.5,
});

const overPlot: readonly ScenePlugin[] = [gaps, marks, reserve, headroom, edgeLabels];

export const createTiersChart = (
  canvas: HTMLCanvasElement,
  model: ChartModel,
  look: Look,
  frame: ChartFrame,
): TiersChart => {
  const scene: Scene = { model, look, frame };
  const datasets: Dataset[] = tierNames.map((tier, order) => ({
    data: pointsFor(model.series.count),
    fill: tier === 'free' ? false : order === 0 ? 'origin' : '-1',
  }));
  style(datasets, look);
  fill(datasets, model.series);
  const font = () => ({ family: scene.look.fontFamily, size: scene.look.fontPx });
  const chart = new Chart(canvas, {
    type: 'line',
    data: { datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      events: [],
      elements: { point: { radius: 0, hitRadius: 0 }, line: { tension: 0, borderJoinStyle: 'miter' } },
      layout: { padding: () => padding(scene) },
      scales: {
        x: {
          type: 'linear',
          min: 0,
          max: model.series.count,
          display: false,
        },
        y: {
          type: 'linear',
          min: 0,
          max: model.series.totalBytes,
          border: { display: false },
          grid: { color: () => scene.look.palette.grid, drawTicks: false },
          afterFit: (axis) => {
            if (frame.axisPx !== null) axis.width = frame.axisPx;
          },
          afterBuildTicks: (axis) => {
            axis.ticks = memoryTicks(scene.model.series.totalBytes).map((value) => ({ value }));
          },
          ticks: {
            callback: (value) => String(Math.round(Number(value) / 2 ** 30)),
            padding: 4,
            autoSkip: false,
            font,
            color: () => scene.look.palette.quiet,
          },
        },
      },
    },
    plugins: [...overPlot, ...(frame.hasStrips ? [strips, timeAxis] : []), cursor].map((plugin) => plugin(scene)),
  });

  // What the axes were made for; the series itself is changed in place.
  let [columns, totalBytes] = [model.series.count, model.series.totalBytes];

  /** Axes, ticks and layout, too. */
  const update = (): void => {
    const { series } = scene.model;
    [columns, totalBytes] = [series.count, series.totalBytes];
    // Asked for each time, because Chart.js makes the objects anew with every update; written only on change.
    const { x, y } = chart.options.scales ?? {};
    if (x !== undefined && x.max !== series.count) x.max = series.count;
    if (y !== undefined && y.max !== series.totalBytes) y.max = series.totalBytes;
    for (const dataset of datasets) {
      if (dataset.data.length !== series.count * 2) {
        dataset.data.splice(0, dataset.data.length, ...pointsFor(series.count));
      }
    }
    fill(datasets, series);
    chart.update('none');
  };
  /** While only values change, all else stands where it stood: to lay it out again costs as much as to draw. */
  const refill = (): void => {
    fill(datasets, scene.model.series);
    for (const { controller } of chart.getSortedVisibleDatasetMetas()) controller.update('none');
    chart.draw();
  };
  return {
    draw: (next) => {
      scene.model = next;
      if (next.series.count === columns && next.series.totalBytes === totalBytes) refill();
      else update();
    },
    moveCursor: (column) => {
      scene.model = { ...scene.model, cursor: column };
      chart.draw();
    },
    restyle: (next) => {
      scene.look = next;
      style(datasets, next);
      update();
    },
    plot: () => ({ left: chart.chartArea.left, right: chart.chartArea.right }),
    figureAt: (y) => figureAt(chart, scene, y),
    destroy: () => chart.destroy(),
  };
};
