import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Looks at processes and files, for tests that wait for what becomes of them. */

/** Bounds only tell a hang. */
const longMs = 60_000;

/** The state letter of /proc/PID/stat; null: there is no such process. */
export const stateOf = (pid: number): string | null => {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? null;
  } catch {
    return null;
  }
};
export const isStopped = (pid: number): boolean => stateOf(pid) === 'T';

/** Milliseconds until it was so. */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = longMs,
): Promise<number> => {
  const from = performance.now();
  while (!(await condition())) {
    if (performance.now() - from > limitMs) assert.fail(`not within ${limitMs} ms: ${what}`);
    await sleep(5);
  }
  return performance.now() - from;
};

/** The whole lines of a file, which may be missing, be written or be cut at this moment. */
export const jsonLines = (file: string): readonly unknown[] => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    return [];
  }
};
