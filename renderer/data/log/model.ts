import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Bridge, Exported, ExportFormat, Said } from '../../../app/ipc/contract.ts';
import type { LogRow } from '../../../helper/protocol/relief.ts';
import { couldNotAsk } from '../../text/helper-words.ts';
import { type LogEntry, logEntries } from './entries.ts';
import { filtered, isFiltered, type LogFilters, noFilters } from './filters.ts';

/**
 * The log while its page is open: the last rows at once, new ones after each change of status, older ones when asked for, all
 * by the keeper's cursors. Reading changes nothing.
 */

const pageRows = 200;
/** More are not kept here: who wants all of them exports them. */
export const mostRows = 4000;

export interface LogModel {
  /** Newest first. */
  readonly entries: ReadonlySignal<readonly LogEntry[]>;
  /** Null: not asked yet. */
  readonly readAtMs: ReadonlySignal<number | null>;
  readonly isAsking: ReadonlySignal<boolean>;
  /** Why there is no newer answer; empty: there is. */
  readonly problem: ReadonlySignal<string>;
  /** Whether there are rows before these; `full`: there are, and no more are kept here. */
  readonly older: ReadonlySignal<'none' | 'more' | 'full'>;
  /** Rows were removed before they could be read, or were no rows. */
  readonly missed: ReadonlySignal<boolean>;
  readonly skipped: ReadonlySignal<number>;
  readonly filters: ReadonlySignal<LogFilters>;
  readonly expanded: ReadonlySignal<ReadonlySet<string>>;
  readonly exporting: ReadonlySignal<boolean>;
  /** New rows; at first the last there are. */
  readonly refresh: () => void;
  readonly readOlder: () => void;
  readonly filter: (change: Partial<LogFilters>) => void;
  readonly toggle: (key: string) => void;
  /** What the filters leave of what has been read; without any, all rows there are. */
  readonly exportTo: (format: ExportFormat) => void;
}

type Calls = Pick<Bridge, 'read' | 'exportLog'>;

const exportSaid = (exported: Exported): Said | null => {
  switch (exported.kind) {
    case 'cancelled':
      return null;
    case 'written':
      return {
        kind: 'done',
        title: 'Log exported',
        text: `${exported.rows} ${exported.rows === 1 ? 'row' : 'rows'} in ${exported.path}.`,
      };
    case 'failed':
      return { kind: 'failed', title: 'Log not exported', text: exported.why };
  }
};

export const createLogModel = (bridge: Calls, now: () => number, tell: (said: Said) => void): LogModel => {
  /** Oldest first, and the number of the first: it falls as older ones come. */
  const rows = signal<{ readonly rows: readonly LogRow[]; readonly first: number }>({ rows: [], first: 0 });
  const readAtMs = signal<number | null>(null);
  const isAsking = signal(false);
  const problem = signal('');
  const before = signal<string | null>(null);
  const isTrimmed = signal(false);
  const missed = signal(false);
  const skipped = signal(0);
  const filters = signal<LogFilters>(noFilters);
  const expanded = signal<ReadonlySet<string>>(new Set());
  const exporting = signal(false);
  let cursor: string | null = null;
  let wantsMore = false;

  type Page = Extract<Awaited<ReturnType<typeof ask>>, { readonly ok: true }>['result'];
  const ask = (where: { readonly after?: string; readonly before?: string }) =>
    bridge.read('read.log', { ...where, limit: pageRows });

  const asked = async (where: Parameters<typeof ask>[0], use: (page: Page) => void): Promise<void> => {
    if (isAsking.peek()) return;
    isAsking.value = true;
    try {
      const answer = await ask(where);
      if (answer.ok) {
        use(answer.result);
        problem.value = '';
        readAtMs.value = now();
        if (answer.result.missed === true) missed.value = true;
        skipped.value += answer.result.skipped ?? 0;
      } else problem.value = `${answer.failure.message} ${answer.failure.todo}`.trim();
    } catch {
      problem.value = couldNotAsk;
    } finally {
      isAsking.value = false;
    }
  };

  const keep = (next: readonly LogRow[], first: number): void => {
    const extra = Math.max(0, next.length - mostRows);
    if (extra > 0) isTrimmed.value = true;
    rows.value = { rows: extra > 0 ? next.slice(extra) : next, first: first + extra };
  };

  const refresh = async (): Promise<void> => {
    if (isAsking.peek()) {
      wantsMore = true;
      return;
    }
    wantsMore = false;
    let isMore = false;
    if (cursor === null) {
      await asked({}, (page) => {
        keep(page.rows, 0);
        before.value = page.older ?? null;
        cursor = page.cursor;
      });
    } else {
      await asked({ after: cursor }, (page) => {
        const known = rows.peek();
        if (page.rows.length > 0) keep([...known.rows, ...page.rows], known.first);
        isMore = page.rows.length >= pageRows && page.cursor !== cursor;
        cursor = page.cursor;
      });
    }
    if (wantsMore || isMore) void refresh();
  };

  const readOlder = async (): Promise<void> => {
    const from = before.peek();
    if (from === null || isTrimmed.peek()) return;
    await asked({ before: from }, (page) => {
      const known = rows.peek();
      before.value = page.older ?? null;
      if (known.rows.length + page.rows.length > mostRows) isTrimmed.value = true;
      else rows.value = { rows: [...page.rows, ...known.rows], first: known.first - page.rows.length };
    });
    if (wantsMore) void refresh();
  };

  const entries = computed(() => logEntries(rows.value.rows, rows.value.first));

  /** In their own order; null: all there are, here or not. */
  const chosenRows = (): readonly LogRow[] | null => {
    if (!isFiltered(filters.peek())) return null;
    const chosen = new Set(filtered(entries.peek(), filters.peek()).flatMap((entry) => entry.rows));
    return rows.peek().rows.filter((row) => chosen.has(row));
  };

  return {
    entries,
    readAtMs,
    isAsking,
    problem,
    older: computed(() => (isTrimmed.value ? 'full' : before.value === null ? 'none' : 'more')),
    missed,
    skipped,
    filters,
    expanded,
    exporting,
    refresh: () => void refresh(),
    readOlder: () => void readOlder(),
    filter: (change) => {
      const next = { ...filters.peek(), ...change };
      filters.value = isFiltered(next) ? next : noFilters;
    },
    toggle: (key) => {
      const next = new Set(expanded.peek());
      if (!next.delete(key)) next.add(key);
      expanded.value = next;
    },
    exportTo: (format) => {
      if (exporting.peek()) return;
      exporting.value = true;
      void bridge
        .exportLog(format, chosenRows())
        .then(
          (exported) => exportSaid(exported),
          (): Said => ({ kind: 'failed', title: 'Log not exported', text: 'The app could not write it.' }),
        )
        .then((said) => {
          exporting.value = false;
          if (said !== null) tell(said);
        });
    },
  };
};
