import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { app, dialog, ipcMain, protocol, session } from 'electron';
import { buildStamp } from '../helper/protocol/build-stamp.ts';
import { registerAppMenu } from './app-menu.ts';
import { createApprovals } from './approvals.ts';
import { createExports } from './exports.ts';
import { createFeed } from './feed.ts';
import { type HandlerOptions, makeHandlers } from './handlers.ts';
import { startHelperLink } from './helper-client/link.ts';
import type { Handlers, Surface, WindowPage } from './ipc/contract.ts';
import { makeSenders, serveRenderer } from './ipc/main-side.ts';
import { registerLean } from './lean.ts';
import { registerLog } from './log.ts';
import { readLoginItem, writeLoginItem } from './login-item.ts';
import { createNotifier } from './notifier.ts';
import { measureOwn } from './own-usage.ts';
import { isPackaged } from './packaged.ts';
import { createPopover } from './popover.ts';
import { createRegistration } from './registration/registration.ts';
import { electronServices } from './registration/services.ts';
import { findPlace } from './run-directory.ts';
import { registerScheme, serveScheme } from './scheme.ts';
import { registerSecurity } from './security.ts';
import { settingsFile } from './settings.ts';
import { isFirstInstance } from './single-instance.ts';
import { createStore, initialState } from './state.ts';
import { exposeTestHook } from './test-hook.ts';
import { createTray } from './tray.ts';
import { createWindow } from './window.ts';
import { windowPlaceFile } from './window-place.ts';

/** The composition root: every part is made here, once, and given what it needs. */

// A checkout beside an installed app is another app, with its own settings, log and single instance.
if (!isPackaged(app) && !app.commandLine.hasSwitch('user-data-dir')) {
  app.setPath('userData', join(app.getPath('appData'), 'Castellan-dev'));
}
const log = registerLog(app);
registerSecurity(app, log);
registerLean(app, process.platform);
registerScheme(protocol);

/** Set once there is something to open: a second app can be started before that. */
let openAgain = (): void => {};

const start = (): void => {
  const inApp = (...path: readonly string[]): string => join(app.getAppPath(), ...path);
  const inUserData = (name: string): string => join(app.getPath('userData'), name);
  const settings = settingsFile(inUserData('settings.json'), log);
  const windowPlace = windowPlaceFile(inUserData('window.json'), log);
  const openAtLogin = readLoginItem(app, process.platform);
  const store = createStore(initialState(app.getVersion(), { ...settings.read(), openAtLogin }));
  const place = findPlace({
    isPackaged: isPackaged(app),
    isDevelopmentBuild: buildStamp === null,
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    env: process.env,
  });

  // Registering works in a packaged app only: a checkout has no bundle that macOS could start anything from.
  const canRegister = isPackaged(app) && process.platform === 'darwin';
  const link = startHelperLink({
    place,
    tell: store.dispatch,
    nowMs: Date.now,
    log,
    onWelcome: (ready) => registration.welcomed(ready),
    onProcesses: (list) => feed.processes(list),
  });
  const registration = createRegistration({
    port: canRegister ? electronServices(app, buildStamp === null) : null,
    version: app.getVersion(),
    tell: store.dispatch,
    request: link.request,
    isConnected: () => store.get().connection.kind === 'connected',
    reconnect: link.retry,
    forgetLoginItem: () => void writeLoginItem(app, process.platform, false),
    nowMs: Date.now,
    pause: (ms) => sleep(ms),
    log,
  });
  const approvals = createApprovals(link);

  // Without `persist:` nothing a page leaves behind is written to disk.
  const pages = session.fromPartition('popover', { cache: false });
  serveScheme(pages.protocol, inApp('dist', 'renderer'));
  registerAppMenu(process.platform);
  // Packaged, LSUIElement in Info.plist keeps the app out of the Dock from the start.
  if (!isPackaged(app)) app.dock?.hide();

  const senders = {
    popover: makeSenders(() => popover.page()),
    window: makeSenders(() => window.page()),
  };
  const feed = createFeed({
    store,
    senders,
    measureOwn: () => measureOwn(app, process.platform),
    onWantProcesses: link.wantProcesses,
    log,
  });
  const preload = inApp('dist', 'app', 'preload.cjs');
  const popover = createPopover({
    preload,
    session: () => pages,
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
    session: () => pages,
    place: windowPlace,
    onLook: (looking) => feed.look('window', looking),
    onShownAgain: () => senders.window.shown(null),
    onGone: () => feed.watchProcesses('window', false),
    log,
  });
  openAgain = () => (window.isShown() ? window.open() : popover.open(null));
  const openWindow = (page: WindowPage | null): void => {
    if (page !== null) store.dispatch({ kind: 'window_page', page });
    window.open();
  };
  const exports = createExports({
    request: link.request,
    choosePath: async (defaultPath, format) => {
      const filters = [{ name: format.toUpperCase(), extensions: [format] }];
      const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath, filters });
      return canceled || filePath === undefined || filePath === '' ? null : filePath;
    },
    nowMs: Date.now,
  });
  const handlersFor = (surface: Surface, shown: HandlerOptions['shown']): Handlers =>
    makeHandlers({
      ...{ app, store, link, approvals, exports, surface, shown, feed, openWindow, registration },
      settingsFile: settings,
    });
  serveRenderer({
    ipcMain,
    handlers: { popover: handlersFor('popover', popover), window: handlersFor('window', window) },
    pages: { popover: popover.page, window: window.page },
    log,
  });
  const tray = createTray({
    store,
    onClick: popover.toggle,
    onOpen: () => popover.open(null),
    onQuit: () => app.quit(),
    canRemove: registration.isAvailable,
    onRemove: () => {
      registration.act('ask_removal');
      popover.open(null);
    },
  });

  const notifier = createNotifier({
    store,
    approvals,
    openPopover: () => popover.open(null),
    nowMs: Date.now,
    log,
  });

  app.on('before-quit', popover.dispose);
  app.on('before-quit', window.dispose);
  app.on('will-quit', notifier.stop);
  app.on('will-quit', link.stop);
  app.on('will-quit', registration.stop);
  exposeTestHook(app, { popover, window, openWindow, feed, store, tray, notifier, registration });
  log(`app ${app.getVersion()} on Electron ${process.versions.electron}, keeper in ${place.runDirectory}`);
};

if (isFirstInstance(app, () => openAgain())) {
  // Closing the popover is not leaving the app.
  app.on('window-all-closed', () => {});
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      log(`not started: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      app.exit(1);
    });
} else app.exit(0);
