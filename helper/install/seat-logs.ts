import { chmodSync, closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import type { SeatConfig } from '../config/config.ts';
import { errorCode, look, octal } from '../config/trusted-folders.ts';
import { seatLogPath, seatLogsPath } from '../supervisor/places.ts';

/** Where seats write what they have to say: the folder, and for seats of a user's domain the files. */

const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
const folderMode = 0o755;

const prepareFolder = (path: string): string | null => {
  try {
    mkdirSync(path, { mode: folderMode });
    // mkdir's mode is cut by the umask; a seat of another account must get through.
    chmodSync(path, folderMode);
    return null;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return `${path}: ${errorCode(error)}`;
  }
  const seen = look(path);
  if ('code' in seen) return `${path}: ${seen.code}`;
  if (!seen.isDirectory()) return `${path} is not a folder, so seats that write there do not start`;
  const isOurs = seen.uid === process.getuid?.() && (seen.mode & 0o022) === 0;
  return isOurs
    ? null
    : `${path} has owner uid ${seen.uid} and mode ${octal(seen.mode)}; it should be the keeper's alone`;
};

/**
 * An agent is started by the launchd of its user, which cannot make a file there; the system's makes it for the UserName
 * (launchd.plist(5), StandardOutPath).
 */
const prepareFile = (path: string, uid: number): string | null => {
  let fd: number;
  try {
    fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o640);
  } catch (error) {
    return `${path}: ${errorCode(error)}`;
  }
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile() || seen.nlink !== 1) return `${path} is not a file of its own`;
    if (seen.uid !== uid) fchownSync(fd, uid, seen.gid);
    return null;
  } catch (error) {
    return `${path}: ${errorCode(error)}`;
  } finally {
    closeSync(fd);
  }
};

/** @returns what went wrong, a sentence each */
export const prepareSeatLogs = (
  runDirectory: string,
  seats: readonly Pick<SeatConfig, 'label' | 'domain' | 'command'>[],
): readonly string[] => {
  const wrong = prepareFolder(seatLogsPath(runDirectory));
  if (wrong !== null) return [wrong];
  return seats.flatMap(({ label, domain, command }) => {
    if (command === null || domain === 'system') return [];
    const trouble = prepareFile(seatLogPath(runDirectory, label), Number(domain.slice('gui/'.length)));
    return trouble === null ? [] : [trouble];
  });
};
