import type { ActVerbName } from '../../../helper/protocol/relief.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { timeOfDay } from '../../text/format.ts';
import { activityView } from '../relief/relief.ts';
import type { Series } from './series.ts';

/** What happened, as marks on the time axis: acts, and what was asked and answered. */

/** What a mark is drawn as; shapes, so that none rests on its hue. */
export type EventSign = 'freeze' | 'less' | 'more' | 'end' | 'asked' | 'yes' | 'no' | 'note';

export interface EventMark {
  /** Wall time, ms since 1970. */
  readonly atMs: number;
  readonly sign: EventSign;
  readonly text: string;
}

/** With its time of day. */
export const markText = ({ atMs, text }: EventMark): string => `${timeOfDay(atMs).slice(0, 5)} ${text}`;

/** `less`: something is unloaded, shed or flushed; `more`: it comes back. */
export const signOf: Readonly<Record<ActVerbName, EventSign>> = {
  freeze: 'freeze',
  resume: 'more',
  shed: 'less',
  restore: 'more',
  bootout: 'less',
  terminate: 'end',
  kill: 'end',
  unload: 'less',
  purge: 'less',
  fallback: 'more',
  fallback_end: 'less',
  recover: 'end',
};

export const actMarks = ({ relief }: Pick<Status, 'relief'>): readonly EventMark[] =>
  relief.activity.map((each) => {
    const { what, outcome, against } = activityView(each);
    return { atMs: each.atMs, sign: signOf[each.verb], text: `${what}: ${outcome}. ${against}`.trim() };
  });

/** What waits now stands at the right edge: since when it waits is not told. */
export const waitingMarks = ({ relief, atMs }: Pick<Status, 'relief' | 'atMs'>): readonly EventMark[] =>
  relief.pending.map(({ title, dryRun }) => ({
    atMs,
    sign: 'asked',
    text: dryRun ? `Would ask: ${title}` : `Waits for you: ${title}`,
  }));

export interface MarkGroup {
  /** Column of the oldest of them. */
  readonly column: number;
  /** Oldest first. */
  readonly marks: readonly EventMark[];
}

/** Column of a time; null: outside the series. */
export const columnOf = (series: Pick<Series, 'fromMs' | 'columnMs' | 'count'>, atMs: number): number | null => {
  const column = Math.floor((atMs - series.fromMs) / series.columnMs);
  // What happens between two samples lies beyond the newest column until its sample comes.
  if (column >= series.count && column < series.count + 2) return series.count - 1;
  return Number.isFinite(column) && column >= 0 && column < series.count ? column : null;
};

/** Marks whose columns lie closer than `apart` to the first of a group are one group: they would lie over each other. */
export const groupMarks = (
  series: Pick<Series, 'fromMs' | 'columnMs' | 'count'>,
  marks: readonly EventMark[],
  apart: number,
): readonly MarkGroup[] => {
  const groups: { readonly column: number; readonly marks: EventMark[] }[] = [];
  for (const mark of [...marks].sort((a, b) => a.atMs - b.atMs)) {
    const column = columnOf(series, mark.atMs);
    if (column === null) continue;
    const last = groups.at(-1);
    if (last !== undefined && column - last.column < apart) last.marks.push(mark);
    else groups.push({ column, marks: [mark] });
  }
  return groups;
};
