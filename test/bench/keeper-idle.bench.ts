import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { enterNamespace, isInside, startSleepers } from './namespace.ts';
import { printRow } from './row.ts';

/**
 * What the keeper costs on a calm machine with 200 processes: CPU of all its threads over a minute and its anonymous
 * memory, as the executable that ships and with its deadman, beside a no-op 2 s timer on the same Node, earlyoom and nohang
 * in the same minute.
 */

const here = fileURLToPath(import.meta.url);
const root = path.resolve(import.meta.dirname, '../..');
const executable = path.join(root, 'dist/castellan');
const warmUpMs = 45_000;
const measuredMs = 60_000;

/** CPU of all threads since start, µs. `/proc/PID/schedstat` would tell of the first thread only. */
const cpuUs = (pid: number): number => {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return ns / 1000;
};

const anonymousMb = (pid: number): number =>
  Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;

interface Subject {
  readonly who: string;
  readonly child: ChildProcess;
}

const inPath = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

const startPeers = (): readonly Subject[] => {
  const quiet = { stdio: 'ignore' } as const;
  const peers: Subject[] = [];
  if (inPath('earlyoom'))
    peers.push({ who: 'earlyoom', child: spawn('earlyoom', ['--dryrun', '-r', '3600', '-m', '2,1'], quiet) });
  if (inPath('nohang'))
    peers.push({
      who: 'nohang',
      child: spawn('nohang', ['--monitor', '--config', '/etc/nohang/nohang.conf'], quiet),
    });
  return peers;
};

const missing = (who: string): void =>
  printRow({ name: 'keeper-idle', figure: 'CPU', value: null, unit: '% of a core', peer: who, note: 'not installed' });

const measureInside = async (): Promise<void> => {
  const runDirectory = mkdtempSync('/run/castellan-bench-');
  await startSleepers(200);
  // A keeper without its deadman goes on looking for it.
  const deadman = spawn(executable, ['deadman', '--run-dir', runDirectory], { stdio: 'ignore' });
  const keeper = spawn(executable, ['keeper', '--run-dir', runDirectory], { stdio: ['ignore', 'ignore', 'inherit'] });
  // The same Node, sealed the same way, so that start-up code and heap are alike.
  const noop = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2000)'], { stdio: 'ignore' });
  const subjects: readonly Subject[] = [
    { who: 'castellan', child: keeper },
    { who: 'no-op timer', child: noop },
    { who: 'its deadman', child: deadman },
    ...startPeers(),
  ];
  try {
    await sleep(warmUpMs);
    const before = subjects.map(({ child }) => cpuUs(child.pid ?? 0));
    await sleep(measuredMs);
    const after = subjects.map(({ child }) => cpuUs(child.pid ?? 0));
    const percent = after.map((us, index) => ((us - (before[index] ?? 0)) / (measuredMs * 1000)) * 100);
    const own = percent[0] ?? Number.NaN;
    for (const [index, { who, child }] of subjects.entries()) {
      const value = percent[index] ?? Number.NaN;
      const isOurs = index === 0;
      const ratio = own / value;
      printRow({
        name: 'keeper-idle',
        figure: 'CPU, green, 200 processes',
        value,
        unit: '% of a core',
        ...(isOurs ? { goal: '≤ 2 × no-op timer', met: own <= 2 * (percent[1] ?? 0) } : { peer: who, ratio }),
      });
      const memory = anonymousMb(child.pid ?? 0);
      printRow({
        name: 'keeper-idle',
        figure: 'anonymous memory',
        value: memory,
        unit: 'MB',
        ...(isOurs ? { goal: '≤ 20', met: memory <= 20 } : { peer: who }),
      });
    }
    for (const who of ['earlyoom', 'nohang']) if (!subjects.some((subject) => subject.who === who)) missing(who);
  } finally {
    for (const { child } of subjects) child.kill('SIGKILL');
    rmSync(runDirectory, { recursive: true, force: true });
  }
};

if (isInside()) {
  await measureInside();
  process.exit(0);
}
if (!existsSync(executable))
  spawnSync(process.execPath, [path.join(root, 'build/executable/executable.ts')], { stdio: 'ignore' });
process.exitCode = await enterNamespace(here);
