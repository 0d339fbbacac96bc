/**
 * What one look at a machine with a thousand processes costs: `node test/bench/linux-pass.ts [PROCESSES] [ROUNDS]`.
 * Starts sleepers in a private pid namespace, so that nothing else is in the table, and prints medians as JSON, beside
 * a plain reading of the same files in the same run. Needs root (unshare) and ends all it started.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLinuxHost } from '../../helper/host/linux/host.ts';

const insideMark = '--inside';
const inside = process.argv.includes(insideMark);
const [processes = 1000, rounds = 61] = process.argv
  .slice(2)
  .filter((a) => a !== insideMark)
  .map(Number);

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
};

const round2 = (ms: number): number => Math.round(ms * 100) / 100;

/** Between two looks the machine does other things, and caches cool: each round waits a little, unless told not to. */
const measure = async (
  look: (round: number) => void,
  pauseMs = 20,
): Promise<{ medianMs: number; worstMs: number; cpuMs: number }> => {
  const times: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    await sleep(pauseMs);
    const before = process.cpuUsage();
    const start = performance.now();
    look(i);
    times.push(performance.now() - start);
    const used = process.cpuUsage(before);
    cpu.push((used.user + used.system) / 1000);
  }
  return { medianMs: round2(median(times)), worstMs: round2(Math.max(...times)), cpuMs: round2(median(cpu)) };
};

/** The obvious way: every process's stat and status as text. */
const plainPass = (): number => {
  let sum = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      sum += stat.lastIndexOf(')');
      for (const key of ['RssAnon', 'RssShmem', 'VmSwap', 'VmHWM'])
        sum += Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    } catch {
      // Ended in between.
    }
  }
  return sum;
};

const run = async (): Promise<void> => {
  const sleepers = spawn(
    'sh',
    ['-c', `i=0; while [ $i -lt ${processes} ]; do sleep 3600 >/dev/null & i=$((i+1)); done; echo ready; wait`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => sleepers.stdout.once('data', resolve));
  await sleep(500);

  const host = createLinuxHost();
  const firstStart = performance.now();
  const first = host.readProcesses();
  const firstPassMs = round2(performance.now() - firstStart);
  const chosen = first.processes.slice(0, 5).map((p) => p.id);

  const plain = await measure(plainPass);
  const fullPass = await measure(() => void host.readProcesses());
  const backToBack = await measure(() => void host.readProcesses(), 0);
  const steadyTick = await measure(() => {
    host.readMachine('slot');
    host.readChosen(chosen);
  });
  const fastTick = await measure(() => {
    host.readMachine('fast');
    host.readChosen(chosen);
  });
  const rows = host.readProcesses().processes.length;
  await host.close();
  // As the first process of its namespace it takes all sleepers with it.
  console.log(
    JSON.stringify({
      bench: 'linux-pass',
      node: process.version,
      processes: rows,
      rounds,
      firstPassMs,
      fullPass,
      backToBack,
      steadyTick,
      fastTick,
      plain,
      goals: { fullPassMs: 8, steadyTickMs: 3 },
    }),
  );
};

if (inside) {
  await run();
  process.exit(0);
}
// The children end with the namespace's first process, whatever ends it.
else
  execFileSync(
    'unshare',
    [
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      process.execPath,
      '--no-warnings',
      fileURLToPath(import.meta.url),
      String(processes),
      String(rounds),
      insideMark,
    ],
    { stdio: 'inherit' },
  );
