import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { columnAt } from '../../data/charts/axis.ts';
import { type MarkGroup, markText } from '../../data/charts/events.ts';
import { readoutAt, spokenReadout } from '../../data/charts/readout.ts';
import { firstFew } from '../../data/relief/relief.ts';
import { Advice } from '../../parts/advice.tsx';
import { Aloud } from '../../parts/aloud.tsx';
import { ChartCanvas } from '../../parts/chart-canvas.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Forecast } from '../../parts/forecast.tsx';
import { Ranges } from '../../parts/ranges.tsx';
import { Rates } from '../../parts/rates.tsx';
import { Relief } from '../../parts/relief.tsx';
import { useSpoken } from '../../parts/spoken.ts';
import { TableButton } from '../../parts/table-button.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { EventsRow } from '../overview/events-row.tsx';
import { GrowthRow } from '../overview/growth-row.tsx';
import { KernelRow, LevelRow } from '../overview/level-rows.tsx';
import { axisPx, type Plot } from '../overview/plot.ts';
import { SwapRow } from '../overview/swap-row.tsx';
import { TimeRow } from '../overview/time-row.tsx';
import { useEvents } from '../overview/use-events.ts';
import type { PageProps } from '../pages.tsx';

/** Heights of the plots, CSS pixels. */
const heights = { swap: 56, growth: 56, kernel: 16, level: 16 } as const;

/** Lines of the read-out: it must not cover what it is about. */
const shownEvents = 3;

const frame = { axisPx, hasStrips: false } as const;

/** The machine over time: all rows on one time axis and under one cursor; what is done about it; the read-out at the bottom. */
export const OverviewPage = ({ bridge, status, store, history, probes, asking, canAct }: PageProps) => {
  const cursor = useSignal<number | null>(null);
  const speaks = useSignal(false);
  const group = useSignal<MarkGroup | null>(null);
  const table = useSignal(false);
  const edges = useSignal({ left: 0, right: 0, width: 0 });
  const rows = useRef<HTMLDivElement>(null);
  const series = history.series.value;
  const version = history.version.value;
  const { events, digests } = useEvents(bridge, store, status);
  const at = cursor.value;
  const read = at === null || series === null ? null : readoutAt(series, at, status.atMs, events);
  // A group of events is told whole, also what of it lies beside the cursor.
  const readout = read === null || group.value === null ? read : { ...read, events: group.value.marks.map(markText) };
  const spoken = useSpoken(speaks.value ? at : null, readout === null ? '' : spokenReadout(readout));
  const move = (column: number | null, isByKey: boolean): void => {
    speaks.value = isByKey;
    group.value = null;
    cursor.value = column;
  };
  const onPointerMove = (event: PointerEvent): void => {
    const box = rows.current?.getBoundingClientRect();
    const { left, right } = edges.peek();
    if (box !== undefined && series !== null)
      move(columnAt(event.clientX - box.left, left, right, series.count), false);
  };
  const plot: Plot | null =
    series === null || edges.value.right <= edges.value.left ? null : { series, version, cursor: at, ...edges.value };
  return (
    <section class="overview" aria-label="Memory over time">
      <h2 class="unseen">Overview</h2>
      <div class="row overview-head">
        <Ranges history={history} keysOf={(nth) => `⌥${nth}`} />
        <Forecast status={status} />
        <TableButton open={table} />
      </div>
      {table.value && series !== null && <DataTable series={series} />}
      <div
        ref={rows}
        class="rows"
        style={{ '--plot-left': `${axisPx}px` }}
        onPointerMove={onPointerMove}
        onPointerLeave={() => move(null, false)}
      >
        <p class="tiers-name">
          Memory <span class="quiet">GB</span>
        </p>
        <ChartCanvas
          status={status}
          history={history}
          store={store}
          cursor={at}
          events={events}
          frame={frame}
          onCursor={move}
          onTable={() => {
            table.value = !table.value;
          }}
          onPlot={(left, right) => {
            const width = rows.current?.clientWidth ?? 0;
            const { left: l, right: r, width: w } = edges.peek();
            if (left !== l || right !== r || width !== w) edges.value = { left, right, width };
          }}
        />
        {plot !== null && (
          <>
            <SwapRow status={status} plot={plot} height={heights.swap} />
            <GrowthRow status={status} plot={plot} height={heights.growth} />
            <KernelRow status={status} plot={plot} height={heights.kernel} />
            <LevelRow status={status} plot={plot} height={heights.level} />
            <Timeline
              status={status}
              series={plot.series}
              version={version}
              plot={plot}
              cursor={at}
              probes={[...digests, ...probes.value]}
              onCursor={(column) => move(column, false)}
            />
            <EventsRow
              plot={plot}
              events={events}
              onGroup={(next) => {
                move(next?.column ?? null, next !== null);
                group.value = next;
              }}
            />
            <TimeRow plot={plot} />
          </>
        )}
      </div>
      <Relief status={status} asking={asking} canAct={canAct} />
      <Advice status={status} store={store} />
      <div class="overview-readout" data-testid="readout">
        {readout === null && history.problem.value === '' ? (
          <p>
            <Rates status={status} />
          </p>
        ) : (
          <p>{readout?.head ?? history.problem.value}</p>
        )}
        <p class="quiet">{readout?.figures ?? 'Point at the charts, or go along them with the arrow keys.'}</p>
        {readout !== null && readout.seats !== '' && <p class="quiet">{readout.seats}</p>}
        {firstFew(readout?.events ?? [], shownEvents).map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
      <Aloud text={spoken} />
    </section>
  );
};
