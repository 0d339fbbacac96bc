import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, judgeFolders } from '../config/trusted-folders.ts';
import { replaceFile } from '../config/whole-file.ts';
import { type Done, done, notDone } from './launchd.ts';

/** Files of root in folders of root: written whole or not at all, never through a link. */

export type RootFile =
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'file';
      readonly text: string;
      /** Owner and mode are as they must be. */
      readonly isRight: boolean;
    }
  | { readonly kind: 'refused'; readonly why: string };

const mode = 0o644;
/** No property list of launchd's is longer. */
const mostBytes = 2 ** 20;

export const readRootFile = (path: string): RootFile => {
  let fd: number;
  try {
    const seen = lstatSync(path);
    if (!seen.isFile()) return { kind: 'refused', why: `${path} is not a plain file` };
    if (seen.size > mostBytes) return { kind: 'refused', why: `${path} is too large to be one of ours` };
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'refused', why: `${path}: ${code}` };
  }
  try {
    const seen = fstatSync(fd);
    const isRight = seen.uid === 0 && seen.gid === 0 && (seen.mode & 0o7777) === mode;
    return { kind: 'file', text: readFileSync(fd, 'utf8'), isRight };
  } catch (error) {
    return { kind: 'refused', why: `${path}: ${errorCode(error)}` };
  } finally {
    closeSync(fd);
  }
};

/** root:wheel 0644, as launchd asks for (122 otherwise). The folder must be root's alone. */
export const writeRootFile = (path: string, text: string): Done => {
  const folder = judgeFolders(dirname(path), [0]);
  if (folder.kind !== 'trusted')
    return notDone(folder.kind === 'missing' ? `${folder.path} is missing` : folder.detail);
  const name = basename(path);
  // launchd reads what ends in .plist only: a leftover of this name is never loaded.
  const fresh = `${name}.castellan-new`;
  try {
    rmSync(join(folder.real, fresh), { force: true });
    replaceFile(folder.real, name, fresh, Buffer.from(text), { mode, owner: { uid: 0, gid: 0 } });
    return done;
  } catch (error) {
    return notDone(`${path} could not be written: ${errorCode(error)}`);
  }
};

/** Whatever it holds; of a link the link itself. */
export const removeRootFile = (path: string): Done => {
  try {
    rmSync(path, { force: true });
    return done;
  } catch (error) {
    return notDone(`${path} could not be removed: ${errorCode(error)}`);
  }
};
