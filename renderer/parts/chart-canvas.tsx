import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Status } from '../../helper/protocol/status.ts';
import { onLookChange, readLook } from '../chart/look.ts';
import type { ChartFrame, ChartModel } from '../chart/model.ts';
import { createTiersChart, type TiersChart } from '../chart/tiers-chart.ts';
import { columnAt } from '../data/charts/axis.ts';
import { type EventMark, groupMarks } from '../data/charts/events.ts';
import type { HistoryView } from '../data/charts/history.ts';
import { emptySeries, tierNames } from '../data/charts/series.ts';
import { definitionId, definitions } from '../data/definitions.ts';
import type { Store } from '../data/state.ts';
import { cursorKey } from '../keys.ts';
import { gbFigure, list, shorten } from '../text/format.ts';
import { chartLabel } from '../text/labels.ts';

interface Props {
  readonly status: Status;
  readonly history: HistoryView;
  readonly store: Store;
  readonly cursor: number | null;
  readonly onCursor: (column: number | null, byKey: boolean) => void;
  readonly onTable: () => void;
  /** Where the plot lies now, in CSS pixels of the chart. */
  readonly onPlot: (left: number, right: number) => void;
  /** What was done and asked, to be marked. */
  readonly events: readonly EventMark[];
  readonly frame?: ChartFrame;
}

/** What its labels mean, for who asks a screen reader to describe the picture. */
const described = ([...tierNames, 'reserve', 'headroom_bands', 'kernel_level', 'level'] as const)
  .map(definitionId)
  .join(' ');

const popoverFrame: ChartFrame = { axisPx: null, hasStrips: true };

const reserveTexts = ({ keptBytes, for: names }: NonNullable<Status['reserve']>): readonly string[] => [
  `${gbFigure(keptBytes)} more kept for ${list(names.map((name) => shorten(name)))}`,
  `${gbFigure(keptBytes)} more kept for ${names.length} seat${names.length === 1 ? '' : 's'}`,
  `${gbFigure(keptBytes)} kept`,
];

/** Of the width: closer flags would lie over each other. */
const markApart = 1 / 120;

const modelOf = (
  status: Status,
  history: HistoryView,
  cursor: number | null,
  events: readonly EventMark[],
): ChartModel => {
  const { reserve, machine, level, thresholds } = status;
  const series = history.series.value ?? emptySeries(history.range.value, 1, status.atMs, machine.totalBytes);
  return {
    series,
    tiers: machine.tiers,
    level: level.name,
    kernelLevel: machine.kernelLevel,
    thresholds,
    reserveTexts: reserve === null || reserve.keptBytes <= 0 ? [] : reserveTexts(reserve),
    cursor,
    marks: groupMarks(series, events, series.count * markApart).map(({ column }) => column),
  };
};

/** Times a piece of drawing for whoever observes the page, and keeps nothing. */
const timed = (name: string, start: number): void => {
  performance.measure(name, { start });
  performance.clearMeasures(name);
};

export const ChartCanvas = ({
  status,
  history,
  store,
  cursor,
  onCursor,
  onTable,
  onPlot,
  events,
  frame = popoverFrame,
}: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<TiersChart | null>(null);
  const version = history.version.value;
  const visible = store.visible.value;

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const made = createTiersChart(element, modelOf(status, history, null, events), readLook(element), frame);
    chart.current = made;
    const measure = (): void => {
      const { left, right } = made.plot();
      history.resize(Math.round(right - left));
      onPlot(left, right);
    };
    measure();
    const restyle = (): void => made.restyle(readLook(element));
    const stop = onLookChange(restyle);
    let [width, height] = [element.clientWidth, element.clientHeight];
    const size = new ResizeObserver(() => {
      // It calls once for nothing: that size has just been drawn.
      if (element.clientWidth === width && element.clientHeight === height) return;
      [width, height] = [element.clientWidth, element.clientHeight];
      restyle();
      measure();
    });
    size.observe(element);
    return () => {
      stop();
      size.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, []);

  // One update for each change of the data; hidden, none. The status changes only together with the version. Drawn with the
  // page and not after it: an effect runs behind the frame, and the canvas would cost one of its own.
  useLayoutEffect(() => {
    if (!visible) return;
    const start = performance.now();
    chart.current?.draw(modelOf(status, history, cursor, events));
    timed('castellan:chart-update', start);
  }, [version, visible, events]);

  useLayoutEffect(() => {
    if (visible) chart.current?.moveCursor(cursor);
  }, [cursor]);

  const count = history.series.value?.count ?? 0;
  const onPointerMove = (event: PointerEvent): void => {
    const plot = chart.current?.plot();
    const box = canvas.current?.getBoundingClientRect();
    if (plot === undefined || box === undefined) return;
    const x = event.clientX - box.left;
    // Beside the plot the figures are: what they mean is shown as it is elsewhere.
    const figure = x > plot.right ? (chart.current?.figureAt(event.clientY - box.top) ?? null) : null;
    const title = figure === null ? '' : definitions[figure];
    if (canvas.current !== null && canvas.current.title !== title) canvas.current.title = title;
    onCursor(columnAt(x, plot.left, plot.right, count), false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = cursorKey(event, cursor, count);
    if (key === null) return;
    event.preventDefault();
    if (key.kind === 'table') onTable();
    else onCursor(key.to, true);
  };
  return (
    <div
      class="chart"
      data-testid="chart-tiers"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the cursor of the picture is moved with the arrow keys
      tabIndex={0}
      aria-label={chartLabel(history.series.value, history.series.value?.range ?? history.range.value)}
      aria-describedby={described}
      aria-keyshortcuts="ArrowLeft ArrowRight Alt+ArrowDown"
      onPointerMove={onPointerMove}
      onPointerLeave={() => onCursor(null, false)}
      onKeyDown={onKeyDown}
      onBlur={() => onCursor(null, false)}
    >
      <canvas ref={canvas} />
    </div>
  );
};
