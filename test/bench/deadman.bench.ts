/**
 * The deadman: its own memory as the executable that ships and unbuilt, how long an acknowledgement and a whole freeze take,
 * and how soon eight frozen processes run again when their keeper is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildExecutable } from '../../build/executable/executable.ts';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { startDeadmanLink } from '../../helper/keeper/acting/deadman-link.ts';
import { createFreezer } from '../../helper/keeper/acting/freezer.ts';
import type { Target } from '../../helper/relief/acts.ts';
import { isStopped } from '../fakes/deadman-world.ts';
import { printRow } from './row.ts';

const root = path.resolve(import.meta.dirname, '../..');
const rounds = 300;
const settleMs = 4_000;

const children = new Set<ChildProcess>();
const folders: string[] = [];
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const start = (command: string, args: readonly string[]): ChildProcess => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  children.add(child);
  return child;
};

const newFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'castellan-bench-'));
  folders.push(folder);
  return folder;
};

const anonymousMb = (pid: number): number =>
  Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;

const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

const main = path.join(root, 'helper/main.ts');

const openFreezer = async (runDirectory: string) => {
  const host = createLinuxHost();
  const instance = 'b'.repeat(32);
  const link = startDeadmanLink({
    runDirectory,
    instance,
    bootId: host.facts.bootId,
    clock: host.clock,
    onEvent: () => {},
  });
  const log = { warn: (text: string) => console.log(text), notice: () => {} };
  const freezer = createFreezer({ host, runDirectory, instance, link, log });
  const fromMs = performance.now();
  await freezer.startUp();
  printRow({
    name: 'deadman',
    figure: 'tombstones to be, 512 of 4 KiB',
    value: performance.now() - fromMs,
    unit: 'ms',
  });
  for (let looks = 0; looks < 200 && link.state() !== 'present'; looks += 1) await sleep(50);
  return { host, link, freezer };
};

const measureFreezes = async (runDirectory: string): Promise<void> => {
  const { host, link, freezer } = await openFreezer(runDirectory);
  const victim = start('sleep', ['600']);
  const id = host.identify(victim.pid ?? 0);
  if (!('start' in id)) throw new Error('the victim is not there');
  const target: Target = { id, name: 'sleep', command: 'sleep 600', uid: 0, footprintBytes: 2 ** 20 };
  const whole: number[] = [];
  const acknowledged: number[] = [];
  for (let plan = 0; plan < rounds; plan += 1) {
    const fromMs = performance.now();
    const deadlineMs = host.clock.nowMs() + 60_000;
    const outcome = await freezer.freeze({ plan, targets: [target], reason: 'a bench', deadlineMs });
    whole.push(performance.now() - fromMs);
    if (outcome.outcome !== 'ok') throw new Error(outcome.detail);
    const askedMs = performance.now();
    if (!(await link.acknowledged(String(id.pid)))) throw new Error('no acknowledgement');
    acknowledged.push(performance.now() - askedMs);
    await freezer.resume([target], 'a bench');
  }
  const note = `${rounds} times`;
  const row = (figure: string, value: number, more = {}): void =>
    printRow({ name: 'deadman', figure, value, unit: 'ms', note, ...more });
  row('acknowledgement of a tombstone, median', quantile(acknowledged, 0.5));
  const worst = quantile(acknowledged, 0.99);
  row('acknowledgement of a tombstone, p99', worst, { goal: '≤ 250', met: worst <= 250 });
  row('order to process seen stopped, median', quantile(whole, 0.5), { goal: '≤ 25', met: quantile(whole, 0.5) <= 25 });
  row('order to process seen stopped, p99', quantile(whole, 0.99));
  link.close();
  await freezer.close();
  await host.close();
};

/** The keeper's side is a process of its own, because it is killed. */
const measureResumes = async (runDirectory: string): Promise<void> => {
  const keeper = start(process.execPath, [
    path.join(root, 'test/fakes/deadman-keeper.ts'),
    runDirectory,
    'c'.repeat(32),
    '1',
  ]);
  let said = '';
  keeper.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const until = async (condition: () => boolean): Promise<void> => {
    for (const end = performance.now() + 60_000; !condition(); await sleep(2))
      if (performance.now() > end) throw new Error(`not within a minute: ${said}`);
  };
  await until(() => said.includes('"ready":"present"'));
  const pids = Array.from({ length: 8 }, () => start('sleep', ['600']).pid ?? 0);
  for (const [plan, pid] of pids.entries()) keeper.stdin?.write(`freeze ${plan + 1} 600000 ${pid}\n`);
  await until(() => pids.every(isStopped));
  await sleep(1_000);
  const fromMs = performance.now();
  keeper.kill('SIGKILL');
  await until(() => !pids.every(isStopped));
  const first = (performance.now() - fromMs) / 1000;
  await until(() => !pids.some(isStopped));
  const all = (performance.now() - fromMs) / 1000;
  printRow({
    name: 'deadman',
    figure: 'keeper killed → first of 8 runs',
    value: first,
    unit: 's',
    goal: '≤ 1',
    met: first <= 1,
  });
  printRow({
    name: 'deadman',
    figure: 'keeper killed → all of 8 run',
    value: all,
    unit: 's',
    goal: '≤ 10',
    met: all <= 10,
  });
};

const { path: executable } = await buildExecutable();
const folder = newFolder();
const built = start(executable, ['deadman', '--run-dir', folder]);
const unbuilt = start(process.execPath, [main, 'deadman', '--run-dir', newFolder()]);
const bare = start(process.execPath, ['-e', 'setInterval(() => {}, 5000)']);
await sleep(settleMs);
const memory = (figure: string, child: ChildProcess, more = {}): void =>
  printRow({ name: 'deadman', figure, value: anonymousMb(child.pid ?? 0), unit: 'MB', ...more });
const own = anonymousMb(built.pid ?? 0);
memory('anonymous memory, executable', built, { goal: '≤ 10', met: own <= 10 });
memory('anonymous memory, unbuilt', unbuilt);
memory('anonymous memory', bare, { peer: 'no-op timer' });
await measureFreezes(folder);
await measureResumes(folder);
memory('anonymous memory, executable, after all that', built, { goal: '≤ 10', met: anonymousMb(built.pid ?? 0) <= 10 });
process.exit(0);
