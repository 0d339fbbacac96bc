import { dropPrivileges } from '../../gateway/privileges.ts';
import type { Io } from '../command.ts';
import { callerBehindSudo } from '../config/editor.ts';

/**
 * Reports are parsed without the rights of root: who calls with sudo becomes who he was, root itself nobody, before the first
 * byte is read. Files are opened before, because only then all of them may be.
 */

/** Gives the rights of root up for good. Null: there are none left; else why not. */
export type LeaveRoot = (io: Io) => string | null;

/** -2 as macOS counts it; what Linux has for it. */
const nobody = (platform: string): number => (platform === 'darwin' ? 2 ** 32 - 2 : 65534);

export const leaveRoot: LeaveRoot = (io) => {
  if (io.uid !== 0) return null;
  const id = nobody(process.platform);
  return dropPrivileges(callerBehindSudo(io) ?? { uid: id, gid: id });
};
