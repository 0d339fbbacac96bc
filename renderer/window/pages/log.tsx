import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { byDay, filtered, isFiltered, noFilters } from '../../data/log/filters.ts';
import { mostRows } from '../../data/log/model.ts';
import { Defined } from '../../parts/defined.tsx';
import { Problem } from '../../parts/problem.tsx';
import { notAnswering } from '../../text/helper-words.ts';
import { useRefresh } from '../page-models.ts';
import type { PageProps } from '../pages.tsx';
import { LogEntryRow } from './log-entry.tsx';
import { LogFilterBar } from './log-filters.tsx';

/** Lines drawn at once; more by a press. */
const shownAtOnce = 200;

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const moves: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => Math.min(count - 1, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** What Castellan did, was asked to do, and what came of it, newest first. */
export const LogPage = (props: PageProps) => {
  const { log, asking, status, store, live, canAct } = props;
  const list = useRef<HTMLDivElement>(null);
  const stop = useSignal<string | null>(null);
  const most = useSignal(shownAtOnce);
  useRefresh(log.refresh, props);

  const all = log.entries.value;
  const found = filtered(all, log.filters.value);
  const shown = found.slice(0, most.value);
  const stopAt = shown.some(({ key }) => key === stop.value) ? stop.value : (shown[0]?.key ?? null);
  const readAtMs = log.readAtMs.value;
  const problem = live ? log.problem.value : notAnswering;
  const older = log.older.value;
  const filters = log.filters.value;

  const onKeyDown = (event: KeyboardEvent): void => {
    const move = moves[event.key];
    if (move === undefined || event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
    const lines = [...(list.current?.querySelectorAll<HTMLElement>('.log-what') ?? [])];
    const at = lines.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    event.preventDefault();
    lines[move(at, lines.length)]?.focus();
  };

  return (
    <section class="log" aria-label="Log">
      <LogFilterBar
        log={log}
        seats={status.seats.map(({ name }) => name)}
        matching={isFiltered(filters) ? found.length : null}
        live={live}
      />
      {problem !== '' && <Problem testid="log-problem" text={problem} fromMs={readAtMs} />}
      {log.missed.value && (
        <p class="sheet-problem" data-testid="log-missed">
          Rows were removed before they could be read: the log keeps the latest 128 MB.
        </p>
      )}
      {log.skipped.value > 0 && (
        <p class="quiet" data-testid="log-skipped">
          {counted(log.skipped.value, 'line of the file is no row', 'lines of the file are no rows')}: torn by a loss of
          power, or written by something else.
        </p>
      )}
      <p class="quiet log-count" role="status" data-testid="log-count">
        {readAtMs === null && problem === '' && 'Reading…'}
        {readAtMs !== null &&
          (isFiltered(filters)
            ? `${found.length} of ${counted(all.length, 'entry', 'entries')} read so far`
            : `${counted(all.length, 'entry', 'entries')}, newest first${problem === '' ? '; new ones come by themselves' : ''}`)}
        {isFiltered(filters) && (
          <button type="button" class="text-button" data-testid="log-clear" onClick={() => log.filter(noFilters)}>
            Clear filters
          </button>
        )}
      </p>
      {readAtMs !== null && all.length === 0 && problem === '' && (
        <p data-testid="log-empty">
          Nothing has been recorded yet. What Castellan does, or is asked to do, stands here.
        </p>
      )}
      {all.length > 0 && found.length === 0 && (
        <p data-testid="log-none">Nothing read so far matches{older === 'more' ? '; older rows may' : ''}.</p>
      )}
      {found.length > 0 && (
        <div class="log-line log-head quiet" aria-hidden="true">
          <span>Time</span>
          <Defined of="level_then">Level</Defined>
          <span>What</span>
          <span>Who</span>
          <Defined of="plan_result">Plan, and what came of it</Defined>
          <Defined of="measured_effect" class="log-outcome">
            Effect
          </Defined>
        </div>
      )}
      <div ref={list}>
        {byDay(shown, store.receivedAtMs.value ?? 0).map(({ day, entries }) => (
          <div key={`${day} ${entries[0]?.key}`} class="log-day">
            <h2>{day}</h2>
            <ol aria-label={day}>
              {entries.map((entry) => (
                <LogEntryRow
                  key={entry.key}
                  entry={entry}
                  log={log}
                  asking={asking}
                  instance={live && canAct ? status.keeper.instance : ''}
                  isStop={entry.key === stopAt}
                  onKeyDown={onKeyDown}
                  onStop={(key) => {
                    stop.value = key;
                  }}
                />
              ))}
            </ol>
          </div>
        ))}
      </div>
      {found.length > shown.length ? (
        <button
          type="button"
          class="plain-button"
          data-testid="log-more"
          onClick={() => {
            most.value += shownAtOnce;
          }}
        >
          Show {Math.min(shownAtOnce, found.length - shown.length)} more
        </button>
      ) : (
        older === 'more' && (
          <button
            type="button"
            class="plain-button"
            data-testid="log-older"
            aria-disabled={!live || log.isAsking.value}
            onClick={() => {
              most.value += shownAtOnce;
              log.readOlder();
            }}
          >
            Older entries
          </button>
        )
      )}
      {older === 'full' && found.length <= shown.length && (
        <p class="quiet">No more than {mostRows} rows are kept here; an export without filters has all of them.</p>
      )}
    </section>
  );
};
