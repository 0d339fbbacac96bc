import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** `npm start` without npm, the set-up and a display. */
export interface Start {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly ended: Promise<number | null>;
}

export const startHere = (t: TestContext, root: string, runDirectory: string, ...more: readonly string[]): Start => {
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const args = [path.join(root, 'build/start/main.ts'), '--run-dir', runDirectory, ...more];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  t.after(async () => {
    // Twice: nobody waits for what does not end.
    for (let turn = 0; turn < 2 && child.exitCode === null && child.signalCode === null; turn += 1) {
      child.kill('SIGTERM');
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    await ended;
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  return { child, text: () => text, ended };
};

/** All that it writes; empty when it fails. */
export const textOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return child.exitCode === 0 ? text : '';
};

/** Living processes whose command line holds this. */
export const usersOf = (word: string): readonly number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
      } catch {
        return false;
      }
    })
    .map(Number);
