import { type BrowserWindow, type Session, screen, type WebContents } from 'electron';
import { displaysNow } from './displays.ts';
import { displayOf, placePopover } from './popover-place.ts';
import { makePopoverWindow } from './popover-window.ts';
import type { Rect } from './rects.ts';
import { pageUrl } from './scheme.ts';

/** The popover's life: made at the first opening, hidden when it loses the focus, given back after it was long hidden. */

export interface Opening {
  /** `cold`: the window had to be made. */
  readonly kind: 'cold' | 'warm';
  /** From the click to the first frame with data, ms. */
  readonly ms: number;
}

export interface Popover {
  open(anchor: Rect | null): void;
  /** A click on the tray. */
  toggle(anchor: Rect | null): void;
  hide(): void;
  /** The page says that a frame with data is drawn. */
  painted(): void;
  isOpen(): boolean;
  exists(): boolean;
  page(): WebContents | null;
  openings(): readonly Opening[];
  setHiddenLifeMs(ms: number): void;
  /** The app ends. */
  dispose(): void;
}

export interface PopoverOptions {
  readonly preload: string;
  readonly session: () => Session;
  readonly isPinned: () => boolean;
  /** Before the window is shown again, and after it was hidden. */
  readonly onLook: (looking: boolean) => void;
  /** A window that was kept is on screen again. */
  readonly onShownAgain: () => void;
  /** What it knew is gone with its page. */
  readonly onGone: () => void;
  readonly log: (line: string) => void;
}

/** A kept hidden window costs about 50 MB; making it anew takes about a third of a second. */
const defaultHiddenLifeMs = 90_000;
/** A click on the tray while the popover is open first takes the focus from it: it must not open it again. */
const clickAfterBlurMs = 150;
/** Long enough for the window system to report the focus that follows, too short to be seen. */
const blurSettlesMs = 50;
/** Without data nothing is reported as painted; the window, with its explanation, is shown all the same. */
const paintPatienceMs = 150;
const keptOpenings = 100;

export const createPopover = (options: PopoverOptions): Popover => {
  let window: BrowserWindow | null = null;
  let isOpen = false;
  let hiddenLifeMs = defaultHiddenLifeMs;
  let hiddenByBlurAt = Number.NEGATIVE_INFINITY;
  let givingBack: NodeJS.Timeout | null = null;
  let opening: { readonly kind: Opening['kind']; readonly startedAt: number } | null = null;
  const openings: Opening[] = [];

  const show = (): void => {
    if (window === null || !isOpen || window.isVisible()) return;
    if (process.platform === 'darwin') {
      // Set before each show: macOS forgets it when spaces change (electron#45109).
      window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true, skipTransformProcessType: true });
    }
    window.show();
    window.focus();
  };

  const place = (anchor: Rect | null): void => {
    const { workArea } = displayOf(anchor, screen.getCursorScreenPoint(), displaysNow());
    window?.setBounds(placePopover(anchor, workArea));
  };

  const giveBack = (): void => {
    givingBack = null;
    if (!isOpen) window?.destroy();
  };

  const hide = (): void => {
    if (!isOpen) return;
    isOpen = false;
    opening = null;
    window?.hide();
    options.onLook(false);
    givingBack = setTimeout(giveBack, hiddenLifeMs);
  };

  const make = (): BrowserWindow => {
    const made = makePopoverWindow(options.preload, options.session());
    made.on('blur', () => {
      if (options.isPinned() || made.webContents.isDevToolsOpened() || !made.isVisible()) return;
      const blurredAt = performance.now();
      // The blur of a hiding can arrive when the popover is open again: what counts is who has the focus after it.
      setTimeout(() => {
        if (!isOpen || made.isDestroyed() || made.isFocused()) return;
        hiddenByBlurAt = blurredAt;
        hide();
      }, blurSettlesMs);
    });
    // ⌘W, or a window manager's close: hidden, as any other way of closing.
    made.on('close', (event) => {
      event.preventDefault();
      hide();
    });
    made.on('closed', () => {
      window = null;
      isOpen = false;
      options.onGone();
    });
    made.once('ready-to-show', () => setTimeout(show, paintPatienceMs));
    made.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      options.log(`popover: its process is gone (${reason}, ${exitCode})`);
      hide();
      made.destroy();
    });
    made.loadURL(pageUrl).catch((error: unknown) => options.log(`popover: not loaded, ${String(error)}`));
    return made;
  };

  const open = (anchor: Rect | null): void => {
    if (isOpen) {
      window?.focus();
      return;
    }
    if (givingBack !== null) clearTimeout(givingBack);
    givingBack = null;
    isOpen = true;
    opening = { kind: window === null ? 'cold' : 'warm', startedAt: performance.now() };
    const isWarm = window !== null;
    window ??= make();
    options.onLook(true);
    place(anchor);
    if (!isWarm) return;
    show();
    options.onShownAgain();
  };

  return {
    open,
    hide,
    toggle: (anchor) => {
      if (isOpen) hide();
      else if (performance.now() - hiddenByBlurAt > clickAfterBlurMs) open(anchor);
    },
    painted: () => {
      show();
      if (opening === null) return;
      openings.push({ kind: opening.kind, ms: performance.now() - opening.startedAt });
      if (openings.length > keptOpenings) openings.shift();
      opening = null;
    },
    isOpen: () => isOpen,
    exists: () => window !== null,
    page: () => window?.webContents ?? null,
    openings: () => openings,
    setHiddenLifeMs: (ms) => {
      hiddenLifeMs = ms;
    },
    dispose: () => {
      if (givingBack !== null) clearTimeout(givingBack);
      // Not closed: closing only hides.
      window?.destroy();
    },
  };
};
