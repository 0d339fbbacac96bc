import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SeatStatus } from '../../../helper/protocol/seats.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { stepPaths } from '../../chart/step-path.ts';
import { columnAt } from '../../data/charts/axis.ts';
import type { HistoryView } from '../../data/charts/history.ts';
import { columnTime, peakOf, type SeatSeries, type Series } from '../../data/charts/series.ts';
import { stateAt } from '../../data/charts/timeline.ts';
import { stateWords } from '../../data/seats/seats.ts';
import { Gaps } from '../../parts/gaps.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { useWidth } from '../../parts/use-width.ts';
import { gb, noFigure, timeOfDay } from '../../text/format.ts';
import { rangeSpoken } from '../../text/labels.ts';

interface Props {
  readonly seat: SeatStatus;
  readonly status: Status;
  readonly history: HistoryView;
}

const height = 48;

interface FootprintProps {
  readonly seat: SeatStatus;
  readonly of: SeatSeries;
  readonly series: Series;
  readonly version: number;
  readonly width: number;
}

/** Its footprint under the line of its declared peak. */
const Footprint = ({ seat, of, series, version, width }: FootprintProps) => {
  const highest = peakOf(of.footprint, 0, of.footprint.length);
  const top = Math.max(seat.peakBytes, seat.footprintBytes, Number.isNaN(highest) ? 0 : highest, 1) * 1.05;
  const paths = useMemo(
    () => stepPaths(of.footprint, { width, height, top }),
    [of.footprint, version, series, width, top],
  );
  const peakY = height - (seat.peakBytes / top) * height;
  return (
    <svg
      class="seat-footprint"
      width={width}
      height={height}
      role="img"
      aria-label={`Footprint of ${seat.name}, ${rangeSpoken[series.range]}: ${
        Number.isNaN(highest) ? 'nothing known' : `at most ${gb(highest)}`
      }, declared peak ${gb(seat.peakBytes)}.`}
    >
      <Gaps values={of.footprint} version={version} width={width} height={height} />
      <path class="row-area seat-area" d={paths.area} />
      <path class="row-line" d={paths.line} />
      <line class="peak-line" x2={width} y1={peakY} y2={peakY} />
      <text class="peak-text" x={width - 3} y={Math.min(height - 3, peakY + 10)}>
        peak {gb(seat.peakBytes)}
      </text>
    </svg>
  );
};

/** What the seat held and what it did, over the chosen range. */
export const SeatHistory = ({ seat, status, history }: Props) => {
  const { ref, width } = useWidth<HTMLDivElement>();
  const cursor = useSignal<number | null>(null);
  // Also here the range is asked for in as many columns as fit; the other cards ask for the same.
  useEffect(() => {
    if (width > 0) history.resize(width);
  }, [width]);
  const series = history.series.value;
  const version = history.version.value;
  const of = series?.seats.find(({ name }) => name === seat.name);
  const at = cursor.value;
  const state = of === undefined || at === null ? null : stateAt(of, at);
  const footprint = of === undefined || at === null ? Number.NaN : (of.footprint[at] ?? Number.NaN);
  return (
    <div
      ref={ref}
      class="seat-history"
      data-testid="seat-history"
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        cursor.value = series === null ? null : columnAt(event.clientX - box.left, 0, width, series.count);
      }}
      onPointerLeave={() => {
        cursor.value = null;
      }}
    >
      {series !== null && of !== undefined && width > 0 ? (
        <>
          <Footprint seat={seat} of={of} series={series} version={version} width={width} />
          <Timeline
            status={status}
            series={series}
            version={version}
            only={seat.name}
            plot={{ left: 0, right: width }}
            cursor={at}
            onCursor={() => {}}
          />
          <p class="quiet">
            {at === null
              ? `Highest footprint and state, ${rangeSpoken[series.range]}.`
              : `${timeOfDay(columnTime(series, at))}: ${state === null ? 'not known' : stateWords[state].toLowerCase()}, ${
                  Number.isNaN(footprint) ? noFigure : gb(footprint)
                }`}
          </p>
        </>
      ) : (
        <p class="quiet">{history.problem.value === '' ? 'No history yet.' : history.problem.value}</p>
      )}
    </div>
  );
};
