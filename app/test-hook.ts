import type { App } from 'electron';
import type { AppSnapshot, WindowPage } from './ipc/contract.ts';
import type { Notifier } from './notifier.ts';
import { isPackaged } from './packaged.ts';
import type { Opening } from './popover.ts';
import type { Rect } from './rects.ts';
import type { RegistrationHandle } from './registration/registration.ts';
import type { Store } from './state.ts';
import type { Surfaces } from './surfaces.ts';
import type { TrayHandle } from './tray.ts';
import type { MenuAction, MenuEntry } from './tray-menu.ts';
import type { TrayModel } from './tray-model.ts';

/** What end-to-end tests and the bench look at in the main process. Not there in a packaged app. */

export interface TestHook {
  readonly open: () => void;
  readonly hide: () => void;
  readonly isOpen: () => boolean;
  readonly hasWindow: () => boolean;
  readonly openings: () => readonly Opening[];
  readonly patchesSent: () => number;
  readonly snapshot: () => AppSnapshot;
  readonly tray: () => TrayModel;
  readonly trayMenu: () => readonly MenuEntry[];
  /** As a press on the entry does. */
  readonly pressMenu: (action: MenuAction) => void;
  readonly trayUpdates: () => number;
  readonly openWindow: (page: WindowPage | null) => void;
  readonly isWindowShown: () => boolean;
  readonly windowBounds: () => Rect | null;
  readonly setWindowBounds: (bounds: Rect) => void;
  readonly setHiddenLifeMs: (ms: number) => void;
  /** Presses a notification as macOS does by its buttons, and as a late press arrives. */
  readonly pressNotification: Notifier['press'];
  /** Another macOS, which registers daemons or does not. */
  readonly useServices: RegistrationHandle['use'];
  /** The entry of the menu. */
  readonly askRemoval: () => void;
}

interface Parts {
  readonly surfaces: Surfaces;
  readonly onMenu: (action: MenuAction) => void;
  readonly store: Store;
  readonly tray: TrayHandle;
  readonly notifier: Notifier;
  readonly registration: RegistrationHandle;
}

export const exposeTestHook = (app: App, parts: Parts): void => {
  if (isPackaged(app)) return;
  const { surfaces, onMenu, store, tray, notifier, registration } = parts;
  const { popover, window, openWindow, feed } = surfaces;
  const hook: TestHook = {
    open: () => popover.open(null),
    hide: popover.hide,
    isOpen: popover.isOpen,
    hasWindow: popover.exists,
    openings: popover.openings,
    patchesSent: feed.patchesSent,
    snapshot: store.get,
    tray: tray.shown,
    trayMenu: tray.menu,
    pressMenu: onMenu,
    trayUpdates: tray.updates,
    openWindow,
    isWindowShown: window.isShown,
    windowBounds: window.bounds,
    setWindowBounds: window.setBounds,
    setHiddenLifeMs: (ms) => {
      popover.setHiddenLifeMs(ms);
      window.setHiddenLifeMs(ms);
    },
    pressNotification: notifier.press,
    useServices: registration.use,
    askRemoval: () => registration.act('ask_removal'),
  };
  Object.assign(globalThis, { __castellan: hook });
};
