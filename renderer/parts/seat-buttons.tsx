import type { RefObject } from 'preact';
import type { SeatStatus } from '../../helper/protocol/status.ts';
import type { SeatButton } from '../data/seats/seats.ts';

const words: Readonly<Record<SeatButton, string>> = {
  load: 'Load',
  again: 'Try again',
  keep: 'Keep 1 h',
  cancel: 'Cancel',
  release: 'Release',
  fits: 'Fits?',
};
const titles: Readonly<Record<SeatButton, string>> = {
  load: 'Loads it, if it fits',
  again: 'Loads it again, if it fits',
  keep: 'Stays loaded for an hour, whatever its countdown says',
  cancel: 'Ends it before it has loaded',
  release: 'Unloads it; the next request loads it again',
  fits: 'Shows the sum: what is kept, what is left, what it needs',
};

interface Props {
  readonly seat: SeatStatus;
  readonly buttons: readonly SeatButton[];
  readonly isHeld: (button: SeatButton) => boolean;
  /** Of the button that unloads it, or calls its start off. */
  readonly release: RefObject<HTMLButtonElement | null>;
  readonly onPress: (button: SeatButton) => void;
}

export const SeatButtons = ({ seat, buttons, isHeld, release, onPress }: Props) => (
  <div class="seat-buttons">
    {buttons.map((button) => (
      <button
        key={button}
        type="button"
        class={button === 'fits' ? 'text-button' : 'plain-button'}
        data-testid={`seat-${button}`}
        {...(button === 'release' || button === 'cancel' ? { ref: release } : {})}
        title={titles[button]}
        aria-label={`${words[button]}: ${seat.name}`}
        aria-disabled={isHeld(button)}
        onClick={() => onPress(button)}
      >
        {words[button]}
      </button>
    ))}
  </div>
);
