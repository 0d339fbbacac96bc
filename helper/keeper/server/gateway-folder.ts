import { closeSync, constants, fchmodSync, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../config/trusted-folders.ts';
import type { GatewayAccount } from './gateway-account.ts';

/** Where the gateway, which may write nowhere else, keeps what must outlive it. The keeper makes it, and reads nothing of it. */

export const gatewayFolderPath = (runDirectory: string): string => join(runDirectory, 'gateway');

const folderMode = 0o700;

/**
 * Makes the folder where it is not there, and gives it to the account as it is now: a keeper that ended between the two, or an
 * account that was made anew, leaves no gateway that cannot write. Returns what went wrong, or null.
 */
export const prepareGatewayFolder = (runDirectory: string, { uid, gid }: GatewayAccount): string | null => {
  const path = gatewayFolderPath(runDirectory);
  try {
    try {
      mkdirSync(path, { mode: folderMode });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const seen = fstatSync(fd);
      // Nobody else can have put another there: the run directory is the keeper's alone.
      if (seen.uid !== uid || seen.gid !== gid) fchownSync(fd, uid, gid);
      if ((seen.mode & 0o7777) !== folderMode) fchmodSync(fd, folderMode);
      return null;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return `${path}: ${errorCode(error)}`;
  }
};
