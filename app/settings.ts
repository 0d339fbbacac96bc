import * as z from 'zod/mini';
import type { Settings } from './ipc/contract.ts';
import { type StoredFile, storedFile } from './stored-file.ts';

/** The operator's taste, in a JSON file of the user's. Nothing here changes what the keeper does. */

const stored = z.strictObject({ numbersInTray: z.boolean(), colourInTray: z.boolean() });
export type StoredSettings = z.infer<typeof stored>;

export const defaultSettings: StoredSettings = { numbersInTray: true, colourInTray: true };

export const settingsFile = (file: string, log: (line: string) => void): StoredFile<StoredSettings> =>
  storedFile({ file, name: 'settings', parse: (value) => stored.parse(value), fallback: defaultSettings, log });

/** The part of them that is kept in the file. */
export const storedPart = ({ numbersInTray, colourInTray }: Settings): StoredSettings => ({
  numbersInTray,
  colourInTray,
});

/** What the settings become; `openAtLogin` belongs to the system and is not stored. */
export const changeSettings = (before: Settings, change: Partial<Settings>): Settings => ({
  ...before,
  ...change,
  openAtLogin: before.openAtLogin === null ? null : (change.openAtLogin ?? before.openAtLogin),
});
