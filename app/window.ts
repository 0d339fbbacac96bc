import { app, BrowserWindow, type Session, type WebContents } from 'electron';
import { displaysNow } from './displays.ts';
import { pageBackground, pagePreferences } from './page-preferences.ts';
import type { Rect } from './rects.ts';
import { pageUrl } from './scheme.ts';
import type { StoredFile } from './stored-file.ts';
import { leastWindow, placeWindow } from './window-place.ts';

/** The life of the detached window: made at the first opening, hidden when it is closed, given back after it was long hidden. */

export interface DetachedWindow {
  /** Shows it, and gives it the focus. */
  open(): void;
  hide(): void;
  /** The page says that a frame with data is drawn. */
  painted(): void;
  /** Not hidden and not minimised. */
  isShown(): boolean;
  page(): WebContents | null;
  /** Null while there is none. */
  bounds(): Rect | null;
  /** For tests: as the operator drags it. */
  setBounds(bounds: Rect): void;
  setHiddenLifeMs(ms: number): void;
  /** The app ends. */
  dispose(): void;
}

export interface DetachedWindowOptions {
  readonly preload: string;
  readonly session: () => Session;
  /** Where it was. */
  readonly place: StoredFile<Rect | null>;
  /** Before the window is shown again, and after it was hidden or minimised. */
  readonly onLook: (looking: boolean) => void;
  /** A window that was kept is on screen again. */
  readonly onShownAgain: () => void;
  /** What it knew is gone with its page. */
  readonly onGone: () => void;
  readonly log: (line: string) => void;
}

/** As for the popover: a kept window costs about 50 MB. */
const defaultHiddenLifeMs = 90_000;
/** Without data nothing is reported as painted; the window is shown all the same. */
const paintPatienceMs = 150;

export const createWindow = (options: DetachedWindowOptions): DetachedWindow => {
  let window: BrowserWindow | null = null;
  let isWanted = false;
  let hiddenLifeMs = defaultHiddenLifeMs;
  let givingBack: NodeJS.Timeout | null = null;

  const remember = (): void => {
    // Its size when it is neither maximised nor full screen: that is what it goes back to.
    if (window !== null && !window.isDestroyed()) options.place.keep(window.getNormalBounds());
  };

  const show = (): void => {
    if (window === null || !isWanted) return;
    if (window.isMinimized()) window.restore();
    if (!window.isVisible()) window.show();
    // An app without a place in the Dock is not made active by showing a window.
    if (process.platform === 'darwin') app.focus({ steal: true });
    window.focus();
  };

  /** A full-screen window that is hidden leaves its empty space behind (electron#20263). */
  const takeOff = (shown: BrowserWindow): void => {
    if (!shown.isFullScreen()) {
      shown.hide();
      return;
    }
    shown.once('leave-full-screen', () => {
      if (!isWanted) shown.hide();
    });
    shown.setFullScreen(false);
  };

  const giveBack = (): void => {
    givingBack = null;
    if (!isWanted) window?.destroy();
  };

  const hide = (): void => {
    if (!isWanted) return;
    isWanted = false;
    remember();
    if (window !== null) takeOff(window);
    options.onLook(false);
    givingBack = setTimeout(giveBack, hiddenLifeMs);
  };

  const make = (): BrowserWindow => {
    const made = new BrowserWindow({
      ...placeWindow(options.place.read(), displaysNow()),
      minWidth: leastWindow.width,
      minHeight: leastWindow.height,
      title: 'Castellan',
      show: false,
      fullscreenable: true,
      autoHideMenuBar: true,
      backgroundColor: pageBackground(),
      webPreferences: pagePreferences(options.preload, options.session()),
    });
    // ⌘W (by the menu; elsewhere the page hears it) or the close button: hidden, so that it is there at once when it is wanted again.
    made.on('close', (event) => {
      event.preventDefault();
      hide();
    });
    made.on('closed', () => {
      window = null;
      isWanted = false;
      options.onGone();
    });
    made.on('minimize', () => options.onLook(false));
    made.on('restore', () => {
      if (!isWanted) return;
      options.onLook(true);
      options.onShownAgain();
    });
    made.once('ready-to-show', () => setTimeout(show, paintPatienceMs));
    made.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      options.log(`window: its process is gone (${reason}, ${exitCode})`);
      hide();
      made.destroy();
    });
    made.loadURL(`${pageUrl}#window`).catch((error: unknown) => options.log(`window: not loaded, ${String(error)}`));
    return made;
  };

  const open = (): void => {
    if (givingBack !== null) clearTimeout(givingBack);
    givingBack = null;
    if (isWanted) {
      show();
      return;
    }
    isWanted = true;
    const isKept = window !== null;
    window ??= make();
    options.onLook(true);
    if (!isKept) return;
    // The displays may have changed since it was hidden.
    window.setBounds(placeWindow(window.getNormalBounds(), displaysNow()));
    show();
    options.onShownAgain();
  };

  return {
    open,
    hide,
    painted: () => {
      if (window !== null && !window.isVisible()) show();
    },
    isShown: () => isWanted && window?.isMinimized() === false,
    page: () => window?.webContents ?? null,
    bounds: () => window?.getBounds() ?? null,
    setBounds: (bounds) => window?.setBounds(bounds),
    setHiddenLifeMs: (ms) => {
      hiddenLifeMs = ms;
    },
    dispose: () => {
      if (givingBack !== null) clearTimeout(givingBack);
      if (isWanted) remember();
      // Not closed: closing only hides.
      window?.destroy();
    },
  };
};
