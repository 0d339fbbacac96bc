import { closeSync, constants, openSync, renameSync, writeSync } from 'node:fs';

/**
 * Puts `text` in place of the file at `path` by temporary file and rename: a reader sees one whole version or the other.
 * Throws what the disk says; the file that was there stays. For threads that may wait for a disk, not for the keeper's own.
 */
export const replaceFile = (path: string, text: string, mode = 0o644): void => {
  const temporary = `${path}.tmp`;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  try {
    const bytes = Buffer.from(text);
    if (writeSync(fd, bytes) !== bytes.length) throw new Error('no space left for it');
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
};
