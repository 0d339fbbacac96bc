import type { ProcessRow } from '../../helper/protocol/status.ts';

/** Order of the process list, and what RSS makes of each row. */

export type TopOrder = 'footprint' | 'rss';

/** Below this share of the footprint an RSS-based tool does not see the process for what it is. */
const blindShare = 0.1;

export const rowKey = (row: ProcessRow): string => `${row.pid}:${row.start}`;

/** How the operator knows a process: by its seat when it has one. */
export const processName = (row: ProcessRow): string => row.seat ?? row.name;

const sizeFor = (row: ProcessRow, by: TopOrder): number => (by === 'rss' ? row.rssBytes : row.footprintBytes);

/** Largest first; equal sizes by pid, so that rows do not swap places for nothing. */
export const orderRows = (rows: readonly ProcessRow[], by: TopOrder): readonly ProcessRow[] =>
  [...rows].sort((a, b) => sizeFor(b, by) - sizeFor(a, by) || a.pid - b.pid);

/**
 * While the pointer or the focus is on the list its rows keep their places, so that none is mistaken for another: rows
 * that were there stay in the order `held`, new ones come below, vanished ones go.
 */
export const holdRows = (ordered: readonly ProcessRow[], held: readonly string[]): readonly ProcessRow[] => {
  const place = new Map(held.map((key, index) => [key, index]));
  const last = held.length;
  return ordered
    .map((row, index) => ({ row, index }))
    .sort((a, b) => (place.get(rowKey(a.row)) ?? last) - (place.get(rowKey(b.row)) ?? last) || a.index - b.index)
    .map(({ row }) => row);
};

export interface RssView {
  /** RSS over footprint; null when the footprint is zero. */
  readonly share: number | null;
  /** RSS misses at least nine tenths of the footprint. */
  readonly blind: boolean;
}

export const rssView = (row: ProcessRow): RssView => {
  if (row.footprintBytes <= 0) return { share: null, blind: false };
  const share = row.rssBytes / row.footprintBytes;
  return { share, blind: share < blindShare };
};

/** Lengths of the two bars as shares of the longest: RSS can exceed the footprint (shared pages), but not the track. */
export const barShares = (
  row: ProcessRow,
  rows: readonly ProcessRow[],
): { readonly footprint: number; readonly rss: number } => {
  const longest = Math.max(1, ...rows.map((other) => Math.max(other.footprintBytes, other.rssBytes)));
  return { footprint: row.footprintBytes / longest, rss: row.rssBytes / longest };
};
