import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Failure, failure } from '../protocol/index.ts';
import { errorCode, judgeFolders } from './trusted-folders.ts';

/** Puts a castellan.toml in its place: whole or not at all, and only where no other account could exchange it. */

/** Readable by all, so that everybody can run `castellan config check`; changed by its owner alone. */
const mode = 0o644;

type Folder = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly failure: Failure };

const refused = (code: 'untrusted_path' | 'config_unwritable', detail: string) =>
  ({ ok: false, failure: failure(code, detail) }) as const;

const folderOf = (path: string, owners: readonly number[]): Folder => {
  const judged = judgeFolders(dirname(resolve(path)), owners);
  if (judged.kind === 'trusted') return { ok: true, path: judged.real };
  if (judged.kind === 'missing') return refused('config_unwritable', `${judged.path} does not exist`);
  return refused(judged.kind === 'untrusted' ? 'untrusted_path' : 'config_unwritable', judged.detail);
};

/** Whether `installConfig` could work, to be asked before somebody spends time on an edit. Null: yes. */
export const whyNotInstallable = (path: string, owners: readonly number[]): Failure | null => {
  const folder = folderOf(path, owners);
  if (!folder.ok) return folder.failure;
  try {
    accessSync(folder.path, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return failure('config_unwritable', `${folder.path}: ${errorCode(error)}`);
  }
};

const writeNew = (path: string, bytes: Uint8Array): void => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, mode);
  try {
    // The mode given to open is cut by the umask.
    fchmodSync(descriptor, mode);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** A rename is on the disk only once its folder is. */
const syncFolder = (path: string): void => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Writes a new file beside `path` and renames it over it, so that whoever reads finds the old text or the new one. The
 * file belongs to the account this runs as. `owners` as for `readTrusted`. Null: done.
 */
export const installConfig = (path: string, bytes: Uint8Array, owners: readonly number[]): Failure | null => {
  const folder = folderOf(path, owners);
  if (!folder.ok) return folder.failure;
  const name = basename(path);
  const fresh = join(folder.path, `.${name}.${randomBytes(6).toString('hex')}`);
  try {
    writeNew(fresh, bytes);
    renameSync(fresh, join(folder.path, name));
    syncFolder(folder.path);
    return null;
  } catch (error) {
    rmSync(fresh, { force: true });
    return failure('config_unwritable', `${path}: ${errorCode(error)}`);
  }
};
