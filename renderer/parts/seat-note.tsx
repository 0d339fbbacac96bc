import type { Status } from '../../helper/protocol/status.ts';
import type { SeatAsking, SeatNote } from '../data/seats/asking.ts';
import type { Store } from '../data/state.ts';
import { CloseIcon } from './icons.tsx';
import { Sum } from './sum.tsx';
import { WithCode } from './with-code.tsx';

interface Props {
  readonly seat: string;
  readonly note: SeatNote;
  readonly seats: Status['seats'];
  readonly store: Store;
  readonly asking: SeatAsking;
}

/** What went well need not be put away by hand. */
const shownMs = 20_000;

export const SeatNoteView = ({ seat, note, seats, store, asking }: Props) => {
  // The clock is read only while there is one that goes by itself.
  if (note.kind === 'done' && store.nowMs.value - note.atMs > shownMs) return null;
  return (
    <div class={`seat-note ${note.kind}`} data-testid="seat-note" data-kind={note.kind}>
      <div class="seat-note-text">
        <p role="status">
          <WithCode text={note.text} />
        </p>
        {note.admission !== null && <Sum seat={seat} admission={note.admission} seats={seats} />}
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label={`Put away: ${seat}`}
        title="Put away"
        onClick={() => asking.putAway(seat)}
      >
        <CloseIcon />
      </button>
    </div>
  );
};
