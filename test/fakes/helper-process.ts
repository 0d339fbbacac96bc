import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** A real process of helper/main.ts and all it says; killed at the end of the test. */

export const helperMain = path.resolve(import.meta.dirname, '../../helper/main.ts');

export interface HelperProcess {
  readonly child: ChildProcess;
  /** Both of its streams, as far as it has said anything. */
  readonly text: () => string;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export const startHelper = (t: TestContext, ...args: readonly string[]): HelperProcess => {
  const child = spawn(process.execPath, [helperMain, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  return { child, text: () => text, ended: new Promise((resolve) => child.on('exit', (code) => resolve(code))) };
};
