import type { SeatState } from '../../../helper/protocol/seats.ts';
import { clockSpan, percent, timeOfDay } from '../../text/format.ts';
import { stateWords } from '../seats/seats.ts';
import type { SeatSeries, Series } from './series.ts';
import { seatCodes } from './series.ts';

/** The rows under the chart: what each seat was doing, over the columns of the series. */

export interface StateRun {
  readonly state: SeatState;
  /** First column, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

export const stateAt = ({ state }: SeatSeries, column: number): SeatState | null =>
  seatCodes[state[column] ?? Number.NaN] ?? null;

/** Equal neighbours as one; columns of which nothing is known are left out. */
export const runsOf = (seat: SeatSeries): readonly StateRun[] => {
  const runs: StateRun[] = [];
  let from = 0;
  for (let column = 1; column <= seat.state.length; column++) {
    const before = stateAt(seat, column - 1);
    if (column < seat.state.length && stateAt(seat, column) === before) continue;
    if (before !== null) runs.push({ state: before, from, to: column });
    from = column;
  }
  return runs;
};

/** Seats that are there now, or did something in this range. */
export const shownSeats = (series: Series, names: readonly string[]): readonly SeatSeries[] =>
  series.seats.filter((seat) => names.includes(seat.name) || runsOf(seat).some(({ state }) => state !== 'absent'));

const word = (state: SeatState): string => stateWords[state].toLowerCase();

/** For who points at a block: what it was, from when to when. */
export const runTitle = (series: Series, { name }: SeatSeries, { state, from, to }: StateRun): string => {
  const fromMs = series.fromMs + from * series.columnMs;
  const toMs = series.fromMs + to * series.columnMs;
  return `${name}: ${word(state)}, ${timeOfDay(fromMs)} to ${timeOfDay(toMs)} (${clockSpan((toMs - fromMs) / 1000)})`;
};

/** What a screen reader says of a row: what holds now, and where the time went. */
export const rowLabel = (seat: SeatSeries): string => {
  const counts = new Map<SeatState, number>();
  let known = 0;
  let latest: SeatState | null = null;
  for (let column = 0; column < seat.state.length; column++) {
    const state = stateAt(seat, column);
    if (state === null) continue;
    known += 1;
    latest = state;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  if (latest === null) return `${seat.name}: nothing known.`;
  if (counts.size === 1) return `${seat.name}: ${word(latest)} throughout.`;
  const shares = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([state, count]) => `${word(state)} ${percent(count / known)}`);
  return `${seat.name}: ${word(latest)} now; ${shares.join(', ')} of the time.`;
};

/** For the read-out under the cursor; empty where nothing is known. */
export const statesAt = (seats: readonly SeatSeries[], column: number): string =>
  seats
    .map((seat) => ({ name: seat.name, state: stateAt(seat, column) }))
    .filter(({ state }) => state !== null)
    .map(({ name, state }) => `${name} ${state === null ? '' : word(state)}`)
    .join(', ');
