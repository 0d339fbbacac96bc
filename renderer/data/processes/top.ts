import type { ProcessRow } from '../../../helper/protocol/status.ts';

/** Order of processes or groups of them, and what RSS makes of each. */

export type TopOrder = 'footprint' | 'rss';

export interface Sized {
  readonly footprintBytes: number;
  readonly rssBytes: number;
}

/** One that keeps its name from sample to sample. */
export interface Keyed extends Sized {
  readonly key: string;
}

/** Below this share of the footprint an RSS-based tool does not see the process for what it is. */
const blindShare = 0.1;

/** How the operator knows a process: by its seat when it has one. */
export const processName = (row: ProcessRow): string => row.seat ?? row.name;

const sizeFor = (each: Sized, by: TopOrder): number => (by === 'rss' ? each.rssBytes : each.footprintBytes);

/** Largest first; equal sizes by key, so that rows do not swap places for nothing. */
export const orderBySize = <T extends Keyed>(each: readonly T[], by: TopOrder): readonly T[] =>
  [...each].sort((a, b) => sizeFor(b, by) - sizeFor(a, by) || (a.key < b.key ? -1 : 1));

/**
 * While the pointer or the focus is on the list its rows keep their places, so that none is mistaken for another: rows
 * that were there stay in the order `held`, new ones come below, vanished ones go.
 */
export const holdPlaces = <T extends { readonly key: string }>(
  ordered: readonly T[],
  held: readonly string[],
): readonly T[] => {
  const place = new Map(held.map((key, index) => [key, index]));
  const last = held.length;
  return ordered
    .map((each, index) => ({ each, index }))
    .sort((a, b) => (place.get(a.each.key) ?? last) - (place.get(b.each.key) ?? last) || a.index - b.index)
    .map(({ each }) => each);
};

export interface RssView {
  /** RSS over footprint; null when the footprint is zero. */
  readonly share: number | null;
  /** RSS misses at least nine tenths of the footprint. */
  readonly blind: boolean;
}

export const rssView = ({ footprintBytes, rssBytes }: Sized): RssView => {
  if (footprintBytes <= 0) return { share: null, blind: false };
  const share = rssBytes / footprintBytes;
  return { share, blind: share < blindShare };
};

/** What the longest bar stands for, bytes. */
export const longestOf = (all: readonly Sized[]): number =>
  all.reduce((most, each) => Math.max(most, each.footprintBytes, each.rssBytes), 1);

/** Lengths of the two bars as shares of the longest: RSS can exceed the footprint (shared pages), but not the track. */
export const barShares = (each: Sized, longest: number): { readonly footprint: number; readonly rss: number } => ({
  footprint: each.footprintBytes / longest,
  rss: each.rssBytes / longest,
});
