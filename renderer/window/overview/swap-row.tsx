import { useMemo } from 'preact/hooks';
import type { Status } from '../../../helper/protocol/status.ts';
import { stepPaths } from '../../chart/step-path.ts';
import { spread } from '../../data/charts/axis.ts';
import { swapShares, swapSizes, swapTop } from '../../data/charts/scales.ts';
import { Defined } from '../../parts/defined.tsx';
import { gb, gbFigure, noFigure, percent, rate } from '../../text/format.ts';
import { type Plot, plotWidth } from './plot.ts';
import { Row } from './row.tsx';

interface Props {
  readonly status: Status;
  readonly plot: Plot;
  readonly height: number;
}

/** Swap in GB; beside it the shares of the present total at which levels begin, which move with the swap files. */
export const SwapRow = ({ status, plot, height }: Props) => {
  const { swap } = status.machine;
  const { series, version, cursor } = plot;
  const width = plotWidth(plot);
  const total = swap?.totalBytes ?? 0;
  const top = swapTop(series, total);
  const paths = useMemo(
    () => stepPaths(series.swapUsed, { width, height, top }),
    [series, version, width, height, top],
  );
  const y = (bytes: number): number => height - (bytes / top) * height;
  const sizes = swapSizes(top);
  const shares = swapShares(status.thresholds, total, top);
  // Labels of shares that lie close keep their order and move apart.
  const placed = spread(shares.map(({ value }) => y(value)).toReversed(), 10, 7, height - 2).toReversed();
  // Of the past only what was used is known: the total has changed since.
  const isNow = cursor === null;
  const used = isNow ? (swap?.usedBytes ?? Number.NaN) : (series.swapUsed[cursor] ?? Number.NaN);
  const moving = swap === null ? 0 : (swap.inBytesPerSecond ?? 0) + (swap.outBytesPerSecond ?? 0);
  const says = swap === null ? 'not read' : total === 0 ? 'no swap' : `${gb(swap.usedBytes)} of ${gb(total)} in use`;
  return (
    <Row
      name="Swap"
      unit="GB"
      of="swap"
      plot={plot}
      height={height}
      testid="row-swap"
      label={`Swap: ${says}, axis to ${gb(top)}.`}
      ticks={[
        { y: 0, text: gbFigure(top).replace('.0', '') },
        ...sizes
          .map(({ value, text }) => ({ y: y(value), text }))
          .filter((tick) => tick.y > 11 && tick.y < height - 11),
        { y: height, text: '0' },
      ]}
      value={
        <>
          <Defined of="swap" class="now">
            {total === 0 ? says : Number.isNaN(used) ? noFigure : gb(used)}
          </Defined>
          {isNow && total > 0 && !Number.isNaN(used) && <span class="quiet">{percent(used / total)} of the total</span>}
          {isNow && moving >= 2 ** 20 && (
            <Defined of="swap_traffic" class="quiet">
              {rate(moving)} in and out
            </Defined>
          )}
        </>
      }
    >
      {sizes.map(({ value, text }) => (
        <line key={text} class="mark-line" x2={width} y1={y(value)} y2={y(value)} />
      ))}
      <path class="row-area" d={paths.area} />
      <path class="row-line" d={paths.line} />
      {shares.map(({ value, text }, index) => (
        <g key={text} class="share-mark">
          <line x1={0} x2={width} y1={y(value)} y2={y(value)} />
          <text x={width - 3} y={(placed[index] ?? 0) + 3}>
            {text}
          </text>
        </g>
      ))}
    </Row>
  );
};
