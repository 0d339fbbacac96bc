import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CampaignOptions } from './options.ts';
import type { RunResult } from './run.ts';

/**
 * Runs side by side. As root each lane has a pid namespace of its own: nothing in it could signal anybody else, pids can be
 * given away on purpose, and all of it ends with the lane.
 */

export interface Lanes {
  /** Of lanes that did not end as they should: what they said. */
  readonly problems: readonly string[];
}

export const isPrivate = process.platform === 'linux' && process.getuid?.() === 0;

/**
 * Not by unshare's own --mount-proc: its change of propagation fails in a chroot. What is mounted below a /proc that is private
 * here is mounted nowhere else.
 */
const ownProc = 'mount --make-private /proc && mount -t proc proc /proc && exec "$@"';
const inNamespace = [
  ...['--pid', '--fork', '--kill-child', '--mount', '--propagation', 'unchanged'],
  ...['sh', '-c', ownProc, 'sh'],
];

const startLane = (options: CampaignOptions, lane: number, folder: string): ChildProcess => {
  const own = [join(import.meta.dirname, 'kill-points.ts'), '--lane', String(lane)];
  const passed = (['runs', 'seed', 'lanes', 'scale'] as const).flatMap((name) => [`--${name}`, String(options[name])]);
  const command = [process.execPath, '--no-warnings', ...own, ...passed];
  const [program = '', ...args] = isPrivate ? ['unshare', ...inNamespace, ...command] : command;
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  // Some four processes a run, a thousand runs: what was compiled once is not compiled again.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(folder, 'compiled');
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, TMPDIR: folder, NODE_COMPILE_CACHE: cache },
  });
};

export const runLanes = async (options: CampaignOptions, onResult: (result: RunResult) => void): Promise<Lanes> => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-campaign-'));
  const children: ChildProcess[] = [];
  const endAll = (): void => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', endAll);
  try {
    const count = Math.min(options.lanes, options.runs);
    const ends = Array.from({ length: count }, (_, lane) => {
      const child = startLane(options, lane, folder);
      children.push(child);
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      if (child.stdout)
        createInterface({ input: child.stdout }).on('line', (line) => onResult(JSON.parse(line) as RunResult));
      return new Promise<string | null>((resolve) => {
        child.once('error', (error) => resolve(`lane ${lane}: ${error.message}`));
        child.once('close', (code, signal) =>
          resolve(code === 0 ? null : `lane ${lane} ended with ${signal ?? code}: ${said.slice(-2000)}`),
        );
      });
    });
    return { problems: (await Promise.all(ends)).filter((each) => each !== null) };
  } finally {
    process.removeListener('exit', endAll);
    endAll();
  }
};
