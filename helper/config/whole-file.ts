import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Files that are there whole or not at all, whatever ends in the middle: the disk, the process, the power. */

export interface FileRights {
  readonly mode: number;
  /** Left out: of who runs this. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Nothing of that name may be there, not even a link. Throws what the system does; then a part of it may be left. */
export const writeNewFile = (path: string, bytes: Uint8Array, { mode, owner }: FileRights): void => {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    // On a disk that is nearly full a write takes a part of it, and only the next one fails.
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
    // Last, for a change of owner takes bits away; and on the descriptor, for the mode given to open is cut by the umask.
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** A name is on the disk only once its folder is. */
export const syncFolder = (path: string): void => {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Writes a file beside and renames it over, so that whoever reads finds the old text or the new one. Throws what the system
 * does; then the old one is there.
 *
 * @param fresh name of the file beside
 */
export const replaceFile = (
  folder: string,
  name: string,
  fresh: string,
  bytes: Uint8Array,
  rights: FileRights,
): void => {
  const beside = join(folder, fresh);
  try {
    writeNewFile(beside, bytes, rights);
    renameSync(beside, join(folder, name));
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  syncFolder(folder);
};
