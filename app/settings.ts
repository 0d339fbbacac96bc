import * as z from 'zod/mini';
import type { Settings } from './ipc/contract.ts';
import { isShortcut } from './shortcut.ts';
import { type StoredFile, storedFile } from './stored-file.ts';

/** ⌃⌥M on a Mac. A setting of an older app has none. */
const defaultShortcut = 'Control+Alt+M';

/** The operator's taste, in a JSON file of the user's. Nothing here changes what the keeper does. */

const stored = z.strictObject({
  numbersInTray: z.boolean(),
  colourInTray: z.boolean(),
  shortcut: z._default(z.nullable(z.string().check(z.refine(isShortcut))), defaultShortcut),
});
export type StoredSettings = z.infer<typeof stored>;

export const defaultSettings: StoredSettings = {
  numbersInTray: true,
  colourInTray: true,
  shortcut: defaultShortcut,
};

export const settingsFile = (file: string, log: (line: string) => void): StoredFile<StoredSettings> =>
  storedFile({ file, name: 'settings', parse: (value) => stored.parse(value), fallback: defaultSettings, log });

/** The part of them that is kept in the file. */
export const storedPart = ({ openAtLogin: _, ...kept }: Settings): StoredSettings => kept;

/** What the settings become; `openAtLogin` belongs to the system and is not stored. */
export const changeSettings = (before: Settings, change: Partial<Settings>): Settings => ({
  ...before,
  ...change,
  openAtLogin: before.openAtLogin === null ? null : (change.openAtLogin ?? before.openAtLogin),
});
