import { useSignal } from '@preact/signals';
import type { AppSnapshot } from '../../app/ipc/contract.ts';
import type { ProcessRow, Status } from '../../helper/protocol/status.ts';
import { barShares, holdRows, orderRows, rowKey, rssView, type TopOrder } from '../data/top.ts';
import { percent, rate, size } from '../text/format.ts';
import { processLabel } from '../text/labels.ts';
import { Bar } from './bar.tsx';

interface Props {
  readonly status: Status;
  readonly own: AppSnapshot['own'] | null;
}

/** Growth worth a word in a row, bytes a second. */
const shownGrowth = 16 * 2 ** 20;

const Row = ({ row, rows }: { readonly row: ProcessRow; readonly rows: readonly ProcessRow[] }) => {
  const rss = rssView(row);
  const bars = barShares(row, rows);
  const growth = row.growthBytesPerSecond ?? 0;
  return (
    <li
      class="top-row"
      data-testid="top-row"
      data-pid={row.pid}
      data-footprint={row.footprintBytes}
      data-rss={row.rssBytes}
      aria-label={processLabel(row)}
      title={row.command}
    >
      <div class="what">
        <span class="name">
          {row.seat !== null && <b>{row.seat}</b>}
          <span>{row.name}</span>
          {growth >= shownGrowth && <em>+{rate(growth)}</em>}
        </span>
        <Bar footprint={bars.footprint} rss={bars.rss} />
      </div>
      <span class="number">{size(row.footprintBytes)}</span>
      <span class="number rss">
        {size(row.rssBytes)}
        {rss.blind && rss.share !== null && <span class="quiet">RSS sees {percent(rss.share)}</span>}
      </span>
    </li>
  );
};

export const Top = ({ status, own }: Props) => {
  const order = useSignal<TopOrder>('footprint');
  const held = useSignal<readonly string[] | null>(null);
  const ordered = orderRows(status.top, order.value);
  const rows = held.value === null ? ordered : holdRows(ordered, held.value);
  const byRss = order.value === 'rss';
  return (
    <section class="top" aria-label="Largest processes">
      <div class="row">
        <h2>{byRss ? 'By RSS: what RSS-based tools see' : 'Largest, by footprint'}</h2>
        {held.value !== null && <span class="quiet paused">paused</span>}
        <button
          type="button"
          class="text-button"
          aria-pressed={byRss}
          title="Shows the order that tools which sort by RSS would give"
          onClick={() => {
            order.value = byRss ? 'footprint' : 'rss';
            held.value = null;
          }}
        >
          Sort by RSS
        </button>
      </div>
      <div class="top-head quiet" aria-hidden="true">
        <span>process</span>
        <span class="number">footprint</span>
        <span class="number">RSS</span>
      </div>
      <ol
        onPointerEnter={() => {
          held.value = rows.map(rowKey);
        }}
        onPointerLeave={() => {
          held.value = null;
        }}
      >
        {rows.map((row) => (
          <Row key={rowKey(row)} row={row} rows={rows} />
        ))}
      </ol>
      <p class="own quiet" data-testid="own-footprint">
        Castellan itself: keeper {size(status.keeper.footprintBytes)}
        {own !== null && own.memoryBytes !== null && `, app ${size(own.memoryBytes)}`}
      </p>
    </section>
  );
};
