import { useEffect, useRef } from 'preact/hooks';
import type { SeatStatus } from '../../helper/protocol/status.ts';
import { requestsText } from '../data/seats/seats.ts';
import { useArmed } from './armed.ts';

interface Props {
  readonly seat: SeatStatus;
  readonly busy: boolean;
  readonly onNo: () => void;
  readonly onYes: () => void;
}

/** Releasing what is in use is asked once more, in place. The first focus is on what does nothing. */
export const SeatConfirm = ({ seat, busy, onNo, onYes }: Props) => {
  const back = useRef<HTMLButtonElement>(null);
  const armed = useArmed(seat.name);
  useEffect(() => back.current?.focus({ preventScroll: true }), []);
  const requests = requestsText(seat.inFlight);
  return (
    <div class="seat-confirm" data-testid="seat-confirm">
      <p>
        {seat.inFlight === 0
          ? 'No request is under way any more.'
          : `${requests} ${seat.inFlight === 1 ? 'is' : 'are'} under way. Releasing ${seat.name} now cuts ${seat.inFlight === 1 ? 'it' : 'them'} off.`}
      </p>
      <div class="row answers">
        <button type="button" class="plain-button" ref={back} onClick={onNo}>
          Do nothing
        </button>
        <button
          type="button"
          class="plain-button yes"
          data-testid="seat-cut"
          aria-disabled={!armed || busy}
          onClick={onYes}
        >
          {seat.inFlight === 0 ? 'Release' : `Cut ${requests}`}
        </button>
      </div>
    </div>
  );
};
