import { useMemo } from 'preact/hooks';
import { gapsOf } from '../data/charts/series.ts';

/** Spans in which nothing was measured are hatched wherever time runs to the right; what lies between is never guessed. */

const patternId = 'gap';

/** Once a page: what `Gaps` is filled with. */
export const GapPattern = () => (
  <svg class="gap-pattern" width="0" height="0" aria-hidden="true">
    <defs>
      <pattern id={patternId} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="gap-stroke" width="1" height="6" />
      </pattern>
    </defs>
  </svg>
);

interface Props {
  /** One value a column, NaN where nothing is known. */
  readonly values: Float64Array;
  /** Changes with the values, which are changed in place. */
  readonly version: number;
  readonly width: number;
  readonly height: number | string;
}

/** Inside an SVG of that width. Keyed by their order: columns move with time, and a key of them would make each anew. */
export const Gaps = ({ values, version, width, height }: Props) => {
  const { gaps } = useMemo(() => gapsOf(values), [values, version]);
  const x = (column: number): number => (column / values.length) * width;
  return (
    <>
      {gaps.map(({ from, to }, nth) => (
        <rect
          key={nth}
          class="gap"
          x={x(from)}
          width={x(to + 1) - x(from)}
          height={height}
          fill={`url(#${patternId})`}
        />
      ))}
    </>
  );
};
