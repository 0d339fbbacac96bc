import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * All of a small file of our own. Null: it is no file, or larger than any that was written. Throws what the disk says, and where
 * the last part of the path is a link. For threads that may wait for a disk.
 */
export const readWhole = (path: string, mostBytes: number): Buffer | null => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile() || seen.size > mostBytes) return null;
    const bytes = Buffer.alloc(seen.size);
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
};
