/** Figures for a terminal, beyond those that are the same everywhere. */

export { countdown, duration, rate, size } from '../protocol/figures.ts';

const GB = 2 ** 30;

/** "21.0", where the unit is said once for many. */
export const inGb = (bytes: number): string => (bytes / GB).toFixed(1);

export const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)} %`;
};

/** Local time of day, "14:03:07". */
export const timeOfDay = (wallMs: number): string => new Date(wallMs).toTimeString().slice(0, 8);

/** Columns of a bar of `columns` for parts of a whole, by largest remainder: they always sum to `columns`. */
export const barColumns = (parts: readonly number[], columns: number): readonly number[] => {
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (total <= 0) return parts.map(() => 0);
  const exact = parts.map((part) => (part / total) * columns);
  const floors = exact.map(Math.floor);
  const order = exact.map((value, at) => ({ at, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest);
  let left = columns - floors.reduce((sum, floor) => sum + floor, 0);
  for (const { at } of order) {
    if (left <= 0) break;
    floors[at] = (floors[at] ?? 0) + 1;
    left -= 1;
  }
  return floors;
};
