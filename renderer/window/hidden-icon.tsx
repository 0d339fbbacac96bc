import type { Bridge } from '../../app/ipc/contract.ts';
import { shortcutWords } from '../data/shortcut.ts';
import { WarnIcon } from '../parts/icons.tsx';

interface Props {
  readonly bridge: Bridge;
  /** Null: there is none that works. */
  readonly shortcut: string | null;
}

/** Where the icon went, and the ways in without it. */
export const HiddenIcon = ({ bridge, shortcut }: Props) => (
  <section class="banner no-icon" data-testid="banner-icon">
    <WarnIcon />
    <div>
      <h2>Can’t see the icon?</h2>
      <p>
        macOS shows none for Castellan: the menu bar has no room for it, or it is not allowed there. Castellan works all
        the same; this window comes whenever you open the app again
        {shortcut === null ? '' : `, and ${shortcutWords(shortcut, true)} opens the popover from anywhere`}.
      </p>
      <p>
        <button type="button" class="plain-button" onClick={() => void bridge.open('menu-bar')}>
          Open Menu Bar settings
        </button>
      </p>
    </div>
  </section>
);
