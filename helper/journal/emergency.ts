import { closeSync, constants, fstatSync, fsync, openSync, readSync, writeSync } from 'node:fs';

/**
 * A file whose space is allocated beforehand, by writing it: lines of a full disk are written over that space, which needs
 * no more of it. (So on file systems that overwrite in place; on one that copies on write it is an attempt like any other.)
 * Unused space is filled with line breaks, so the file is readable as lines at any time.
 */

export interface Emergency {
  /** False when there is no room, or no file. */
  readonly put: (bytes: Buffer) => boolean;
  readonly rows: () => number;
  /** The lines in it, or null when there are none. */
  readonly lines: () => Buffer | null;
  readonly clear: () => void;
  readonly close: () => void;
}

const newline = 10;

export const createEmergency = (path: string, size: number): Emergency => {
  let fd: number | null = null;
  let used = 0;
  let rows = 0;

  /** Allocates what is missing, and finds what an earlier run left. */
  const prepare = (): void => {
    if (fd !== null) return;
    try {
      fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      const before = fstatSync(fd).size;
      if (before < size) {
        writeSync(fd, Buffer.alloc(size - before, newline), 0, size - before, before);
        fsync(fd, () => {});
      }
      const content = Buffer.alloc(size, newline);
      readSync(fd, content, 0, size, 0);
      used = size;
      while (used > 0 && content[used - 1] === newline) used--;
      if (used > 0) used = Math.min(size, used + 1);
      rows = 0;
      for (let index = 0; index < used; index++) if (content[index] === newline) rows++;
    } catch {
      // No reserve for now: a later line tries again.
      if (fd !== null) closeSync(fd);
      fd = null;
    }
  };

  prepare();
  return {
    put: (bytes) => {
      prepare();
      // One line break more stays behind the last line, as its proof of being whole.
      if (fd === null || used + bytes.length > size) return false;
      try {
        if (writeSync(fd, bytes, 0, bytes.length, used) !== bytes.length) return false;
      } catch {
        return false;
      }
      used += bytes.length;
      rows++;
      return true;
    },
    rows: () => rows,
    lines: () => {
      if (fd === null || rows === 0) return null;
      const content = Buffer.alloc(used);
      readSync(fd, content, 0, used, 0);
      return content;
    },
    clear: () => {
      if (fd !== null) writeSync(fd, Buffer.alloc(size, newline), 0, size, 0);
      used = 0;
      rows = 0;
    },
    close: () => {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
};
