import type { Series } from '../../data/charts/series.ts';

/** What every row of the overview shares: the columns, where their plot lies in CSS pixels of the row, and the cursor. */
export interface Plot {
  readonly series: Series;
  /** Changes with the series, which is changed in place. */
  readonly version: number;
  readonly left: number;
  readonly right: number;
  /** Of the whole row. */
  readonly width: number;
  readonly cursor: number | null;
}

/** Width of the axis at the left, CSS pixels: room for a row's name and its figures. */
export const axisPx = 108;

export const plotWidth = ({ left, right }: Pick<Plot, 'left' | 'right'>): number => Math.max(0, right - left);

export const xOf = ({ series, left, right }: Plot, column: number): number => (column / series.count) * (right - left);
