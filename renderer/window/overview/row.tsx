import type { ComponentChildren } from 'preact';
import type { Figure } from '../../data/definitions.ts';
import { Defined } from '../../parts/defined.tsx';
import { Gaps } from '../../parts/gaps.tsx';
import { type Plot, plotWidth, xOf } from './plot.ts';

interface Props {
  readonly name: string;
  /** Unit of the axis; absent: it has none. */
  readonly unit?: string;
  readonly of: Figure;
  readonly plot: Plot;
  /** Height of the plot, CSS pixels. */
  readonly height: number;
  /** The row for a screen reader: what it shows, and what holds now. */
  readonly label: string;
  readonly testid: string;
  /** At the right edge: what holds now, or under the cursor. */
  readonly value: ComponentChildren;
  /** Figures of the axis, at their heights in CSS pixels from the top. */
  readonly ticks?: readonly { readonly y: number; readonly text: string }[];
  /** Inside the plot's SVG. */
  readonly children: ComponentChildren;
}

/** One row on the shared time axis: its name and axis at the left, the plot, what holds now at the right. */
export const Row = ({ name, unit, of, plot, height, label, testid, value, ticks = [], children }: Props) => {
  const width = plotWidth(plot);
  return (
    <div class="plot-row" data-testid={testid} role="img" aria-label={label}>
      <div class="row-name" style={{ width: `${plot.left}px` }}>
        <Defined of={of}>{name}</Defined>
        {unit !== undefined && <span class="quiet">{unit}</span>}
        {ticks.map((tick) => (
          <span
            key={tick.text}
            class="row-tick"
            style={{ top: `${tick.y}px`, transform: `translateY(${(-100 * tick.y) / height}%)` }}
          >
            {tick.text}
          </span>
        ))}
      </div>
      <svg class="row-plot" width={width} height={height} aria-hidden="true">
        <Gaps values={plot.series.tiers.wired} version={plot.version} width={width} height={height} />
        {children}
        {plot.cursor !== null && <rect class="cursor" x={xOf(plot, plot.cursor + 0.5)} width="1" height={height} />}
      </svg>
      <div class="row-value">{value}</div>
    </div>
  );
};
