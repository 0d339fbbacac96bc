import { closeSync, constants, lstatSync, openSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Places } from './places.ts';
import { tombstoneBytes } from './tombstone.ts';

/**
 * Files whose space has been written beforehand, so that a full disk cannot forbid a stop: a tombstone overwrites one in
 * place, which takes no further space where a file system overwrites in place (ext4, tmpfs, HFS+), and is renamed to its
 * name. Where it copies on write (APFS, btrfs) a disk that is full to the last block refuses, and nothing is stopped.
 * Nothing is flushed: a tombstone has to survive the death of processes, not of the machine, which ends what is frozen too.
 */

export type Written = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly detail: string };

export interface Slots {
  /** Free slots there are. */
  readonly free: () => number;
  /** Allocates what is missing, a few at a time. Resolves to the first refusal of the disk, else null. */
  readonly fill: () => Promise<string | null>;
  /** Puts a tombstone of exactly `tombstoneBytes` under its name. Refuses a name that is taken. */
  readonly use: (name: string, tombstone: Buffer) => Written;
  /** Takes back a file that is done with. False: it is not there any more, or cannot be moved. */
  readonly recycle: (path: string) => boolean;
}

const atOnce = 32;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

const detailOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

const writeAll = (fd: number, bytes: Buffer): void => {
  if (writeSync(fd, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error('no space left for it');
};

/** `wanted`: how many slots there should be. The folder must exist and be the caller's alone. */
export const createSlots = (places: Places, wanted: number): Slots => {
  const free: string[] = [];
  let made = 0;

  for (const name of readdirSync(places.slots)) {
    const path = join(places.slots, name);
    const seen = lstatSync(path);
    if (seen.isFile() && seen.size === tombstoneBytes && seen.nlink === 1 && !name.startsWith('new-')) free.push(path);
    else if (!seen.isDirectory()) unlinkSync(path);
  }

  const isTaken = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

  /** Not one that is there: an earlier keeper may have had our pid, as in a container where it is always the same. */
  const nameNew = (): string => {
    do made += 1;
    while (isTaken(join(places.slots, `${process.pid}-${made}`)));
    return `${process.pid}-${made}`;
  };

  const make = (): void => {
    const name = nameNew();
    const temporary = join(places.slots, `new-${name}`);
    const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      // Blanks, not zeros: some file systems store no space for those.
      writeAll(fd, Buffer.alloc(tombstoneBytes, ' '));
      const path = join(places.slots, name);
      renameSync(temporary, path);
      free.push(path);
    } catch (fault) {
      unlinkSync(temporary);
      throw fault;
    } finally {
      closeSync(fd);
    }
  };

  return {
    free: () => free.length,
    fill: async () => {
      try {
        while (free.length < wanted) {
          for (let count = 0; count < atOnce && free.length < wanted; count += 1) make();
          await new Promise(setImmediate);
        }
        return null;
      } catch (fault) {
        return detailOf(fault);
      }
    },
    use: (name, tombstone) => {
      const path = join(places.stopped, name);
      try {
        if (isTaken(path)) return { ok: false, detail: `${path} is there already` };
        if (free.length === 0) make();
        const slot = free.pop();
        if (slot === undefined) return { ok: false, detail: 'no room for a tombstone' };
        const fd = openSync(slot, O_WRONLY | O_NOFOLLOW);
        try {
          writeAll(fd, tombstone);
        } finally {
          closeSync(fd);
        }
        renameSync(slot, path);
        return { ok: true, path };
      } catch (fault) {
        return { ok: false, detail: detailOf(fault) };
      }
    },
    recycle: (path) => {
      const slot = join(places.slots, nameNew());
      try {
        renameSync(path, slot);
        free.push(slot);
        return true;
      } catch {
        return false;
      }
    },
  };
};
