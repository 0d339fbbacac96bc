import type { Session } from 'electron';
import { createFeed, type Feed } from './feed.ts';
import type { AppSnapshot, WindowPage } from './ipc/contract.ts';
import { makeSenders } from './ipc/main-side.ts';
import { createPopover, type Popover } from './popover.ts';
import type { Rect } from './rects.ts';
import type { Store } from './state.ts';
import { createWindow, type DetachedWindow } from './window.ts';
import { windowPlaceFile } from './window-place.ts';

/** The two places the page is shown in, and what keeps each of them current while it is looked at. */

export interface Surfaces {
  readonly popover: Popover;
  readonly window: DetachedWindow;
  readonly feed: Feed;
  /** Null: the page it shows. */
  openWindow(page: WindowPage | null): void;
  openPopover(): void;
  /** The app ends. */
  dispose(): void;
}

export interface SurfacesOptions {
  readonly store: Store;
  readonly preload: string;
  readonly session: () => Session;
  readonly windowPlace: string;
  /** Of the tray icon; Linux tells of none. */
  readonly anchor: () => Rect;
  readonly measureOwn: () => Promise<AppSnapshot['own']>;
  readonly onWantProcesses: (wanted: boolean) => void;
  readonly log: (line: string) => void;
}

export const createSurfaces = (options: SurfacesOptions): Surfaces => {
  const { store, preload, session, anchor, measureOwn, onWantProcesses, log } = options;
  const senders = {
    popover: makeSenders(() => popover.page()),
    window: makeSenders(() => window.page()),
  };
  const feed = createFeed({ store, senders, measureOwn, onWantProcesses, log });
  const popover = createPopover({
    preload,
    session,
    isPinned: () => store.get().pinned,
    onLook: (looking) => {
      feed.look('popover', looking);
      // A popover made anew must not go to what was asked for long ago.
      if (!looking) store.dispatch({ kind: 'attention', attention: null });
    },
    onShownAgain: () => senders.popover.shown(null),
    onGone: () => feed.watchProcesses('popover', false),
    log,
  });
  const window = createWindow({
    preload,
    session,
    place: windowPlaceFile(options.windowPlace, log),
    onLook: (looking) => feed.look('window', looking),
    onShownAgain: () => senders.window.shown(null),
    onGone: () => {
      feed.watchProcesses('window', false);
      store.dispatch({ kind: 'window_page', page: null });
    },
    log,
  });
  return {
    popover,
    window,
    feed,
    openWindow: (page) => {
      if (page !== null) store.dispatch({ kind: 'window_page', page });
      window.open();
    },
    openPopover: () => popover.open(anchor()),
    dispose: () => {
      popover.dispose();
      window.dispose();
    },
  };
};
