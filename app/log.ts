import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'electron';
import log from 'electron-log/main';
import { isPackaged } from './packaged.ts';
import { dropStandardStreams } from './standard-streams.ts';

/** The app's log file: 5 MB, three of them. Nothing of the renderer's is logged. */

const maxBytes = 5 * 2 ** 20;
const keptFiles = 3;

/** `app.log` → `app.1.log` → `app.2.log` → gone. */
const rotate = (file: string): void => {
  const numbered = (n: number): string => file.replace(/\.log$/, `.${n}.log`);
  rmSync(numbered(keptFiles - 1), { force: true });
  for (let n = keptFiles - 2; n >= 1; n -= 1) if (existsSync(numbered(n))) renameSync(numbered(n), numbered(n + 1));
  renameSync(file, numbered(1));
};

/**
 * A packaged app writes nothing to its standard streams, nor does Chromium: it has none (standard-streams.ts). What warnings
 * Node has, it keeps to itself.
 */
export const registerLog = (app: App): ((line: string) => void) => {
  if (isPackaged(app)) {
    if (!dropStandardStreams()) app.exit(1);
    process.removeAllListeners('warning');
  }
  log.transports.file.resolvePathFn = () => join(app.getPath('logs'), 'app.log');
  log.transports.file.maxSize = maxBytes;
  log.transports.file.archiveLogFn = (file) => rotate(file.path);
  log.transports.file.level = 'info';
  log.transports.console.level = isPackaged(app) ? false : 'info';
  log.transports.ipc.level = false;
  if (isPackaged(app)) app.commandLine.appendSwitch('disable-logging');
  process.on('uncaughtException', (error) => {
    log.error(error);
    // A state nobody foresaw is not carried on with. The keeper does not depend on the app.
    app.exit(1);
  });
  process.on('unhandledRejection', (reason) => log.error('unhandled rejection', reason));
  return (line) => log.info(line);
};
