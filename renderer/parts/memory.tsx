import { useSignal } from '@preact/signals';
import type { Status } from '../../helper/protocol/status.ts';
import type { HistoryView } from '../data/charts/history.ts';
import { readoutAt, spokenReadout } from '../data/charts/readout.ts';
import type { Store } from '../data/state.ts';
import { Aloud } from './aloud.tsx';
import { ChartCanvas } from './chart-canvas.tsx';
import { DataTable } from './data-table.tsx';
import { Forecast } from './forecast.tsx';
import { useMarks } from './marks.ts';
import { Ranges } from './ranges.tsx';
import { Rates } from './rates.tsx';
import { useSpoken } from './spoken.ts';
import { Swap } from './swap.tsx';
import { TableButton } from './table-button.tsx';
import { type PlotEdges, Timeline } from './timeline.tsx';

interface Props {
  readonly status: Status;
  readonly history: HistoryView;
  readonly store: Store;
}

export const Memory = ({ status, history, store }: Props) => {
  const cursor = useSignal<number | null>(null);
  const table = useSignal(false);
  const series = history.series.value;
  const plot = useSignal<PlotEdges>({ left: 0, right: 0 });
  // Read so that a change in place draws again.
  const version = history.version.value;
  const at = cursor.value;
  const events = useMarks(status);
  const readout = at === null || series === null ? null : readoutAt(series, at, status.atMs, events);
  const byKey = useSignal(false);
  const spoken = useSpoken(byKey.value ? at : null, readout === null ? '' : spokenReadout(readout));
  return (
    <section class="memory" aria-label="Memory">
      <div class="row">
        <Ranges history={history} keysOf={(nth) => `⌘${nth} or Ctrl+${nth}`} />
        <Swap swap={status.machine.swap} series={series} />
      </div>
      <ChartCanvas
        status={status}
        history={history}
        store={store}
        cursor={cursor.value}
        events={events}
        onCursor={(column, key) => {
          byKey.value = key;
          cursor.value = column;
        }}
        onTable={() => {
          table.value = !table.value;
        }}
        onPlot={(left, right) => {
          if (left !== plot.peek().left || right !== plot.peek().right) plot.value = { left, right };
        }}
      />
      {series !== null && (
        <Timeline
          status={status}
          series={series}
          version={version}
          plot={plot.value}
          cursor={cursor.value}
          onCursor={(column) => {
            byKey.value = false;
            cursor.value = column;
          }}
        />
      )}
      <div class="readout" data-testid="readout">
        <p>
          {readout === null && history.problem.value === '' ? (
            <Rates status={status} />
          ) : (
            <span>{readout?.head ?? history.problem.value}</span>
          )}
          <TableButton open={table} />
        </p>
        {readout === null ? (
          <Forecast status={status} />
        ) : (
          <p class="figures">{readout.events.length === 0 ? readout.figures : readout.events.join(' · ')}</p>
        )}
      </div>
      <Aloud text={spoken} />
      {table.value && series !== null && <DataTable series={series} />}
    </section>
  );
};
