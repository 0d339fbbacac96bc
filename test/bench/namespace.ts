import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A private pid and mount namespace: what runs in it sees, and could signal, nothing but its own children, and all of them
 * end with it. Needs root and unshare (util-linux).
 */

const insideFlag = '--inside';

export const isInside = (): boolean => process.argv.includes(insideFlag);

/** Runs this very file again inside; its output is passed on. Resolves to its exit code. */
export const enterNamespace = (file: string, args: readonly string[] = []): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      'unshare',
      ['--pid', '--fork', '--kill-child', '--mount-proc', '--mount', process.execPath, file, insideFlag, ...args],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

/** Starts `count` sleeping processes and waits until they are there. */
export const startSleepers = async (count: number): Promise<void> => {
  const shell = spawn(
    'sh',
    ['-c', `i=0; while [ $i -lt ${count} ]; do sleep 3600 & i=$((i+1)); done; echo ready; wait`],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  await new Promise((resolve) => shell.stdout.once('data', resolve));
  await sleep(500);
};
