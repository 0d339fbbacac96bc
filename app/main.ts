import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { app, dialog, globalShortcut, ipcMain, protocol, session } from 'electron';
import { buildStamp } from '../helper/protocol/build-stamp.ts';
import { registerAppMenu } from './app-menu.ts';
import { createApprovals } from './approvals.ts';
import { displaysNow } from './displays.ts';
import { createExports } from './exports.ts';
import { type HandlerOptions, makeHandlers } from './handlers.ts';
import { startHelperLink } from './helper-client/link.ts';
import { toldOnce, watchIcon } from './hidden-icon.ts';
import type { Handlers, Surface } from './ipc/contract.ts';
import { serveRenderer } from './ipc/main-side.ts';
import { registerLean } from './lean.ts';
import { registerLog } from './log.ts';
import { readLoginItem, writeLoginItem } from './login-item.ts';
import { createMenuActions } from './menu-actions.ts';
import { createNotifier } from './notifier.ts';
import { measureOwn } from './own-usage.ts';
import { isPackaged } from './packaged.ts';
import { registerQuit } from './quit.ts';
import { createRegistration } from './registration/registration.ts';
import { electronServices } from './registration/services.ts';
import { findPlace } from './run-directory.ts';
import { registerScheme, serveScheme } from './scheme.ts';
import { registerSecurity } from './security.ts';
import { settingsFile } from './settings.ts';
import { createShortcut } from './shortcut.ts';
import { isFirstInstance } from './single-instance.ts';
import { createStore, initialState } from './state.ts';
import { createSurfaces } from './surfaces.ts';
import { exposeTestHook } from './test-hook.ts';
import { createTray } from './tray.ts';

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
  store.onChange((after, before) => {
    if (before.connection.kind === 'connected' && after.connection.kind !== 'connected') registration.parted();
  });
  const approvals = createApprovals(link);

  // Without `persist:` nothing a page leaves behind is written to disk.
  const pages = session.fromPartition('popover', { cache: false });
  serveScheme(pages.protocol, inApp('dist', 'renderer'));
  registerAppMenu(process.platform);
  // Packaged, LSUIElement in Info.plist keeps the app out of the Dock from the start.
  if (!isPackaged(app)) app.dock?.hide();

  const surfaces = createSurfaces({
    store,
    preload: inApp('dist', 'app', 'preload.cjs'),
    session: () => pages,
    windowPlace: inUserData('window.json'),
    anchor: () => tray.bounds(),
    measureOwn: () => measureOwn(app, process.platform),
    onWantProcesses: link.wantProcesses,
    log,
  });
  const { popover, window, feed, openPopover, openWindow } = surfaces;
  // The way in that needs no icon.
  openAgain = () => openWindow(null);
  const exports = createExports({
    request: link.request,
    choosePath: async (defaultPath, format) => {
      const filters = [{ name: format.toUpperCase(), extensions: [format] }];
      const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath, filters });
      return canceled || filePath === undefined || filePath === '' ? null : filePath;
    },
    nowMs: Date.now,
  });
  const shortcut = createShortcut({
    globalShortcut,
    platform: process.platform,
    onPress: () => popover.toggle(tray.bounds()),
    onFault: (fault) => store.dispatch({ kind: 'shortcut', fault }),
  });
  const handlersFor = (surface: Surface, shown: HandlerOptions['shown']): Handlers =>
    makeHandlers({
      ...{ app, store, link, approvals, exports, surface, shown, feed, openWindow, registration },
      applyShortcut: shortcut.set,
      settingsFile: settings,
    });
  serveRenderer({
    ipcMain,
    handlers: { popover: handlersFor('popover', popover), window: handlersFor('window', window) },
    pages: { popover: popover.page, window: window.page },
    log,
  });
  const notifier = createNotifier({ store, approvals, openPopover, nowMs: Date.now, log });
  const onMenu = createMenuActions({
    request: link.request,
    surfaces,
    say: notifier.say,
    askRemoval: () => registration.act('ask_removal'),
    quit: () => app.quit(),
  });
  const tray = createTray({ store, onClick: popover.toggle, onMenu, canRemove: registration.isAvailable });

  shortcut.set(store.get().settings.shortcut);
  watchIcon({
    bounds: tray.bounds,
    displays: () => displaysNow().map(({ bounds }) => bounds),
    platform: process.platform,
    told: toldOnce(inUserData('told.json'), log),
    onSeen: (hidden) => store.dispatch({ kind: 'icon', hidden }),
    explain: () => openWindow(null),
  });
  registerQuit({ app, snapshot: store.get, onLeave: surfaces.dispose });
  app.on('will-quit', shortcut.stop);
  app.on('will-quit', notifier.stop);
  app.on('will-quit', link.stop);
  app.on('will-quit', registration.stop);
  exposeTestHook(app, { surfaces, onMenu, store, tray, notifier, registration });
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
