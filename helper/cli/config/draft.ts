import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxConfigBytes } from '../../config/parse.ts';
import { errorCode } from '../../config/trusted-folders.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import type { Account } from './editor.ts';

/** A copy of castellan.toml that only the operator can reach, for the editor. */

export type DraftText =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly failure: Failure };

export interface Draft {
  readonly path: string;
  read(): DraftText;
  discard(): void;
}

/** `account` is who edits; null: who runs this program. Throws when the temporary folder cannot be written. */
export const createDraft = (bytes: Uint8Array, account: Account | null): Draft => {
  // mkdtemp makes it with mode 0700.
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-edit-'));
  const path = join(folder, 'castellan.toml');
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
    if (account !== null) for (const each of [path, folder]) chownSync(each, account.uid, account.gid);
  } catch (error) {
    discard();
    throw error;
  }
  return { path, read: () => readDraft(path, account), discard };
};

/**
 * What the editor left. Read with root's rights out of a folder of the operator's, so nothing is followed that could
 * name another file: no link of either kind.
 */
const readDraft = (path: string, account: Account | null): DraftText => {
  const refused = (detail: string): DraftText => ({ ok: false, failure: failure('editor_failed', detail) });
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return refused(`${path} is gone or no longer a file: ${errorCode(error)}`);
  }
  try {
    const seen = fstatSync(descriptor);
    if (!seen.isFile() || seen.nlink !== 1) return refused(`${path} is no longer an ordinary file`);
    if (account !== null && seen.uid !== account.uid) return refused(`${path} belongs to uid ${seen.uid}`);
    // One byte more than allowed, so that the check of the text says that it is too large.
    const bytes = new Uint8Array(maxConfigBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const got = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (got === 0) break;
      length += got;
    }
    return { ok: true, bytes: bytes.slice(0, length) };
  } catch (error) {
    return refused(`${path}: ${errorCode(error)}`);
  } finally {
    closeSync(descriptor);
  }
};
