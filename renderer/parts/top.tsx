import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ProcessRow, Status } from '../../helper/protocol/status.ts';
import type { ProcessList } from '../../helper/protocol/verbs.ts';
import { groupRows, type ProcessGroup, withNewer } from '../data/processes/groups.ts';
import { barShares, holdPlaces, longestOf, orderBySize, rssView, type TopOrder } from '../data/processes/top.ts';
import type { Reading } from '../data/reading.ts';
import type { Store } from '../data/state.ts';
import { percent, rate, size } from '../text/format.ts';
import { groupLabel, processLabel } from '../text/labels.ts';
import { Bar } from './bar.tsx';
import { Defined } from './defined.tsx';

interface Props {
  readonly status: Status;
  readonly store: Pick<Store, 'visible' | 'own'>;
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

/** All processes worth listing while the keeper tells of them, else null: the largest few of the status are all there is. */
const useList = ({ status, store, processes }: Props): readonly ProcessRow[] | null => {
  const visible = store.visible.value;
  const askedMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (!visible || status.atMs - askedMs.current < askEveryMs) return;
    askedMs.current = status.atMs;
    processes.refresh();
  }, [status.atMs, visible]);
  const isOld = (list: ProcessList | undefined): boolean =>
    list === undefined || Math.abs(status.atMs - list.atMs) > oldAfterMs;
  // Where there is a list its successor comes in with the next status; only where there is none it is drawn at once.
  const known = processes.answer.peek()?.result;
  const list = isOld(known) ? processes.answer.value?.result : known;
  return list === undefined || isOld(list) ? null : list.processes;
};

const Row = ({ group, longest }: { readonly group: ProcessGroup; readonly longest: number }) => {
  const rss = rssView(group);
  const bars = barShares(group, longest);
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

/** Measured by itself: what comes of it is no news of anything above. */
const Own = ({ status, store }: Pick<Props, 'status' | 'store'>) => {
  const own = store.own.value;
  return (
    <p class="own quiet" data-testid="own-footprint">
      <Defined of="footprint">
        Castellan itself: keeper {size(status.keeper.footprintBytes)}
        {own !== null && own.memoryBytes !== null && `, app ${size(own.memoryBytes)}`}
      </Defined>
    </p>
  );
};

export const Top = (props: Props) => {
  const { status, store } = props;
  const order = useSignal<TopOrder>('footprint');
  const held = useSignal<readonly string[] | null>(null);
  const list = useList(props);
  const ordered = useMemo(
    () => orderBySize(groupRows(list === null ? status.top : withNewer(list, status.top)), order.value),
    [list, status.top, order.value],
  );
  const groups = (held.value === null ? ordered : holdPlaces(ordered, held.value)).slice(0, mostGroups);
  const longest = longestOf(groups);
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
          <Row key={group.key} group={group} longest={longest} />
        ))}
      </ol>
      <Own status={status} store={store} />
    </section>
  );
};
