import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildExecutable } from '../../build/executable/executable.ts';
import { monotonicMs } from './brake/clock.ts';
import { type FakeMeminfo, mountMeminfo } from './brake/meminfo.ts';
import { type Region, reserve } from './brake/memory.ts';
import { MiB, type Outcome, runRamp } from './brake/ramp.ts';
import { castellan, earlyoom, lineBytes, nohang, type Subject } from './brake/subjects.ts';
import { enterNamespace, isInside, startSleepers } from './namespace.ts';
import { printRow } from './row.ts';

/**
 * From the crossing of the orange line to the hog stopped: the keeper and the deadman that ship, with 200 processes around
 * them, in a private pid and mount namespace. The hog fills real memory; /proc/meminfo is ours, so that the same line is
 * crossed at the same rate for everybody. earlyoom and nohang are told the same line, run by run beside us. Needs root.
 */

interface Ramp {
  readonly name: string;
  /** MiB/s; null: the hog fills as fast as it can, and available memory falls by what the machine loses. */
  readonly rate: number | null;
  /** How far above the line it begins, MiB. */
  readonly leadMib: number;
  readonly pages: 'huge' | 'small';
}

const ramps: readonly Ramp[] = [
  { name: '200 MiB/s', rate: 200, leadMib: 512, pages: 'small' },
  { name: '1000 MiB/s', rate: 1000, leadMib: 1024, pages: 'small' },
  { name: '4000 MiB/s', rate: 4000, leadMib: 2048, pages: 'huge' },
  { name: 'real hog', rate: null, leadMib: 1536, pages: 'small' },
];
const hogMib = 2900;
const hogBaseMib = 320;
const goalMs = 25;

const { values } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { runs: { type: 'string' }, only: { type: 'string' }, who: { type: 'string' }, folder: { type: 'string' } },
});
const runs = Number(values.runs ?? 15);

interface Run {
  readonly outcome: Outcome;
  /** How the hog ended when the peers were at it. */
  readonly signal: NodeJS.Signals | null;
}

const hogFile = path.resolve(import.meta.dirname, 'brake/hog.ts');

const startHog = async (): Promise<ChildProcess> => {
  const hog = spawn(process.execPath, [hogFile, '--castellan-bench-hog'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    hog.stdout?.once('data', () => resolve());
    hog.once('exit', (code) => reject(new Error(`the hog ended with code ${code}`)));
  });
  return hog;
};

/** Lets a signal that is on its way arrive, then ends it. */
const endHog = async (hog: ChildProcess, patienceMs: number): Promise<NodeJS.Signals | null> => {
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    if (hog.exitCode !== null || hog.signalCode !== null) resolve(hog.signalCode);
    hog.once('exit', (_code, signal) => resolve(signal));
  });
  const signal = await Promise.race([ended, sleep(patienceMs, null)]);
  hog.kill('SIGKILL');
  await ended;
  return signal;
};

/**
 * Memory that the machine's own host has backed. A virtual machine whose free pages go back to the host within seconds
 * (free page reporting) would fill at the speed of the host's page faults; what was let go a moment ago is still there.
 */
const keepWarm = (): Region => {
  const bytes = (hogMib - hogBaseMib) * MiB;
  const region = reserve(bytes, 'huge');
  region.fill(0, bytes);
  return region;
};

/** Held from the end of one ramp to the beginning of the next. */
let warm: Region | null = null;

const once = async (subject: Subject, ramp: Ramp, meminfo: FakeMeminfo, folder: string): Promise<Run> => {
  const startBytes = lineBytes + ramp.leadMib * MiB;
  // A machine at rest is never quite still, and a counter that is would not be believed.
  const breathe = setInterval(() => meminfo.write(startBytes + Math.random() * MiB), 50);
  const hog = await startHog();
  const running = await subject.start(folder);
  warm?.free();
  const beginMs = monotonicMs() + 60;
  const order = `${beginMs} ${ramp.rate ?? 0} ${hogMib} ${ramp.pages}\n`;
  await new Promise((resolve) => hog.stdin?.write(order, resolve));
  await sleep(20);
  clearInterval(breathe);
  const course = { rate: ramp.rate, startBytes, lineBytes, beginMs, mostBytes: (hogMib - hogBaseMib) * MiB };
  const outcome = runRamp(course, hog.pid ?? 0, meminfo);
  const signal = await endHog(hog, subject === castellan ? 0 : 500);
  warm = keepWarm();
  if (outcome.ms === null) process.stdout.write(`nothing by ${subject.who} at ${ramp.name}: ${running.said()}\n`);
  await running.stop();
  return { outcome, signal };
};

