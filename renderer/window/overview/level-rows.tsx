import { useMemo } from 'preact/hooks';
import type { Status } from '../../../helper/protocol/status.ts';
import { levelCorners, svgPoints } from '../../chart/shapes.ts';
import { peakOf } from '../../data/charts/series.ts';
import { Defined } from '../../parts/defined.tsx';
import { kernelHeight, kernelWord, levelAt, levelShort } from '../../text/levels.ts';
import { type Plot, plotWidth, xOf } from './plot.ts';
import { Row } from './row.tsx';

interface Props {
  readonly status: Status;
  readonly plot: Plot;
  readonly height: number;
}

/** Neighbours of one value as one: `[first column, column after the last, value]`. */
const runsOf = (values: Float64Array): readonly (readonly [number, number, number])[] => {
  const runs: [number, number, number][] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    const last = runs.at(-1);
    if (Number.isNaN(value)) continue;
    if (last !== undefined && last[1] === index && last[2] === value) last[1] = index + 1;
    else runs.push([index, index + 1, value]);
  }
  return runs;
};

/** The kernel's level by heights: three of them, no hues. */
export const KernelRow = ({ status, plot, height }: Props) => {
  const { series, version, cursor } = plot;
  const runs = useMemo(() => runsOf(series.kernelLevel), [series, version]);
  const at = cursor === null ? status.machine.kernelLevel : (series.kernelLevel[cursor] ?? Number.NaN);
  const word = at === null || Number.isNaN(at) ? kernelWord(null) : kernelWord(at);
  return (
    <Row
      name="Kernel"
      of="kernel_level"
      plot={plot}
      height={height}
      testid="row-kernel"
      label={`Kernel level: ${kernelWord(status.machine.kernelLevel)} now.`}
      value={
        <Defined of="kernel_level" class="now">
          {word}
        </Defined>
      }
    >
      {runs.map(([from, to, value]) => {
        const tall = (height - 2) * kernelHeight(value);
        return (
          <rect
            key={from}
            class="kernel-run"
            data-level={value}
            x={xOf(plot, from)}
            y={height - tall}
            width={xOf(plot, to) - xOf(plot, from)}
            height={tall}
          />
        );
      })}
    </Row>
  );
};

/** Distance between two shapes of the level, CSS pixels. */
const slotPx = 12;

/** Our own level by shapes, the worst of each slot. */
export const LevelRow = ({ status, plot, height }: Props) => {
  const { series, version, cursor } = plot;
  const width = plotWidth(plot);
  const slots = Math.max(1, Math.floor(width / slotPx));
  const shapes = useMemo(
    () =>
      Array.from({ length: slots }, (_, slot) => {
        const [from, to] = [slot, slot + 1].map((edge) => Math.floor((edge * series.count) / slots)) as [
          number,
          number,
        ];
        return peakOf(series.level, from, Math.max(to, from + 1));
      }),
    [series, version, slots],
  );
  const rank = cursor === null ? null : (series.level[cursor] ?? Number.NaN);
  const name = rank === null ? status.level.name : Number.isNaN(rank) ? null : levelAt(rank);
  return (
    <Row
      name="Level"
      of="level"
      plot={plot}
      height={height}
      testid="row-level"
      label={`Level: ${levelShort[status.level.name]} now.`}
      value={
        <Defined of="level" class="now">
          {name === null ? 'not known' : levelShort[name]}
        </Defined>
      }
    >
      {shapes.map((worst, slot) => {
        if (Number.isNaN(worst)) return null;
        const level = levelAt(worst);
        const corners = levelCorners[level];
        const x = ((slot + 0.5) * width) / slots;
        return corners === null ? (
          <circle key={slot} class={`level-shape ${level}`} cx={x} cy={height / 2} r="3.4" />
        ) : (
          <polygon key={slot} class={`level-shape ${level}`} points={svgPoints(corners, x, height / 2, 4.6)} />
        );
      })}
    </Row>
  );
};
