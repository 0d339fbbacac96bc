import type { App, Session, WebContents } from 'electron';
import { isSteered } from './arguments.ts';
import { trustedOrigin } from './ipc/main-side.ts';
import { isPackaged } from './packaged.ts';

/**
 * What no page may do, set for every session and page that is ever made: the renderer draws and calls the bridge,
 * nothing else.
 */

/** Own files, and in development the developer tools'. */
export const mayLoad = (url: string, isPackaged: boolean): boolean =>
  url.startsWith(`${trustedOrigin}/`) || (!isPackaged && url.startsWith('devtools://'));

const hardenSession = (session: Session, isPackaged: boolean, log: (line: string) => void): void => {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  // Its dictionaries would be downloaded.
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, answer) => {
    const cancel = !mayLoad(details.url, isPackaged);
    if (cancel) log(`security: request blocked (${details.resourceType})`);
    answer({ cancel });
  });
};

const hardenContents = (contents: WebContents): void => {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
};

/** Called before `ready`. */
export const registerSecurity = (app: App, log: (line: string) => void): void => {
  if (isPackaged(app) && isSteered(process.argv.slice(1))) {
    // They are not repeated: whoever chose them would choose what the log says.
    log('started with arguments, which a packaged app does not take');
    app.exit(1);
  }
  // Chromium refuses to sandbox root's processes on Linux and would start none at all; each window asks for it as well.
  const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0;
  if (isPackaged(app) || !isRootOnLinux) app.enableSandbox();
  // Nothing here ever talks to a network: neither Chromium's own services nor a proxy look-up.
  app.commandLine.appendSwitch('disable-background-networking');
  app.commandLine.appendSwitch('disable-component-update');
  app.commandLine.appendSwitch('no-proxy-server');
  app.on('session-created', (session) => hardenSession(session, isPackaged(app), log));
  app.on('web-contents-created', (_event, contents) => hardenContents(contents));
};
