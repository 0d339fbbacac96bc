import type { ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { WindowPage } from '../../app/ipc/contract.ts';
import type { Screen } from '../data/screens/screen.ts';
import type { Store } from '../data/state.ts';
import { Defined } from '../parts/defined.tsx';
import { LevelGlyph } from '../parts/icons.tsx';
import { gb, roughSpan, timeOfDay } from '../text/format.ts';
import { levelWord } from '../text/levels.ts';
import { screenWord } from '../text/screen-words.ts';
import { headerSentence } from '../text/sentence.ts';
import { pageNames } from './page-names.ts';
import { pages } from './pages.tsx';

interface Props {
  readonly store: Store;
  readonly screen: Screen | null;
  readonly page: ReadonlySignal<WindowPage>;
  readonly onChoose: (page: WindowPage) => void;
}

export const tabId = (page: WindowPage): string => `tab-${page}`;
export const panelId = 'page';

/** Where an arrow, Home or End leads from a tab; null: the key is none of these. */
const tabAfter = (key: string, from: WindowPage): WindowPage | null => {
  const at = pageNames.indexOf(from);
  const count = pageNames.length;
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + count, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : (pageNames[to % count] ?? null);
};

/** The level, as everywhere: shape, word and what is available. */
const Standing = ({ store, screen }: Pick<Props, 'store' | 'screen'>) => {
  const status = screen?.isAlone === true ? null : store.status.value;
  const live = screen === null ? status : null;
  const available = status?.machine.availableBytes ?? null;
  return (
    <p class="standing-now">
      <span class="standing-level" data-testid="level" data-level={live?.level.name ?? 'unknown'}>
        <LevelGlyph level={live?.level.name ?? null} />
        <Defined of="level" class="word">
          {live === null ? screenWord[screen?.kind ?? 'connecting'] : levelWord[live.level.name]}
        </Defined>
        {live !== null && <span class="quiet">for {roughSpan(live.level.forSeconds)}</span>}
      </span>
      {status !== null && (
        <Defined of="available" class={live === null ? 'headroom old' : 'headroom'}>
          {available === null ? (
            'available: not read'
          ) : (
            <>
              <b>{gb(available)}</b> available
            </>
          )}
        </Defined>
      )}
    </p>
  );
};

export const Tabs = ({ store, screen, page, onChoose }: Props) => {
  const list = useRef<HTMLDivElement>(null);
  const status = screen?.isAlone === true ? null : store.status.value;
  const received = store.receivedAtMs.value;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const to = tabAfter(event.key, page.value);
    if (to === null) return;
    event.preventDefault();
    onChoose(to);
    list.current?.querySelector<HTMLElement>(`#${tabId(to)}`)?.focus();
  };
  return (
    <header class="window-head">
      <h1 class="unseen">Castellan</h1>
      <div class="page-tabs" role="tablist" aria-label="Pages" ref={list} onKeyDown={onKeyDown}>
        {pageNames.map((name, index) => (
          <button
            key={name}
            id={tabId(name)}
            type="button"
            role="tab"
            data-testid={`tab-${name}`}
            aria-selected={page.value === name}
            aria-controls={panelId}
            aria-keyshortcuts={`Meta+${index + 1} Control+${index + 1}`}
            tabIndex={page.value === name ? 0 : -1}
            title={`${pages[name].title} (⌘${index + 1} or Ctrl+${index + 1})`}
            onClick={() => onChoose(name)}
          >
            {pages[name].title}
          </button>
        ))}
      </div>
      <Standing store={store} screen={screen} />
      {status !== null && (
        <p class="window-sentence" data-testid="sentence">
          {screen === null
            ? headerSentence(status)
            : received !== null && `Last known figures, from ${timeOfDay(received)}.`}
        </p>
      )}
    </header>
  );
};
