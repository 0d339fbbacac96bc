import { chownSync, closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../config/trusted-folders.ts';
import type { GatewayAccount } from './gateway-account.ts';

/** Where the gateway, which may write nowhere else, keeps what must outlive it. The keeper makes it, and reads nothing of it. */

export const gatewayFolderPath = (runDirectory: string): string => join(runDirectory, 'gateway');

const folderMode = 0o700;

/** Makes the folder where it is not there. Returns what went wrong, or null. */
export const prepareGatewayFolder = (runDirectory: string, { uid, gid }: GatewayAccount): string | null => {
  const path = gatewayFolderPath(runDirectory);
  try {
    try {
      mkdirSync(path, { mode: folderMode });
      // Nobody else can have put another there: the run directory is the keeper's alone.
      chownSync(path, uid, gid);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const seen = fstatSync(fd);
      if (seen.uid !== uid) return `${path} belongs to uid ${seen.uid}, and the gateway is uid ${uid}`;
      if ((seen.mode & 0o7777) !== folderMode) fchmodSync(fd, folderMode);
      return null;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return `${path}: ${errorCode(error)}`;
  }
};
