import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, judgeFolders } from '../config/trusted-folders.ts';
import { type Done, done, notDone } from './cutover-launchd.ts';

/** Files of root in folders of root: written whole or not at all, never through a link. */

export type RootFile =
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'file';
      readonly text: string /** Owner and mode are as they must be. */;
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
  // launchd reads what ends in .plist only: a leftover of this name is never loaded.
  const temporary = `${path}.castellan-new`;
  try {
    rmSync(temporary, { force: true });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeSync(fd, text);
      fchownSync(fd, 0, 0);
      fchmodSync(fd, mode);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    return done;
  } catch (error) {
    rmSync(temporary, { force: true });
    return notDone(`${path} could not be written: ${errorCode(error)}`);
  }
};

export const removeRootFile = (path: string): Done => {
  try {
    rmSync(path, { force: true });
    return done;
  } catch (error) {
    return notDone(`${path} could not be removed: ${errorCode(error)}`);
  }
};
