import { BrowserWindow, nativeTheme, type Session } from 'electron';
import { pageBackground, pagePreferences } from './page-preferences.ts';
import { popoverSize } from './popover-place.ts';

/** Makes the popover's window: what differs between systems, and what is the same. */

/** Newer than the oldest Electron in use (25). */
const wantsOpaque = (): boolean =>
  'prefersReducedTransparency' in nativeTheme && nativeTheme.prefersReducedTransparency === true;

const macOptions = (): Electron.BrowserWindowConstructorOptions => ({
  // A panel takes keys without making the app active, and closes no full-screen space.
  type: 'panel',
  hiddenInMissionControl: true,
  // Not together with `transparent`: vibrancy is lost then.
  ...(wantsOpaque() ? {} : { vibrancy: 'popover', visualEffectState: 'active' }),
});

export const makePopoverWindow = (preload: string, session: Session): BrowserWindow =>
  new BrowserWindow({
    ...popoverSize,
    title: 'Castellan',
    show: false,
    frame: false,
    resizable: false,
    movable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    backgroundColor: pageBackground(),
    ...(process.platform === 'darwin' ? macOptions() : {}),
    webPreferences: pagePreferences(preload, session),
  });
