import type { ProcessRow } from '../../../helper/protocol/status.ts';
import type { Figure } from '../definitions.ts';
import { groupRows, type ProcessGroup } from './groups.ts';

/** The list of processes as a table: its columns, what is searched, and in which order. */

export type Column = 'name' | 'footprint' | 'rss' | 'compressed' | 'growth' | 'peak';

export interface ColumnHead {
  readonly column: Column;
  readonly title: string;
  /** Null: the word says it. */
  readonly of: Figure | null;
}

export const columns: readonly ColumnHead[] = [
  { column: 'name', title: 'App or program', of: null },
  { column: 'footprint', title: 'Footprint', of: 'footprint' },
  { column: 'rss', title: 'RSS', of: 'rss' },
  { column: 'compressed', title: 'Compressed', of: 'compressed_share' },
  { column: 'growth', title: 'Growth', of: 'growth' },
  { column: 'peak', title: 'Peak', of: 'peak_footprint' },
];

export interface Order {
  readonly by: Column;
  readonly isRising: boolean;
}

export const firstOrder: Order = { by: 'footprint', isRising: false };

/** Pressing the column that is sorted by turns it round; figures begin with the largest, names with A. */
export const nextOrder = (order: Order, by: Column): Order =>
  order.by === by ? { by, isRising: !order.isRising } : { by, isRising: by === 'name' };

/** Of one process. Peaks of several were not at one time: their sum was never in use, and the largest is not the group's. */
export const peakOf = ({ rows: [first, ...others] }: ProcessGroup): number | null =>
  others.length === 0 ? first.peakFootprintBytes : null;

/** Unknown figures stand below all known ones, whichever way the column runs. */
const figureOf = (group: ProcessGroup, by: Exclude<Column, 'name'>): number | null => {
  switch (by) {
    case 'footprint':
      return group.footprintBytes;
    case 'rss':
      return group.rssBytes;
    case 'compressed':
      return group.compressedBytes;
    case 'growth':
      return group.growthBytesPerSecond;
    case 'peak':
      return peakOf(group);
  }
};

const compare = (a: ProcessGroup, b: ProcessGroup, { by, isRising }: Order): number => {
  const sign = isRising ? 1 : -1;
  if (by === 'name') return sign * a.name.localeCompare(b.name);
  const [left, right] = [figureOf(a, by), figureOf(b, by)];
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return sign * (left - right);
};

export const orderGroups = (groups: readonly ProcessGroup[], order: Order): readonly ProcessGroup[] =>
  [...groups].sort((a, b) => compare(a, b, order) || (a.key < b.key ? -1 : 1));

const hasText = (row: ProcessRow, wanted: string): boolean =>
  [row.name, row.command, row.seat ?? '', String(row.pid)].some((text) => text.toLowerCase().includes(wanted));

/** Groups whose name has the text, whole; of the others what has it in name, command or pid. */
export const searchGroups = (rows: readonly ProcessRow[], text: string): readonly ProcessGroup[] => {
  const groups = groupRows(rows);
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return groups;
  return groups.flatMap((group) =>
    group.name.toLowerCase().includes(wanted) ? [group] : groupRows(group.rows.filter((row) => hasText(row, wanted))),
  );
};

const stateWords: Readonly<Record<ProcessRow['state'], string>> = {
  running: 'running',
  sleeping: 'sleeping',
  stopped: 'frozen',
  zombie: 'ended, not collected',
};

/** What is out of the ordinary; most processes run and sleep by turns, which says nothing. Empty: nothing is. */
export const stateText = ({ state }: ProcessRow): string =>
  state === 'stopped' || state === 'zombie' ? stateWords[state] : '';

export const groupState = ({ rows }: ProcessGroup): string => {
  const odd = rows.map(stateText).filter((text) => text !== '');
  const [first] = odd;
  if (first === undefined) return '';
  return rows.length === 1 ? first : `${odd.length} ${first}`;
};

export interface Totals {
  readonly footprintBytes: number;
  readonly rssBytes: number;
}

export const totalsOf = (groups: readonly ProcessGroup[]): Totals => ({
  footprintBytes: groups.reduce((sum, { footprintBytes }) => sum + footprintBytes, 0),
  rssBytes: groups.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
});
