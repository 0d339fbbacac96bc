import type { Status } from '../../../helper/protocol/status.ts';
import { aboutSpan, gbFigure, percent, shorten } from '../../text/format.ts';

/** How far the kernel's own warning is, when it comes, and who goes when memory has run out: three short texts. */
export interface ForecastView {
  readonly distance: string;
  /** Empty where nothing is evaluated. */
  readonly time: string;
  readonly victim: string;
}

/** With more than this share of all that is compressed the kernel ends a process when compressor and swap are full. */
const endedAbove = 0.5;

export const forecastView = ({ forecast }: Pick<Status, 'forecast'>): ForecastView => {
  if (forecast.kind === 'not_evaluated')
    return { distance: 'Kernel forecast not evaluated on this system', time: '', victim: '' };
  const { distanceBytes, secondsToWarn, nextVictim } = forecast;
  const distance =
    distanceBytes >= 0
      ? `${gbFigure(distanceBytes)} GB before the kernel warns`
      : `${gbFigure(-distanceBytes)} GB past the kernel’s warning line`;
  const time =
    distanceBytes < 0 ? '' : secondsToWarn === null ? 'not approaching' : `in about ${aboutSpan(secondsToWarn)}`;
  if (nextVictim === null) return { distance, time, victim: 'next victim unknown' };
  const { name, share } = nextVictim;
  const who = shorten(name);
  return {
    distance,
    time,
    victim: share > endedAbove ? `next victim ${who}` : `most compressed: ${who}, ${percent(share)}`,
  };
};
