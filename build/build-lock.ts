import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The process that has it; 0: nobody, or one that has not written its number yet. */
const ownerOf = (file: string): number => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};

const lookMs = 100;
/** One that was ended between making the file and writing its number. */
const namelessForMs = 5_000;

/**
 * One build at a time in a folder: two would write the same files, and each would take the other's half. The lock of a process
 * that is gone is taken over.
 *
 * @param folder where the outputs go; made when it is missing
 */
export async function withBuildLock<T>(folder: string, build: () => Promise<T>): Promise<T> {
  const file = path.join(folder, '.building');
  mkdirSync(folder, { recursive: true });
  for (let namelessMs = 0; ; ) {
    try {
      const fd = openSync(file, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    namelessMs = owner === 0 ? namelessMs + lookMs : 0;
    if (owner === 0 ? namelessMs > namelessForMs : !isAlive(owner)) rmSync(file, { force: true });
    else await sleep(lookMs);
  }
  const release = (): void => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await build();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}
