import { BrowserWindow, nativeTheme, type Session } from 'electron';
import { popoverSize } from './popover-place.ts';

/** Makes the popover's window: what differs between systems, and what is the same. */

const background = { light: '#f6f6f8', dark: '#232326' } as const;

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
    backgroundColor: nativeTheme.shouldUseDarkColors ? background.dark : background.light,
    ...(process.platform === 'darwin' ? macOptions() : {}),
    webPreferences: {
      preload,
      session,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      backgroundThrottling: true,
    },
  });
