import type { SeatStatus } from '../../../helper/protocol/seats.ts';
import { gb, noFigure, percent, roughSpan, size } from '../../text/format.ts';
import type { Figure } from '../definitions.ts';
import { rssView } from '../processes/top.ts';
import { exitText } from './seats.ts';

/** Everything that is known of a seat, one line each, for the window; the card above says what matters now. */
export interface SeatFigure {
  readonly name: string;
  /** Null: the name says it. */
  readonly of: Figure | null;
  readonly value: string;
}

const rssText = (seat: SeatStatus): string => {
  const { share } = rssView(seat);
  return share === null ? size(seat.rssBytes) : `${size(seat.rssBytes)}, sees ${percent(share)}`;
};

const wiredText = ({ wiredBytes, declaredWiredBytes }: SeatStatus): string =>
  wiredBytes === 0
    ? `not measured, ${gb(declaredWiredBytes)} declared`
    : `${gb(wiredBytes)} of ${gb(declaredWiredBytes)}`;

const bandText = ({ band }: SeatStatus): string => {
  if (band === null) return noFigure;
  return band.state === 'held' ? band.wanted : `${band.found ?? 'not known'}, ${band.wanted} wanted`;
};

const line = (name: string, of: Figure | null, value: string): SeatFigure => ({ name, of, value });

export const seatFigures = (seat: SeatStatus): readonly SeatFigure[] => {
  const runs = seat.pids.length > 0 || seat.footprintBytes > 0;
  return [
    line('Declared peak', 'declared_peak', gb(seat.peakBytes)),
    ...(runs
      ? [
          line('Footprint', 'footprint', gb(seat.footprintBytes)),
          line('Highest', 'measured_peak', gb(seat.lifetimePeakBytes)),
        ]
      : []),
    ...(seat.proposedPeakBytes === null ? [] : [line('Proposed peak', 'proposed_peak', gb(seat.proposedPeakBytes))]),
    ...(runs
      ? [
          line('Wired', 'seat_wired', wiredText(seat)),
          line('RSS', 'rss', rssText(seat)),
          line('Band', 'band', bandText(seat)),
          line('Requests', 'in_flight', String(seat.inFlight)),
        ]
      : [line('Wired', 'seat_wired', `${gb(seat.declaredWiredBytes)} declared`)]),
    line('In this state', 'state_time', roughSpan(seat.forSeconds)),
    line('Starts in an hour', 'starts', String(seat.starts)),
    ...(seat.usedBy.length === 0 ? [] : [line('Used by', null, seat.usedBy.join(', '))]),
    ...(seat.pids.length === 0
      ? []
      : [line(seat.pids.length === 1 ? 'Process' : 'Processes', null, seat.pids.join(', '))]),
    ...(seat.lastExit === null ? [] : [line('Last run', null, exitText(seat.lastExit))]),
    ...(seat.proxy === null ? [] : [line('Starts by a connection to', null, seat.proxy)]),
    ...(seat.oracle === null ? [] : [line('Needed to judge trouble', null, seat.oracle)]),
    line('Service', null, seat.label),
  ];
};

/** In which states there is something of a protected seat to release. */
const released: ReadonlySet<SeatStatus['state']> = new Set([
  'starting',
  'loading',
  'ready',
  'busy',
  'idle',
  'hollow',
  'doomed',
]);

export const mayRelease = (seat: Pick<SeatStatus, 'class' | 'state'>): boolean =>
  seat.class === 'protected' && released.has(seat.state);
