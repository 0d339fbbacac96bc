import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { claimOfName } from './claims.ts';
import type { Places } from './places.ts';
import { parseTombstone, pidOfName, type Tombstone, tombstoneBytes } from './tombstone.ts';

/** What lies in `stopped/` and `resuming/`. Reading never throws: whatever is there, the deadman goes on. */

export interface Entry {
  readonly path: string;
  /** Null: the name stands for no process that may be signalled. */
  readonly pid: number | null;
  /** Who claimed it; null: nobody yet. */
  readonly resumer: string | null;
  /** Null: it cannot be read as a tombstone of this pid. */
  readonly tombstone: Tombstone | null;
}

export const makeFolders = (places: Places): void => {
  for (const path of [places.stopped, places.resuming, places.slots]) mkdirSync(path, { mode: 0o700, recursive: true });
};

const buffer = Buffer.alloc(tombstoneBytes + 1);
const blank = 32;

/** The text of a small plain file; null: not to be had, or larger than any tombstone. */
const textOf = (path: string): string | null => {
  let fd: number;
  try {
    // Without O_NONBLOCK a pipe that somebody put there would hold us for ever.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    if (!fstatSync(fd).isFile()) return null;
    let length = readSync(fd, buffer, 0, buffer.length, 0);
    if (length > tombstoneBytes) return null;
    // The blanks it is filled up with would be most of the text.
    while (length > 0 && (buffer[length - 1] ?? 0) <= blank) length -= 1;
    return buffer.toString('utf8', 0, length);
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
};

export const readTombstone = (path: string): Tombstone | null => {
  const text = textOf(path);
  return text === null ? null : parseTombstone(text);
};

const entryOf = (path: string, pidName: string, resumer: string | null): Entry => {
  const pid = pidOfName(pidName);
  const tombstone = pid === null ? null : readTombstone(path);
  return { path, pid, resumer, tombstone: tombstone?.pid === pid ? tombstone : null };
};

/** Names in a folder that may be missing; what cannot be a tombstone because it is a folder is left alone. */
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((each) => !each.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
};

export const listStopped = (places: Places): readonly Entry[] =>
  namesIn(places.stopped).map((name) => entryOf(join(places.stopped, name), name, null));

export const listResuming = (places: Places): readonly Entry[] =>
  namesIn(places.resuming).map((name) => {
    const claimed = claimOfName(name);
    return entryOf(join(places.resuming, name), claimed?.pid ?? '', claimed?.resumer ?? '');
  });

const fileMark = (path: string): string => {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  return seen === undefined ? 'missing' : `${seen.ino} ${seen.mtimeMs} ${seen.size}`;
};

/** Changes when the file is replaced. */
export const markOf = (path: string): string => {
  try {
    return fileMark(path);
  } catch {
    return 'unreadable';
  }
};
