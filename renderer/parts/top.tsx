import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { AppSnapshot } from '../../app/ipc/contract.ts';
import type { ProcessRow, Status } from '../../helper/protocol/status.ts';
import { groupRows, type ProcessGroup, withNewer } from '../data/processes/groups.ts';
import { barShares, holdPlaces, orderBySize, rssView, type TopOrder } from '../data/processes/top.ts';
import type { Reading } from '../data/reading.ts';
import type { Store } from '../data/state.ts';
import { percent, rate, size } from '../text/format.ts';
import { groupLabel, processLabel } from '../text/labels.ts';
import { Bar } from './bar.tsx';
import { Defined } from './defined.tsx';

interface Props {
  readonly status: Status;
  readonly own: AppSnapshot['own'] | null;
  readonly store: Pick<Store, 'visible'>;
  readonly processes: Reading<'read.processes'>;
}

/** Growth worth a word in a row, bytes a second. */
const shownGrowth = 16 * 2 ** 20;

/** As many groups are shown. */
const mostGroups = 8;

/** The list is asked for this often at most: it takes the keeper a look at every process. */
const askEveryMs = 8000;
/** What is older says nothing of now. */
const oldAfterMs = 30_000;

/** All processes worth listing while the keeper tells of them, else the largest few of the status. */
const useRows = ({ status, store, processes }: Omit<Props, 'own'>): readonly ProcessRow[] => {
  const visible = store.visible.value;
  const askedMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (!visible || status.atMs - askedMs.current < askEveryMs) return;
    askedMs.current = status.atMs;
    processes.refresh();
  }, [status.atMs, visible]);
  const list = processes.answer.value?.result ?? null;
  if (list === null || Math.abs(status.atMs - list.atMs) > oldAfterMs) return status.top;
  return withNewer(list.processes, status.top);
};

const Row = ({ group, groups }: { readonly group: ProcessGroup; readonly groups: readonly ProcessGroup[] }) => {
  const rss = rssView(group);
  const bars = barShares(group, groups);
  const growth = group.growthBytesPerSecond ?? 0;
  const [first, ...others] = group.rows;
  return (
    <li
      class="top-row"
      data-testid="top-row"
      data-pid={first.pid}
      data-footprint={group.footprintBytes}
      data-rss={group.rssBytes}
      aria-label={others.length === 0 ? processLabel(first) : groupLabel(group)}
      title={others.length === 0 ? first.command : group.rows.map(({ pid, name }) => `${name} (pid ${pid})`).join('\n')}
    >
      <div class="what">
        <span class="name">
          {group.kind === 'seat' && <b>{group.name}</b>}
          <span>{group.kind === 'seat' || others.length === 0 ? first.name : group.name}</span>
          {others.length > 0 && <span class="quiet count">×{group.rows.length}</span>}
          {growth >= shownGrowth && <em>+{rate(growth)}</em>}
        </span>
        <Bar footprint={bars.footprint} rss={bars.rss} />
      </div>
      <Defined of="footprint" class="number">
        {size(group.footprintBytes)}
      </Defined>
      <span class="number rss">
        <Defined of="rss">{size(group.rssBytes)}</Defined>
        {rss.blind && rss.share !== null && (
          <Defined of="rss_share" class="quiet">
            RSS sees {percent(rss.share)}
          </Defined>
        )}
      </span>
    </li>
  );
};

export const Top = ({ own, ...rest }: Props) => {
  const { status } = rest;
  const order = useSignal<TopOrder>('footprint');
  const held = useSignal<readonly string[] | null>(null);
  const ordered = orderBySize(groupRows(useRows(rest)), order.value);
  const groups = (held.value === null ? ordered : holdPlaces(ordered, held.value)).slice(0, mostGroups);
  const byRss = order.value === 'rss';
  return (
    <section class="top" aria-label="Largest apps and programs">
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
      <div class="top-head quiet">
        <span>app or program</span>
        <Defined of="footprint" class="number">
          footprint
        </Defined>
        <Defined of="rss" class="number">
          RSS
        </Defined>
      </div>
      <ol
        onPointerEnter={() => {
          held.value = groups.map(({ key }) => key);
        }}
        onPointerLeave={() => {
          held.value = null;
        }}
      >
        {groups.map((group) => (
          <Row key={group.key} group={group} groups={groups} />
        ))}
      </ol>
      <p class="own quiet" data-testid="own-footprint">
        <Defined of="footprint">
          Castellan itself: keeper {size(status.keeper.footprintBytes)}
          {own !== null && own.memoryBytes !== null && `, app ${size(own.memoryBytes)}`}
        </Defined>
      </p>
    </section>
  );
};
