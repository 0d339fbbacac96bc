import type { SeatStatus } from '../../helper/protocol/status.ts';
import type { cardHealth } from '../data/health/health.ts';
import { isPassing, type SeatView } from '../data/seats/seats.ts';
import { clockSpan } from '../text/format.ts';
import { HealthIcon } from './health-icon.tsx';
import type { SeatParts } from './seat-card.tsx';
import { SeatIcon } from './seat-icon.tsx';

interface Props extends Pick<SeatParts, 'store' | 'health' | 'live'> {
  readonly seat: SeatStatus;
  readonly view: SeatView;
  readonly marked: ReturnType<typeof cardHealth>;
}

/** How long it has been in a state that passes. Reads the clock: only this is drawn anew each second. */
const Lasting = ({ seat, store, live }: Pick<Props, 'seat' | 'store' | 'live'>) => {
  const since = live ? Math.max(0, store.nowMs.value - (store.receivedAtMs.value ?? store.nowMs.value)) / 1000 : 0;
  return <span class="lasting">{clockSpan(seat.forSeconds + since)}</span>;
};

/** Name, class and state of a seat, and the way to its health. */
export const SeatHead = ({ seat, view, store, health, live, marked }: Props) => (
  <div class="seat-head">
    <h3 class="name" dir="auto" title={view.name}>
      {view.name}
    </h3>
    <span class="quiet kind">{view.kind}</span>
    <span class="seat-state" data-testid="seat-state">
      <SeatIcon state={seat.state} />
      {view.state}
      {isPassing(seat.state) && <Lasting seat={seat} store={store} live={live} />}
    </span>
    <button
      type="button"
      class="icon-button"
      data-testid="seat-health"
      data-mark={marked.mark}
      title={marked.hover}
      aria-label={marked.spoken}
      onClick={() => health.open(seat.name)}
    >
      <HealthIcon marked={marked} />
    </button>
  </div>
);
