import type { SeatStatus } from '../../helper/protocol/status.ts';
import { gb, gbFigure, size } from '../text/format.ts';

/** A seat as its card shows it. */
export interface SeatView {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly running: boolean;
  /** Footprint of the declared peak, or what it would need. */
  readonly use: string;
  /** What an RSS-based tool would say, when that is far off; what is over the peak. */
  readonly notes: readonly string[];
  /** Shares of the bar's track: the track ends at the peak, or at the footprint when that is larger. */
  readonly share: number;
  readonly peakShare: number;
}

const stateWords: Readonly<Record<SeatStatus['state'], string>> = {
  absent: 'Cold',
  admitting: 'Admitting',
  starting: 'Starting',
  loading: 'Loading',
  ready: 'Ready',
  busy: 'Busy',
  idle: 'Idle',
  draining: 'Draining',
  frozen: 'Paused',
  failed: 'Failed',
  hollow: 'Hollow',
  doomed: 'Doomed',
};

export const seatView = (seat: SeatStatus): SeatView => {
  const running = seat.state !== 'absent';
  const track = Math.max(seat.peakBytes, seat.footprintBytes, 1);
  const over = seat.footprintBytes - seat.peakBytes;
  const highest = seat.lifetimePeakBytes > seat.peakBytes && over <= 0;
  return {
    name: seat.name,
    kind: seat.class === 'protected' ? 'protected' : 'on call',
    state: stateWords[seat.state],
    running,
    use: running ? `${gbFigure(seat.footprintBytes)} of ${gb(seat.peakBytes)} peak` : `needs ${gb(seat.peakBytes)}`,
    notes: [
      ...(running && over > 0 ? [`${gb(over)} over its declared peak`] : []),
      ...(running && highest ? [`has been at ${gb(seat.lifetimePeakBytes)}, above its declared peak`] : []),
      ...(running && seat.rssBytes < seat.footprintBytes * 0.1 ? [`RSS says ${size(seat.rssBytes)}`] : []),
    ],
    share: seat.footprintBytes / track,
    peakShare: seat.peakBytes / track,
  };
};
