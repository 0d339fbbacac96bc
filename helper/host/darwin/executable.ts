import { statSync } from 'node:fs';
import type { ProcessId, SensorFact } from '../reading.ts';
import { constants } from './bindings.ts';
import { type Native, nativeMemory } from './native.ts';

/** Whether there is a file at a path; null: not known. */
export type FileExists = (path: string) => boolean | null;

const decoder = new TextDecoder();

/**
 * Whether the file a process was started from is gone. proc_pidpath gives the path of the file that is mapped; of one that has
 * no name any more it fails with ENOENT while the process goes on (psutil, `psutil_proc_exe` in arch/osx, has met it). Whether
 * a deleted file keeps its old path instead depends on the kernel's name cache, so the path is looked at, too.
 */
export const createExecutableCheck = (
  native: Native,
  identify: (pid: number) => ProcessId | SensorFact,
  exists: FileExists,
): ((id: ProcessId) => boolean | null) => {
  // PROC_PIDPATHINFO_MAXSIZE; a larger buffer is refused (EOVERFLOW).
  const path = nativeMemory(constants.PROC_PIDPATHINFO_MAXSIZE);

  const look = (pid: number): boolean | null => {
    const length = Number(native.call.proc_pidpath(pid, path.address, path.bytes.length));
    if (length <= 0) return native.errno() === constants.ENOENT ? true : null;
    const there = exists(decoder.decode(path.bytes.subarray(0, Math.min(length, path.bytes.length))));
    return there === null ? null : !there;
  };

  return (id) => {
    const found = look(id.pid);
    // Asked after the look: had the pid changed hands in between, it would show here.
    const now = identify(id.pid);
    return 'problem' in now || now.start !== id.start ? null : found;
  };
};

/** Of the file system this process sees. */
export const fileExists: FileExists = (path) => {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR' ? false : null;
  }
};
