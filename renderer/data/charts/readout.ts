import type { Status } from '../../../helper/protocol/status.ts';
import { clockSpan, gbFigure, rate, timeOfDay } from '../../text/format.ts';
import { kernelWord, levelAt, levelWord } from '../../text/levels.ts';
import type { Figure } from '../definitions.ts';
import { columnOf, type EventMark, markText } from './events.ts';
import { columnTime, type SeatSeries, type Series, tierNames } from './series.ts';
import { statesAt } from './timeline.ts';

/** The text under the chart: what the cursor is on, or how memory moves now. */

export interface Readout {
  readonly head: string;
  readonly figures: string;
  /** What each seat was doing; empty where nothing is known of any. */
  readonly seats: string;
  /** What was done or asked there, a sentence each. */
  readonly events: readonly string[];
}

export const spokenReadout = ({ head, figures, seats, events }: Readout): string =>
  [head, figures, seats, ...events].filter((text) => text !== '').join('. ');

/** Growth below this is measurement noise of a 2 s sample, not a trend. Bytes a second. */
const steadyBytesPerSecond = 8 * 2 ** 20;

const figuresOf = (series: Series, index: number): string => {
  const tiers = tierNames.map((tier) => `${tier} ${gbFigure(series.tiers[tier][index] ?? 0)}`);
  const swap = series.swapUsed[index] ?? Number.NaN;
  const growth = series.growth[index] ?? Number.NaN;
  return [
    ...tiers,
    ...(Number.isNaN(swap) ? [] : [`swap ${gbFigure(swap)}`]),
    // Only what is worth a word: most of the time the compressor rests.
    ...(Math.abs(growth) >= steadyBytesPerSecond ? [`compressor ${growth < 0 ? '−' : '+'}${rate(growth)}`] : []),
  ].join(', ');
};

/** A mark is a column wide, too narrow to be met by hand. */
const nearShare = 1 / 120;

const marksNear = (series: Series, marks: readonly EventMark[], index: number): readonly string[] => {
  const near = Math.max(1, series.count * nearShare);
  return marks
    .filter(({ atMs }) => {
      const column = columnOf(series, atMs);
      return column !== null && Math.abs(column - index) <= near;
    })
    .map(markText);
};

export const readoutAt = (
  series: Series,
  index: number,
  nowMs: number,
  marks: readonly EventMark[] = [],
  shown: readonly SeatSeries[] = series.seats,
): Readout => {
  const at = columnTime(series, index);
  const ago = Math.max(0, (nowMs - at) / 1000);
  const time = `${timeOfDay(at)}, ${clockSpan(ago)} ago`;
  const seats = statesAt(shown, index);
  const events = marksNear(series, marks, index);
  if (Number.isNaN(series.tiers.wired[index] ?? Number.NaN))
    return { head: time, figures: 'Nothing was measured here.', seats, events };
  const level = series.level[index] ?? Number.NaN;
  const kernel = series.kernelLevel[index] ?? Number.NaN;
  const words = [
    ...(Number.isNaN(level) ? [] : [levelWord[levelAt(level)]]),
    ...(Number.isNaN(kernel) ? [] : [`kernel ${kernelWord(kernel)}`]),
  ];
  return { head: [time, ...words].join(' · '), figures: figuresOf(series, index), seats, events };
};

const trend = (name: string, bytesPerSecond: number | null, up: string, down: string): string | null => {
  if (bytesPerSecond === null) return null;
  if (Math.abs(bytesPerSecond) < steadyBytesPerSecond) return `${name} steady`;
  return `${name} ${bytesPerSecond > 0 ? up : down} ${rate(bytesPerSecond)}`;
};

export interface Rate {
  readonly of: Figure;
  readonly text: string;
}

/** How memory and the compressor move; empty until that is measured. */
export const ratesNow = ({ machine }: Pick<Status, 'machine'>): readonly Rate[] =>
  (
    [
      ['fill_rate', trend('Memory', machine.fillBytesPerSecond, 'fills', 'frees')],
      ['compressor_growth', trend('compressor', machine.compressorGrowthBytesPerSecond, 'grows', 'shrinks')],
    ] as const
  ).flatMap(([of, text]) => (text === null ? [] : [{ of, text }]));

export const noRates = 'Measuring rates…';
