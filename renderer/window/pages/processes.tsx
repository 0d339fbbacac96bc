import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { columns, firstOrder, nextOrder, orderGroups, searchGroups, totalsOf } from '../../data/processes/table.ts';
import { holdPlaces, longestOf, rssView } from '../../data/processes/top.ts';
import { Defined } from '../../parts/defined.tsx';
import { gb, percent } from '../../text/format.ts';
import type { PageProps } from '../pages.tsx';
import { GroupRows } from '../processes/rows.tsx';
import { useProcessList } from '../processes/use-process-list.ts';

/** All processes worth listing, by seat, app and program; their order stands still while the pointer or the focus is on them. */
export const ProcessesPage = ({ bridge, status, live }: PageProps) => {
  const list = useProcessList(bridge);
  const text = useSignal('');
  const order = useSignal(firstOrder);
  const open = useSignal<ReadonlySet<string>>(new Set());
  const held = useSignal<readonly string[] | null>(null);
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onFind = (event: KeyboardEvent): void => {
      if (event.key !== 'f' || event.metaKey === event.ctrlKey || event.altKey) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener('keydown', onFind);
    return () => document.removeEventListener('keydown', onFind);
  }, []);
  const rows = list?.processes ?? status.top;
  const ordered = orderGroups(searchGroups(rows, text.value), order.value);
  const groups = held.value === null ? ordered : holdPlaces(ordered, held.value);
  const hold = (): void => {
    held.value ??= groups.map(({ key }) => key);
  };
  const longest = longestOf(groups);
  const totals = totalsOf(groups);
  const { share } = rssView(totals);
  const toggle = (key: string): void => {
    const next = new Set(open.value);
    if (!next.delete(key)) next.add(key);
    open.value = next;
  };
  return (
    <section class="processes" aria-label="Processes">
      <h2 class="unseen">Processes</h2>
      <div class="row processes-head">
        <label class="search">
          <span class="unseen">Filter by name, command or process id</span>
          <input
            ref={search}
            type="search"
            placeholder="Filter"
            title="Name, command or process id (⌘F or Ctrl+F)"
            value={text.value}
            data-testid="process-filter"
            onInput={(event) => {
              text.value = event.currentTarget.value;
            }}
          />
        </label>
        <p class="quiet" data-testid="process-totals">
          <Defined of="footprint">{gb(totals.footprintBytes)} in use here</Defined>
          {', '}
          <Defined of="rss">RSS tells of {gb(totals.rssBytes)}</Defined>
          {share !== null && share < 1 && <Defined of="rss_share"> ({percent(share)})</Defined>}
        </p>
        <p class="quiet count">
          {held.value !== null && <span class="paused">order paused · </span>}
          <Defined of="processes">
            {rows.length} of {status.processCount ?? 'an unknown number of'} processes
          </Defined>
          {list === null && live && ', the largest'}
        </p>
      </div>
      <table class="process-table">
        <caption class="unseen">
          Processes by seat, app and program. Sorted by {order.value.by}, {order.value.isRising ? 'rising' : 'falling'}.
        </caption>
        <thead>
          <tr>
            {columns.map(({ column, title, of }) => {
              const isBy = order.value.by === column;
              const sorted = (
                <span class="sorted" aria-hidden="true">
                  {isBy ? (order.value.isRising ? '▲' : '▼') : ''}
                </span>
              );
              return (
                <th
                  key={column}
                  scope="col"
                  class={column}
                  aria-sort={isBy ? (order.value.isRising ? 'ascending' : 'descending') : 'none'}
                >
                  <button
                    type="button"
                    class="sort"
                    data-testid={`sort-${column}`}
                    onClick={() => {
                      order.value = nextOrder(order.value, column);
                      held.value = null;
                    }}
                  >
                    {column !== 'name' && sorted}
                    {of === null ? title : <Defined of={of}>{title}</Defined>}
                    {column === 'name' && sorted}
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody
          onPointerEnter={hold}
          onPointerLeave={() => {
            held.value = null;
          }}
          onFocusIn={hold}
          onFocusOut={() => {
            held.value = null;
          }}
        >
          {groups.map((group) => (
            <GroupRows
              key={group.key}
              group={group}
              longest={longest}
              isOpen={open.value.has(group.key)}
              onToggle={() => toggle(group.key)}
            />
          ))}
        </tbody>
      </table>
      {groups.length === 0 && <p class="quiet none">Nothing here has “{text.value}” in its name or command.</p>}
      {list?.omitted !== undefined && <p class="quiet">{list.omitted} smaller ones are left out.</p>}
    </section>
  );
};
