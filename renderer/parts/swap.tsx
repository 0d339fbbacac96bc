import type { Status } from '../../helper/protocol/status.ts';
import { sparkline } from '../chart/sparkline.ts';
import type { Series } from '../data/charts/series.ts';
import { definitionId, definitions } from '../data/definitions.ts';
import { gb, gbFigure, rate } from '../text/format.ts';

interface Props {
  readonly swap: Status['machine']['swap'];
  readonly series: Series | null;
}

const width = 44;
const height = 14;

/** In GB, not in percent: the total grows with the swap files, so a share of it says little. */
const textOf = (swap: Status['machine']['swap']): string => {
  if (swap === null) return 'swap not read';
  if (swap.totalBytes === 0) return 'no swap';
  const moving = (swap.inBytesPerSecond ?? 0) + (swap.outBytesPerSecond ?? 0);
  return moving >= 2 ** 20 ? `swap ${gbFigure(swap.usedBytes)} GB, ${rate(moving)}` : `swap ${gb(swap.usedBytes)}`;
};

export const Swap = ({ swap, series }: Props) => {
  const runs =
    series === null || swap === null || swap.totalBytes === 0 ? [] : sparkline(series.swapUsed, width, height);
  const title =
    swap === null
      ? undefined
      : `${gb(swap.usedBytes)} of ${gb(swap.totalBytes)} in use; in ${rate(swap.inBytesPerSecond ?? 0)}, out ${rate(swap.outBytesPerSecond ?? 0)}. ${definitions.swap}`;
  return (
    <p class="swap" data-testid="swap" title={title} aria-describedby={definitionId('swap')}>
      <span>{textOf(swap)}</span>
      {runs.length > 0 && (
        <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {runs.map((points) => (
            <polyline key={points} points={points} />
          ))}
        </svg>
      )}
    </p>
  );
};
