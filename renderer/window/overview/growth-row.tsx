import { useMemo } from 'preact/hooks';
import type { Status } from '../../../helper/protocol/status.ts';
import { stepPaths } from '../../chart/step-path.ts';
import { clippedAt, growthLine, growthTop } from '../../data/charts/scales.ts';
import { Defined } from '../../parts/defined.tsx';
import { noFigure, rate } from '../../text/format.ts';
import { type Plot, plotWidth, xOf } from './plot.ts';
import { Row } from './row.tsx';

interface Props {
  readonly status: Status;
  readonly plot: Plot;
  readonly height: number;
}

const MB = 2 ** 20;
/** Height of a figure of the axis, CSS pixels. */
const tickPx = 12;

/** Growth of the compressor; above the axis it is cut off, and the highest value told as a figure. */
export const GrowthRow = ({ status, plot, height }: Props) => {
  const { series, version, cursor } = plot;
  const width = plotWidth(plot);
  const top = growthTop(series);
  const paths = useMemo(() => stepPaths(series.growth, { width, height, top }), [series, version, width, height, top]);
  const clipped = useMemo(() => clippedAt(series, top), [series, version, top]);
  const now = status.machine.compressorGrowthBytesPerSecond;
  const shown = cursor === null ? (now ?? Number.NaN) : (series.growth[cursor] ?? Number.NaN);
  const lineY = height - (growthLine.value / top) * height;
  const says = now === null ? 'not measured yet' : `${now < 0 ? 'shrinks ' : 'grows '}${rate(now)}`;
  return (
    <Row
      name="Compressor"
      unit="growth, MB/s"
      of="compressor_growth"
      plot={plot}
      height={height}
      testid="row-growth"
      label={`Compressor: ${says}; mark at 100 megabytes a second.`}
      ticks={[
        { y: 0, text: String(top / MB) },
        { y: lineY, text: growthLine.text },
        ...(lineY < height - tickPx ? [{ y: height, text: '0' }] : []),
      ]}
      value={
        <Defined of="compressor_growth" class="now">
          {Number.isNaN(shown) ? noFigure : `${shown <= -0.5 * MB ? '−' : ''}${rate(shown)}`}
        </Defined>
      }
    >
      <path class="row-area growth" d={paths.area} />
      <path class="row-line" d={paths.line} />
      <line class="mark-line strong" x2={width} y1={lineY} y2={lineY} />
      {clipped !== null && (
        <text
          class="clipped"
          x={Math.min(width - 40, Math.max(40, xOf(plot, clipped.column)))}
          y="11"
          data-testid="growth-clipped"
        >
          {rate(clipped.value)}
        </text>
      )}
    </Row>
  );
};
