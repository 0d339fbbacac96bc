import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Status } from '../../helper/protocol/status.ts';
import type { HistoryView } from '../data/history.ts';
import { type Readout, readoutAt, readoutNow } from '../data/readout.ts';
import type { Store } from '../data/state.ts';
import { ranges } from '../keys.ts';
import { rangeSpoken } from '../text/labels.ts';
import { ChartCanvas } from './chart-canvas.tsx';
import { DataTable } from './data-table.tsx';
import { Swap } from './swap.tsx';
import { type PlotEdges, Timeline } from './timeline.tsx';

interface Props {
  readonly status: Status;
  readonly history: HistoryView;
  readonly store: Store;
}

/** Spoken at most once a second: a held arrow key would otherwise queue minutes of speech. */
const speakAfterMs = 1000;

export const Memory = ({ status, history, store }: Props) => {
  const cursor = useSignal<number | null>(null);
  const table = useSignal(false);
  const spoken = useSignal('');
  const series = history.series.value;
  const plot = useSignal<PlotEdges>({ left: 0, right: 0 });
  // Read so that a change in place draws again.
  const version = history.version.value;
  const at = cursor.value;
  const now: Readout = readoutNow(status);
  const readout = at === null || series === null ? now : readoutAt(series, at, status.atMs);
  const byKey = useSignal(false);
  useEffect(() => {
    if (!byKey.value || at === null) return;
    const timer = setTimeout(() => {
      spoken.value = [readout.head, readout.figures, readout.seats].filter((text) => text !== '').join('. ');
    }, speakAfterMs);
    return () => clearTimeout(timer);
  }, [at]);
  return (
    <section class="memory" aria-label="Memory">
      <div class="row">
        <fieldset class="tabs" aria-label="Range">
          {ranges.map((range, index) => (
            <button
              key={range}
              type="button"
              data-testid={`range-${range}`}
              aria-pressed={history.range.value === range}
              aria-label={`${range}: ${rangeSpoken[range]}`}
              title={`${rangeSpoken[range]} (⌘${index + 1} or Ctrl+${index + 1})`}
              onClick={() => history.choose(range)}
            >
              {range}
            </button>
          ))}
        </fieldset>
        <Swap swap={status.machine.swap} series={series} />
      </div>
      <ChartCanvas
        status={status}
        history={history}
        store={store}
        cursor={cursor.value}
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
          <span>{history.problem.value === '' || at !== null ? readout.head : history.problem.value}</span>
          <button
            type="button"
            class="text-button"
            aria-expanded={table.value}
            onClick={() => {
              table.value = !table.value;
            }}
          >
            Table
          </button>
        </p>
        <p class="figures">{readout.figures}</p>
      </div>
      <p class="unseen" aria-live="polite">
        {spoken.value}
      </p>
      {table.value && series !== null && <DataTable series={series} />}
    </section>
  );
};
