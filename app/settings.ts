import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import type { Settings } from './ipc/contract.ts';

/** The operator's taste, in a JSON file of the user's. Nothing here changes what the keeper does. */

const stored = z.strictObject({ numbersInTray: z.boolean(), colourInTray: z.boolean() });
export type StoredSettings = z.infer<typeof stored>;

export const defaultSettings: StoredSettings = { numbersInTray: true, colourInTray: true };

/** Defaults when there is no file or it is not valid; an invalid one is kept beside it as `….invalid`. */
export const readSettings = (file: string, log: (line: string) => void): StoredSettings => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log(`settings: not readable, ${String(error)}`);
    return defaultSettings;
  }
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    log('settings: not valid, defaults are used');
    try {
      copyFileSync(file, `${file}.invalid`);
    } catch (error) {
      log(`settings: no copy kept, ${String(error)}`);
    }
    return defaultSettings;
  }
};

/** Whole or not at all: a temporary file renamed into place. Throws what the file system throws. */
export const writeSettings = (file: string, { numbersInTray, colourInTray }: StoredSettings): void => {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify({ numbersInTray, colourInTray }, null, 2)}\n`);
  renameSync(temporary, file);
};

/** What the settings become; `openAtLogin` belongs to the system and is not stored. */
export const changeSettings = (before: Settings, change: Partial<Settings>): Settings => ({
  ...before,
  ...change,
  openAtLogin: before.openAtLogin === null ? null : (change.openAtLogin ?? before.openAtLogin),
});
