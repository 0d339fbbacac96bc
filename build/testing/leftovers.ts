import { readdirSync, readFileSync } from 'node:fs';

/**
 * What a test file started is found by an environment variable that each of its processes inherits; a process that
 * leaves its group (setsid) is found too. Linux only: macOS shows no other process's environment.
 */
export const markVariable = 'CASTELLAN_TEST_FILE';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Living processes that carry the mark. */
export function findLeftovers(mark: string): readonly Leftover[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(`${markVariable}=${mark}`))
    .map((pid) => ({ pid: Number(pid), command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }));
}

/** SIGKILL to the group the file ran in and to every process that carries its mark. */
export function killAll(group: number, mark: string): void {
  for (const target of [-group, ...findLeftovers(mark).map(({ pid }) => pid)]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It is gone, which is what was wanted.
    }
  }
}
