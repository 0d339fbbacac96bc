import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { SeatStatus } from '../../../helper/protocol/seats.ts';
import type { SeatAsking } from '../../data/seats/asking.ts';
import { requestsText } from '../../data/seats/seats.ts';
import { gb } from '../../text/format.ts';

interface Props {
  readonly seat: SeatStatus;
  readonly asking: SeatAsking;
}

/** A protected seat is released by who types its name; the keeper compares it once more. */
export const ProtectedRelease = ({ seat, asking }: Props) => {
  const isOpen = useSignal(false);
  const typed = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isOpen.value) field.current?.focus();
  }, [isOpen.value]);
  const close = (): void => {
    isOpen.value = false;
    typed.value = '';
    setTimeout(() => opener.current?.focus(), 0);
  };
  const isRight = typed.value === seat.name;
  const isBusy = asking.busy.value.has(seat.name);
  if (!isOpen.value)
    return (
      <div class="seat-buttons">
        <button
          ref={opener}
          type="button"
          class="plain-button"
          data-testid="seat-release-protected"
          aria-label={`Release: ${seat.name}`}
          title="It is protected: asks for its name first"
          aria-disabled={isBusy}
          onClick={() => {
            isOpen.value = true;
          }}
        >
          Release…
        </button>
      </div>
    );
  return (
    <form
      class="seat-confirm"
      data-testid="protected-confirm"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRight || isBusy) return;
        asking.release(seat.name, true, typed.value);
        close();
      }}
    >
      <p>
        {seat.name} is protected. Released, it serves nobody until it is loaded again
        {seat.inFlight > 0 &&
          `, and ${requestsText(seat.inFlight)} under way ${seat.inFlight === 1 ? 'is' : 'are'} cut off`}
        . Its {gb(seat.peakBytes)} stay kept for it.
      </p>
      <label>
        Type <b>{seat.name}</b> to release it{' '}
        <input
          ref={field}
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={typed.value}
          data-testid="protected-name"
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </label>
      <div class="row answers">
        <button type="button" class="plain-button" onClick={close}>
          Do nothing
        </button>
        <button type="submit" class="plain-button yes" data-testid="protected-yes" aria-disabled={!isRight || isBusy}>
          Release {seat.name}
        </button>
      </div>
    </form>
  );
};
