import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomHex } from '../random.ts';
import type { GatewayAccount } from './gateway-account.ts';

/**
 * The token that `/load` and `/release` ask for: in the run directory, readable by the keeper's account and the gateway's
 * group, made once and kept, so that scripts that hold it go on working when the keeper is started again.
 */

export const gatewayTokenPath = (runDirectory: string): string => join(runDirectory, 'gateway.token');

const tokenBytes = 32;
const tokenForm = /^[0-9a-f]{64}\n?$/;
const tokenMode = 0o640;

export interface TokenOwner {
  /** The keeper's own account. */
  readonly uid: number;
  /** The gateway's group. */
  readonly gid: number;
}

const isGood = (path: string, { uid, gid }: TokenOwner): boolean => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile() || seen.uid !== uid || seen.gid !== gid || (seen.mode & 0o7777) !== tokenMode) return false;
    const buffer = Buffer.alloc(256);
    return tokenForm.test(buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)));
  } finally {
    closeSync(fd);
  }
};

/**
 * Makes the token where there is none, or one that is not as it must be. Returns what went wrong, or null. A token that
 * others could have read is replaced, and the one before is worth nothing any more.
 */
export const prepareGatewayToken = (
  runDirectory: string,
  keeperUid: number,
  account: GatewayAccount,
): string | null => {
  const path = gatewayTokenPath(runDirectory);
  const owner: TokenOwner = { uid: keeperUid, gid: account.gid };
  try {
    if (isGood(path, owner)) return null;
    const made = `${path}.${process.pid}`;
    rmSync(made, { force: true });
    const fd = openSync(made, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    try {
      writeSync(fd, `${randomHex(tokenBytes)}\n`);
      fchownSync(fd, owner.uid, owner.gid);
      fchmodSync(fd, tokenMode);
    } finally {
      closeSync(fd);
    }
    renameSync(made, path);
    return null;
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
};
