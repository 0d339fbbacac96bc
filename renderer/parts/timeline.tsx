import { Fragment } from 'preact';
import { useMemo } from 'preact/hooks';
import type { SeatState } from '../../helper/protocol/seats.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { columnAt } from '../data/charts/axis.ts';
import { type PlacedTick, type ProbeTick, placedTicks, ticksText } from '../data/charts/probe-ticks.ts';
import type { SeatSeries, Series } from '../data/charts/series.ts';
import { rowLabel, runsOf, runTitle, shownSeats, stateAt } from '../data/charts/timeline.ts';
import { stateWords } from '../data/seats/seats.ts';
import { rangeSpoken } from '../text/labels.ts';
import { Gaps } from './gaps.tsx';
import { StatePatterns } from './state-patterns.tsx';

/** Where the chart's plot lies in CSS pixels, so that the rows below share its time axis. */
export interface PlotEdges {
  readonly left: number;
  readonly right: number;
}

interface Props {
  readonly status: Status;
  readonly series: Series;
  /** Changes with the series, which is changed in place. */
  readonly version: number;
  readonly plot: PlotEdges;
  readonly cursor: number | null;
  readonly onCursor: (column: number | null) => void;
  /** The row of this seat alone. */
  readonly only?: string;
  /** When the seats were asked for their health, under their rows. */
  readonly probes?: readonly ProbeTick[];
}

/** Rough width of a letter of the small text, and what a block keeps free at its sides. */
const letterPx = 5.8;
const asidePx = 8;
const fits = (text: string, width: number): boolean => text.length * letterPx + asidePx <= width;

const word = (state: SeatState | null): string => (state === null ? '–' : stateWords[state].toLowerCase());

interface RowProps extends Pick<Props, 'series' | 'version' | 'plot' | 'cursor'> {
  readonly seat: SeatSeries;
  readonly now: SeatState | null;
}

const tickHeight = 7;

/** One that passed is a tick, one that failed a cross. */
const Ticks = ({
  ticks,
  series,
  width,
}: Pick<Props, 'series'> & { readonly ticks: readonly PlacedTick[]; readonly width: number }) => (
  <svg class="probe-ticks" width={width} height={tickHeight} aria-hidden="true" data-testid="probe-ticks">
    {ticks.map(({ column, ok, title }) => {
      const x = ((column + 0.5) / series.count) * width;
      return (
        <path key={column} class={ok ? 'passed' : 'failed'} d={ok ? `M${x} 1V5` : `M${x - 3} .5l6 6m0-6l-6 6`}>
          <title>{title}</title>
        </path>
      );
    })}
  </svg>
);

const Row = ({ seat, series, version, plot, cursor, now }: RowProps) => {
  const width = plot.right - plot.left;
  const x = (column: number): number => (column / series.count) * width;
  const runs = useMemo(() => runsOf(seat), [seat, version]);
  const shown = cursor === null ? now : stateAt(seat, cursor);
  return (
    <div class="timeline-row" data-testid="timeline-row" data-seat={seat.name}>
      <svg width={width} height="100%" aria-hidden="true">
        <Gaps values={seat.state} version={version} width={width} height="100%" />
        {/* Keyed by their order, as `Gaps` are. */}
        {runs.map((run, nth) => {
          const [left, wide] = [x(run.from), x(run.to) - x(run.from)];
          return (
            <g key={nth} class="run" data-state={run.state}>
              <title>{runTitle(series, seat, run)}</title>
              <rect class="ground" x={left} width={wide} height="100%" />
              <rect class="block" x={left} width={wide} height="100%" />
              <rect class="band" x={left} width={wide} height="3" />
              <rect class="base" x={left} y="calc(50% - 0.5px)" width={wide} height="1" />
              {fits(stateWords[run.state], wide) && (
                <text x={left + wide / 2} y="50%">
                  {word(run.state)}
                </text>
              )}
            </g>
          );
        })}
        {cursor !== null && <rect class="cursor" x={x(cursor + 0.5)} width="1" height="100%" />}
      </svg>
      <span class="timeline-name quiet" title={seat.name}>
        {seat.name}
      </span>
      <span class="timeline-word">{word(shown)}</span>
    </div>
  );
};

/** One row a seat, on the chart's own time axis and under its cursor. */
export const Timeline = ({ status, series, version, plot, cursor, onCursor, only, probes }: Props) => {
  const seats = shownSeats(
    series,
    status.seats.map(({ name }) => name),
  ).filter(({ name }) => only === undefined || name === only);
  if (seats.length === 0 || plot.right <= plot.left) return null;
  const rows = seats.map((seat) => ({ seat, ticks: probes && placedTicks(series, probes, seat.name) }));
  const label = rows.map(({ seat, ticks }) => `${rowLabel(seat)} ${ticksText(ticks ?? [])}`.trim()).join(' ');
  const onPointerMove = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onCursor(columnAt(event.clientX - box.left, plot.left, plot.right, series.count));
  };
  return (
    <div
      class="timeline"
      data-testid="timeline"
      role="img"
      aria-label={`Seats, ${rangeSpoken[series.range]}. ${label}`}
      style={{ paddingLeft: `${plot.left}px` }}
      onPointerMove={onPointerMove}
      onPointerLeave={() => onCursor(null)}
    >
      <StatePatterns />
      {rows.map(({ seat, ticks }) => (
        <Fragment key={seat.name}>
          <Row
            seat={seat}
            series={series}
            version={version}
            plot={plot}
            cursor={cursor}
            now={status.seats.find(({ name }) => name === seat.name)?.state ?? null}
          />
          {ticks !== undefined && ticks.length > 0 && (
            <Ticks ticks={ticks} series={series} width={plot.right - plot.left} />
          )}
        </Fragment>
      ))}
    </div>
  );
};
