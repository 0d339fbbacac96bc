import type { Bridge } from '../../app/ipc/contract.ts';
import { definitionId, definitions } from '../data/definitions.ts';
import type { Screen } from '../data/screens/screen.ts';
import type { Store } from '../data/state.ts';
import { gb, roughSpan, timeOfDay } from '../text/format.ts';
import { levelLabel } from '../text/labels.ts';
import { levelWord } from '../text/levels.ts';
import { screenWord } from '../text/screen-words.ts';
import { headerSentence } from '../text/sentence.ts';
import { Defined } from './defined.tsx';
import { CloseIcon, LevelGlyph, PinIcon, SettingsIcon, WindowIcon } from './icons.tsx';

interface Props {
  readonly bridge: Bridge;
  readonly store: Store;
  readonly screen: Screen | null;
}

export const Header = ({ bridge, store, screen }: Props) => {
  const status = screen?.isAlone === true ? null : store.status.value;
  const live = screen === null ? status : null;
  const available = status?.machine.availableBytes ?? null;
  const received = store.receivedAtMs.value;
  return (
    <header class={live?.level.name}>
      <div class="headline">
        <h1
          data-testid="level"
          data-level={live?.level.name ?? 'unknown'}
          aria-label={live ? levelLabel(live) : undefined}
          title={definitions.level}
          aria-describedby={definitionId('level')}
        >
          <LevelGlyph level={live?.level.name ?? null} />
          <span class="word">{live ? levelWord[live.level.name] : screenWord[screen?.kind ?? 'connecting']}</span>
          {live && <span class="quiet">for {roughSpan(live.level.forSeconds)}</span>}
        </h1>
        <div class="buttons">
          <button
            type="button"
            class="icon-button"
            aria-label="Open the window"
            aria-keyshortcuts="Meta+D Control+D"
            title="Open the window (⌘D or Ctrl+D)"
            onClick={() => void bridge.openWindow(null)}
          >
            <WindowIcon />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Settings"
            aria-keyshortcuts="Meta+, Control+,"
            title="Settings (⌘, or Ctrl+,)"
            onClick={() => void bridge.openWindow('settings')}
          >
            <SettingsIcon />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-pressed={store.pinned.value}
            aria-label="Keep open"
            title={store.pinned.value ? 'Stays open; click to let it close by itself' : 'Keep open'}
            onClick={() => void bridge.setPinned(!store.pinned.value)}
          >
            <PinIcon />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Close"
            title="Close (Esc)"
            onClick={() => void bridge.hide()}
          >
            <CloseIcon />
          </button>
        </div>
      </div>
      <div class="now">
        <p class={live ? 'headroom' : 'headroom old'} data-testid="headroom">
          {status !== null && available === null && 'available: not read'}
          {available !== null && (
            <Defined of="available">
              <b>{gb(available)}</b> available
            </Defined>
          )}
        </p>
        <p class="sentence" data-testid="sentence">
          {live !== null && headerSentence(live)}
          {live === null && status !== null && received !== null && `Last known figures, from ${timeOfDay(received)}.`}
        </p>
      </div>
    </header>
  );
};
