import { gbFigure, noFigure, timeOfDay } from '../../text/format.ts';
import { levelAt, levelShort } from '../../text/levels.ts';
import { stateWords } from '../seats/seats.ts';
import { columnTime, type Series, tierNames } from './series.ts';
import { stateAt } from './timeline.ts';

/** The chart as a table, for those who cannot see it: one row for several columns, each the tightest of them. */

/** One column for each seat at the end. */
export const tableHead = ({ seats }: Series): readonly string[] => [
  'time',
  'level',
  ...tierNames,
  'swap',
  ...seats.map(({ name }) => name),
];

const figure = (bytes: number | undefined): string =>
  bytes === undefined || Number.isNaN(bytes) ? noFigure : gbFigure(bytes);

const tightest = (series: Series, from: number, to: number): number => {
  let best = from;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = from; index < to; index++) {
    const held = (series.tiers.wired[index] ?? 0) + (series.tiers.compressed[index] ?? 0);
    if (held > most) {
      most = held;
      best = index;
    }
  }
  return best;
};

/** Newest first, at most `most` rows; spans in which nothing was measured keep their row. */
export const tableRows = (series: Series, most = 30): readonly (readonly string[])[] => {
  const each = Math.max(1, Math.ceil(series.count / most));
  const rows: string[][] = [];
  for (let to = series.count; to > 0; to -= each) {
    const index = tightest(series, Math.max(0, to - each), to);
    const level = series.level[index] ?? Number.NaN;
    const time = timeOfDay(columnTime(series, index));
    rows.push([
      series.range === '15m' ? time : time.slice(0, 5),
      Number.isNaN(level) ? noFigure : levelShort[levelAt(level)],
      ...tierNames.map((tier) => figure(series.tiers[tier][index])),
      figure(series.swapUsed[index]),
      ...series.seats.map((seat) => {
        const state = stateAt(seat, index);
        return state === null ? noFigure : stateWords[state].toLowerCase();
      }),
    ]);
  }
  return rows;
};
