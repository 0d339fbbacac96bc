/** Paths of an SVG over the columns of a series: steps, two points a column, with a break wherever nothing was measured. */

export interface StepFrame {
  readonly width: number;
  readonly height: number;
  /** The value at the upper edge; what is above it is drawn there. Zero is the lower edge. */
  readonly top: number;
}

const figure = (value: number): string => value.toFixed(1);

const runs = (values: Float64Array): readonly (readonly [from: number, to: number])[] => {
  const found: [number, number][] = [];
  let from: number | null = null;
  for (let index = 0; index <= values.length; index++) {
    const missing = index === values.length || Number.isNaN(values[index] ?? Number.NaN);
    if (missing && from !== null) found.push([from, index]);
    if (missing) from = null;
    else from ??= index;
  }
  return found;
};

/** The line, and the same closed down to zero. Equal neighbours share their points. */
export const stepPaths = (
  values: Float64Array,
  { width, height, top }: StepFrame,
): { readonly line: string; readonly area: string } => {
  const x = (column: number): string => figure((column / values.length) * width);
  const y = (value: number): number => height - (Math.min(Math.max(value, 0), top) / top) * height;
  let line = '';
  let area = '';
  for (const [from, to] of runs(values)) {
    let piece = '';
    let before = Number.NaN;
    for (let index = from; index < to; index++) {
      const at = y(values[index] ?? 0);
      if (at === before) continue;
      piece += index === from ? `M${x(index)} ${figure(at)}` : `H${x(index)}V${figure(at)}`;
      before = at;
    }
    piece += `H${x(to)}`;
    line += piece;
    area += `${piece}V${height}H${x(from)}Z`;
  }
  return { line, area };
};
