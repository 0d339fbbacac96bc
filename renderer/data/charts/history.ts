import { type ReadonlySignal, signal } from '@preact/signals';
import type { Bridge } from '../../../app/ipc/contract.ts';
import type { HistoryRange, Status } from '../../../helper/protocol/status.ts';
import { addStatus, emptySeries, fromHistory, rangeMs, type Series } from './series.ts';

/**
 * History of the chosen range: asked for once, kept current by the statuses that come anyway, and asked for again once a
 * column's width of time has passed, so that the buckets are the keeper's own.
 */

/** Buckets narrower than this are not worth asking again for: the live tail has every sample of them. */
const shortestRefetchMs = 10_000;

/** The keeper measures every two seconds: narrower columns would be empty by turns, and look like gaps. */
const narrowestMs = 2500;

/** Columns of a range on a plot that has room for `fitting`, one a pixel. */
export const columnsFor = (range: HistoryRange, fitting: number): number =>
  Math.min(fitting, mostColumns, Math.floor(rangeMs[range] / narrowestMs));

/** What one answer holds at most. */
const mostColumns = 2000;

export interface HistoryView {
  readonly range: ReadonlySignal<HistoryRange>;
  /** The object is changed in place; `version` says when. */
  readonly series: ReadonlySignal<Series | null>;
  readonly version: ReadonlySignal<number>;
  /** Why the history could not be had; empty when it could. */
  readonly problem: ReadonlySignal<string>;
  readonly choose: (range: HistoryRange) => void;
  /** Columns that fit the plot, one a pixel. */
  readonly resize: (columns: number) => void;
  readonly add: (status: Status) => void;
}

export const createHistory = (bridge: Pick<Bridge, 'history'>, now: () => number): HistoryView => {
  const range = signal<HistoryRange>('15m');
  const series = signal<Series | null>(null);
  const version = signal(0);
  const problem = signal('');
  // Signals are peeked at, not read, below: an effect that adds a status must not follow what it writes.
  let fitting = 0;
  let latest: Status | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  /** Only the answer to the newest question counts. */
  let question = 0;
  /** The keeper's own columns of what is shown: they come in with the next status, and cost no drawing of their own. */
  let held: Series | null = null;

  const show = (next: Series): void => {
    if (latest !== null) addStatus(next, latest);
    series.value = next;
    version.value = version.peek() + 1;
  };

  const hold = (next: Series): void => {
    if (latest !== null) addStatus(next, latest);
    held = next;
  };

  const isLike = (next: Series): boolean => {
    const current = series.peek();
    return current?.range === next.range && current.count === next.count;
  };

  const ask = async (mayWait: boolean): Promise<void> => {
    if (fitting === 0) return;
    const mine = ++question;
    held = null;
    askedAtMs = now();
    const answer = await bridge.history(range.peek(), columnsFor(range.peek(), fitting));
    if (mine !== question) return;
    problem.value = answer.ok ? '' : answer.failure.message;
    if (!answer.ok) return;
    const next = fromHistory(answer.history);
    if (mayWait && isLike(next)) hold(next);
    else show(next);
  };

  const startEmpty = (): void => {
    if (fitting === 0) return;
    const columns = columnsFor(range.peek(), fitting);
    show(emptySeries(range.peek(), columns, latest?.atMs ?? now(), latest?.machine.totalBytes ?? 0));
  };

  return {
    range,
    series,
    version,
    problem,
    choose: (next) => {
      if (next === range.peek()) return;
      // The picture stays until its successor has come: a switch shows no empty frame.
      range.value = next;
      void ask(false);
    },
    resize: (columns) => {
      if (columns === fitting || columns < 1) return;
      fitting = columns;
      if (series.peek() === null) startEmpty();
      void ask(false);
    },
    add: (status) => {
      // After a break the columns missed in between are wanted at once.
      const isUnbroken = latest !== null && status.atMs - latest.atMs < narrowestMs;
      latest = status;
      const current = held ?? series.peek();
      held = null;
      if (current === null) {
        startEmpty();
        return;
      }
      show(current);
      if (now() - askedAtMs >= Math.max(current.columnMs, shortestRefetchMs)) void ask(isUnbroken);
    },
  };
};
