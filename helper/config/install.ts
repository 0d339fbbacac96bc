import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Failure, failure } from '../protocol/index.ts';
import { errorCode, judgeFolders } from './trusted-folders.ts';
import { replaceFile } from './whole-file.ts';

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

/**
 * Writes a new file beside `path` and renames it over it, so that whoever reads finds the old text or the new one. The
 * file belongs to the account this runs as. `owners` as for `readTrusted`. Null: done.
 */
export const installConfig = (path: string, bytes: Uint8Array, owners: readonly number[]): Failure | null => {
  const folder = folderOf(path, owners);
  if (!folder.ok) return folder.failure;
  const name = basename(path);
  const fresh = `.${name}.${randomBytes(6).toString('hex')}`;
  try {
    replaceFile(folder.path, name, fresh, bytes, { mode });
    return null;
  } catch (error) {
    return failure('config_unwritable', `${path}: ${errorCode(error)}`);
  }
};