const at = (values: readonly number[], share: number): number =>
  values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN;
const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

const figures = (all: readonly Run[]): { readonly median: number; readonly note: string } => {
  const ms = sorted(all.flatMap(({ outcome }) => (outcome.ms === null ? [] : [outcome.ms])));
  const middle = (of: (run: Run) => number): number => at(sorted(all.map(of)), 0.5);
  const signals = new Map<string, number>();
  for (const { signal } of all) if (signal !== null) signals.set(signal, (signals.get(signal) ?? 0) + 1);
  const parts = [
    `p95 ${at(ms, 0.95).toFixed(1)}, min ${at(ms, 0).toFixed(1)}, max ${at(ms, 1).toFixed(1)} ms of ${ms.length}/${all.length} runs`,
    `overshoot ${(middle(({ outcome }) => outcome.overshootBytes) / MiB).toFixed(0)} MiB`,
    `hog ${middle(({ outcome }) => outcome.hogRate).toFixed(0)} MiB/s`,
    `seen to ${at(sorted(all.map(({ outcome }) => outcome.resolutionMs)), 0.5).toFixed(1)} ms`,
    ...[...signals].map(([signal, count]) => `${count} × ${signal}`),
  ];
  return { median: at(ms, 0.5), note: parts.join('; ') };
};

const tell = (ramp: Ramp, results: ReadonlyMap<Subject, readonly Run[]>): void => {
  const figure = `crossing → reaction, ${ramp.name}`;
  const own = figures(results.get(castellan) ?? []);
  for (const [subject, all] of results) {
    if (subject.missing !== null) {
      printRow({ name: 'brake', figure, value: null, unit: 'ms', peer: subject.who, note: subject.missing });
      continue;
    }
    const { median, note } = subject === castellan ? own : figures(all);
    const value = Number.isFinite(median) ? median : null;
    const missed = all.some(({ outcome }) => outcome.ms === null);
    printRow({
      name: 'brake',
      figure,
      value,
      unit: 'ms',
      note: subject === castellan ? `${castellan.isBuilt ? 'executable' : 'unbuilt'}; ${note}` : note,
      ...(subject === castellan
        ? { goal: `≤ ${goalMs}`, met: !missed && median <= goalMs }
        : { peer: subject.who, ...(value === null ? {} : { ratio: own.median / value }) }),
    });
  }
};

/**
 * What else the machine does must not decide: the whole experiment, hog, keeper and peers alike, is one group of the
 * scheduler (sched(7), autogroup), and gets most of it.
 */
const comeFirst = (): void => {
  try {
    writeFileSync('/proc/self/autogroup', '-20');
  } catch {
    // A kernel without groups, or a group of another kind: then it shares with the others.
  }
};

const measureInside = async (folder: string): Promise<void> => {
  comeFirst();
  await startSleepers(200);
  const meminfo = mountMeminfo(folder);
  const subjects = [castellan, earlyoom, nohang].filter(
    ({ who }) => values.who === undefined || String(values.who).split(',').includes(who),
  );
  warm = keepWarm();
  for (const ramp of ramps) {
    if (values.only !== undefined && !ramp.name.startsWith(String(values.only))) continue;
    const results = new Map<Subject, Run[]>(subjects.map((subject) => [subject, []]));
    // In turns, so that what else the machine does meets all of them.
    for (let run = 0; run < runs; run += 1)
      for (const [subject, all] of results)
        if (subject.missing === null) all.push(await once(subject, ramp, meminfo, folder));
    tell(ramp, results);
  }
};

if (isInside()) {
  await measureInside(String(values.folder));
  process.exit(0);
}
try {
  await buildExecutable();
} catch (fault) {
  process.stdout.write(`the executable cannot be built, so it runs unbuilt: ${String(fault)}\n`);
}
// Its file systems go with the namespace.
const folder = mkdtempSync('/run/castellan-bench-meminfo-');
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.exitCode = await enterNamespace(fileURLToPath(import.meta.url), [
  ...process.argv.slice(2),
  `--folder=${folder}`,
]);
