import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { presenceOn } from '../../build/start/answers.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { end, eventually, kept, root, type World } from './surroundings.ts';

/** A real keeper and the real command line, on the world's own run directory. */

const main = path.join(root, 'helper/main.ts');

export interface Keeper {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly log: () => string;
}

export const startKeeper = async (world: World, host: 'linux' | 'sim', ...more: readonly string[]): Promise<Keeper> => {
  mkdirSync(world.runDirectory, { recursive: true, mode: 0o755 });
  const args = [main, 'keeper', '--run-dir', world.runDirectory, '--host', host, ...more];
  const child = kept(spawn(process.execPath, args, { cwd: root, env: world.env, stdio: ['ignore', 'pipe', 'pipe'] }));
  world.defer(() => end(child));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`the keeper ended with ${child.exitCode}:\n${log}`);
      return (await presenceOn(path.join(world.runDirectory, 'castellan.sock'))) === 'answers';
    },
    () => `the keeper answers\n${log}`,
    20_000,
  );
  return { child, pid: child.pid ?? 0, log: () => log };
};

/** SIGKILL, as an accident would; resolves when it is gone. */
export const killKeeper = async ({ child }: Keeper): Promise<void> => {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await gone;
};

/** What `castellan …` prints; throws when it fails. */
export const castellan = async (world: World, ...args: readonly string[]): Promise<string> => {
  const command = [main, ...args, '--run-dir', world.runDirectory];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: world.env, timeout: 20_000 });
  return stdout;
};

export interface ListedProcess {
  readonly pid: number;
  readonly name: string;
  readonly rssBytes: number;
  readonly footprintBytes: number;
}

/** `castellan status --json`. */
export const statusOf = async (
  world: World,
  ...more: readonly string[]
): Promise<Status & { readonly processes: readonly ListedProcess[] }> =>
  JSON.parse(await castellan(world, 'status', '--json', ...more)) as Status & {
    readonly processes: readonly ListedProcess[];
  };

/** What starts services where there is no launchd; without it nothing is known of seats. To be started before the keeper. */
export const startSupervisor = async (world: World): Promise<void> => {
  mkdirSync(world.runDirectory, { recursive: true, mode: 0o755 });
  const args = [main, 'supervisor', '--run-dir', world.runDirectory];
  const child = kept(spawn(process.execPath, args, { cwd: root, env: world.env, stdio: 'ignore' }));
  world.defer(() => end(child));
  await eventually(
    () => existsSync(path.join(world.runDirectory, 'supervisor.sock')),
    'the supervisor listens',
    20_000,
  );
};

/** A real deadman beside the keeper: without it nothing may be frozen, and the popover says so. */
export const startDeadman = async (world: World): Promise<void> => {
  const args = [path.join(root, 'helper/main.ts'), 'deadman', '--run-dir', world.runDirectory];
  const child = kept(spawn(process.execPath, args, { cwd: root, env: world.env, stdio: 'ignore' }));
  world.defer(() => end(child));
  await eventually(
    async () => (await statusOf(world)).relief.deadman === 'present',
    'the keeper has found its deadman',
    20_000,
  );
};
