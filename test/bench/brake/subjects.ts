import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { totalBytes } from './meminfo.ts';

/** Those who are to react: each is told the same line, and started anew for each ramp. */

const MiB = 2 ** 20;
export const lineBytes = 4096 * MiB;
const redBytes = 3584 * MiB;

export interface Running {
  /** What it said; for whoever looks into why it did nothing. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

export interface Subject {
  readonly who: string;
  /** Why there is none; null: there is. */
  readonly missing: string | null;
  /** Resolves when it has been at work for some seconds. */
  readonly start: (folder: string) => Promise<Running>;
}

const root = path.resolve(import.meta.dirname, '../../..');
const executable = path.join(root, 'dist/castellan');

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

/** Sampling has a phase: where the ramp meets it is left to chance. */
const settle = (leastMs: number, phaseMs: number): Promise<void> => sleep(leastMs + Math.random() * phaseMs);

const config = `[pressure]
yellow = { available = "8 GB", swap = "70 %" }
orange = { available = "${lineBytes / MiB} MB", swap = "85 %" }
red = { available = "${redBytes / MiB} MB", swap = "95 %" }

[relief]
mode = "live"

[[relief.entry]]
name = "LM Studio"
pattern = '\\.lmstudio/'
class = "freeze_only"
freeze_floor = "8 GB"

[[relief.entry]]
name = "bench hog"
pattern = '--castellan-bench-hog(?: |$)'
class = "freeze_only"
freeze_floor = "256 MB"
owner_uid = 0
`;

const until = async (isSo: () => boolean, limitMs: number): Promise<boolean> => {
  for (const limit = performance.now() + limitMs; performance.now() < limit; await sleep(50)) if (isSo()) return true;
  return false;
};

/** The keeper and its deadman: the executable that ships, or unbuilt where there is none. */
export const castellan: Subject & { readonly isBuilt: boolean } = {
  who: 'castellan',
  missing: null,
  isBuilt: existsSync(executable),
  start: async () => {
    const runDirectory = mkdtempSync('/run/castellan-bench-');
    writeFileSync(path.join(runDirectory, 'castellan.toml'), config, { mode: 0o600 });
    const log = path.join(runDirectory, 'bench.log');
    const output = openSync(log, 'a');
    const command = existsSync(executable) ? [executable] : [process.execPath, path.join(root, 'helper/main.ts')];
    const [file = '', ...before] = command;
    const roles = ['deadman', 'keeper'].map((role) =>
      spawn(file, [...before, role, '--run-dir', runDirectory], { stdio: ['ignore', output, output] }),
    );
    const said = (): string => readFileSync(log, 'utf8');
    const stop = async (): Promise<void> => {
      await Promise.all(roles.map(end));
      rmSync(runDirectory, { recursive: true, force: true });
    };
    if (!(await until(() => /keeper started/.test(said()) && /deadman: keeper \S+ is there/.test(said()), 15_000))) {
      const text = said();
      await stop();
      throw new Error(`the keeper did not start: ${text}`);
    }
    await settle(1_500, 2_000);
    return { said, stop };
  },
};

const inPath = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const notInstalled = (command: string): string | null => (inPath(command) ? null : 'not installed');

const startPeer = (folder: string, file: string, args: readonly string[]): Running => {
  const log = path.join(folder, `${path.basename(file)}.log`);
  rmSync(log, { force: true });
  const output = openSync(log, 'a');
  const child = spawn(file, args, { stdio: ['ignore', output, output] });
  return { said: () => readFileSync(log, 'utf8'), stop: () => end(child) };
};

const linePercent = (100 * lineBytes) / totalBytes;

export const earlyoom: Subject = {
  who: 'earlyoom',
  missing: notInstalled('earlyoom'),
  start: async (folder) => {
    const running = startPeer(folder, 'earlyoom', ['-r', '0', '-m', `${linePercent},${linePercent / 2}`]);
    await settle(1_200, 1_000);
    return running;
  },
};

const nohangDefaults = '/etc/nohang/nohang.conf';

export const nohang: Subject = {
  who: 'nohang',
  missing: notInstalled('nohang') ?? (existsSync(nohangDefaults) ? null : `${nohangDefaults} is missing`),
  start: async (folder) => {
    const file = path.join(folder, 'nohang.conf');
    const text = readFileSync(nohangDefaults, 'utf8')
      .replace(/^soft_threshold_min_mem *=.*$/m, `soft_threshold_min_mem = ${linePercent} %`)
      .replace(/^hard_threshold_min_mem *=.*$/m, `hard_threshold_min_mem = ${linePercent / 2} %`);
    writeFileSync(file, text, { mode: 0o644 });
    const running = startPeer(folder, 'nohang', ['--monitor', '--config', file]);
    await settle(2_000, 1_500);
    return running;
  },
};
