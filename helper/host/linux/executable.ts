import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import type { ProcessId, SensorFact } from '../reading.ts';

/** What the kernel appends to a path whose file has no name any more (proc_pid_exe(5)). */
const deletedMark = ' (deleted)';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/**
 * Whether the file a process was started from is gone. A file that was replaced (an upgrade) is there: the process would
 * start again. Null: not known, of a process of somebody else or of one that ended.
 */
export const createExecutableCheck =
  (procRoot: string, identify: (pid: number) => ProcessId | SensorFact) =>
  (id: ProcessId): boolean | null => {
    if (!Number.isSafeInteger(id.pid) || id.pid <= 0) return null;
    const process = `${procRoot}/${id.pid}`;
    const look = (): boolean | null => {
      try {
        const link = readlinkSync(`${process}/exe`);
        if (!link.endsWith(deletedMark)) return false;
        // A file may be called so; then it stands there.
        if (existsSync(`${process}/root${link}`)) return false;
        // Its own root: in a container the path means something else to us.
        lstatSync(`${process}/root${link.slice(0, -deletedMark.length)}`);
        return false;
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'ENOENT' && code !== 'ENOTDIR') return null;
        // ENOENT also from the link itself: kernel threads have none, and a process that has just ended.
        return hasLink(`${process}/exe`) ? true : null;
      }
    };
    const found = look();
    // Asked after the look: had the pid changed hands in between, it would show here.
    const now = identify(id.pid);
    return 'problem' in now || now.start !== id.start ? null : found;
  };

const hasLink = (path: string): boolean => {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false;
  }
};
