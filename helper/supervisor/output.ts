import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, judgeFolders, look } from '../config/trusted-folders.ts';
import type { Account } from './account.ts';

/** Where a job's output goes: opened with the supervisor's rights, before the job has its own. */

export interface OutputRules {
  /** Accounts that may own the file and the folders above it, as for `readTrusted`. */
  readonly owners: readonly number[];
  /** The folder for what seats write: its files are made for the seat's account, and set aside when they are large. */
  readonly seatLogs: string;
}

export type Output =
  | { readonly ok: true; readonly fd: number | 'ignore' }
  | { readonly ok: false; readonly detail: string };

/** Looked at when a seat starts, so what one run writes is not limited. */
export const mostLogBytes = 5 * 2 ** 20;

const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const refuse = (detail: string): Output => ({ ok: false, detail });

const open = (path: string, mode: number, accept: (fd: number) => string | null): Output => {
  let fd: number;
  try {
    fd = openSync(path, flags, mode);
  } catch (error) {
    const code = errorCode(error);
    return refuse(code === 'ELOOP' ? `${path} is a link` : `${path}: ${code}`);
  }
  let wrong: string | null;
  try {
    wrong = accept(fd);
  } catch (error) {
    wrong = `${path}: ${errorCode(error)}`;
  }
  if (wrong === null) return { ok: true, fd };
  closeSync(fd);
  return refuse(wrong);
};

/** One run back is kept beside it. */
const setAside = (path: string): void => {
  const seen = look(path);
  if (!('code' in seen) && seen.isFile() && seen.size > mostLogBytes) renameSync(path, `${path}.1`);
};

/**
 * Nobody but the supervisor's account puts a name into that folder, so whoever owns a file there was given it, perhaps as
 * the account the seat had before.
 */
const openSeatLog = (path: string, account: Account): Output => {
  try {
    setAside(path);
  } catch (error) {
    return refuse(`${path}: ${errorCode(error)}`);
  }
  return open(path, 0o640, (fd) => {
    const seen = fstatSync(fd);
    if (!seen.isFile() || seen.nlink !== 1) return `${path} is not a file of its own`;
    if (seen.uid !== account.uid || seen.gid !== account.gid) fchownSync(fd, account.uid, account.gid);
    if ((seen.mode & 0o7777) !== 0o640) fchmodSync(fd, 0o640);
    return null;
  });
};

/** Only where nobody else can have put something in its place; never through a link. */
export const openOutput = (file: string | null, { owners, seatLogs }: OutputRules, account: Account): Output => {
  if (file === null || file === '/dev/null') return { ok: true, fd: 'ignore' };
  const folder = judgeFolders(dirname(file), owners);
  if (folder.kind !== 'trusted')
    return refuse(folder.kind === 'missing' ? `${folder.path} does not exist` : folder.detail);
  const path = join(folder.real, basename(file));
  if (folder.real === seatLogs) return openSeatLog(path, account);
  return open(path, 0o644, (fd) => {
    const seen = fstatSync(fd);
    return seen.isFile() && owners.includes(seen.uid) && seen.nlink === 1
      ? null
      : `${path} is not a file of the supervisor's own`;
  });
};
