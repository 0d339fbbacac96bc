import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { enterNamespace, isInside, startSleepers } from './namespace.ts';
import { printRow } from './row.ts';

/**
 * What one look at a machine with a thousand processes costs, in a private pid namespace, beside a plain reading of the
 * same files in the same run. Needs root (unshare).
 */
const processes = 1000;
const rounds = 61;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Between two looks the machine does other things, and caches cool: each round waits a little. */
const measure = async (look: () => void, pauseMs = 20): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sleep(pauseMs);
    const start = performance.now();
    look();
    times.push(performance.now() - start);
  }
  return median(times);
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

const tell = (figure: string, ms: number, goalMs?: number): void =>
  printRow({
    name: 'linux-pass',
    figure,
    value: ms,
    unit: 'ms',
    ...(goalMs === undefined ? {} : { goal: `≤ ${goalMs}`, met: ms <= goalMs }),
  });

const run = async (): Promise<void> => {
  await startSleepers(processes);
  const host = createLinuxHost();
  const chosen = host
    .readProcesses()
    .processes.slice(0, 5)
    .map((process) => process.id);
  const plainMs = await measure(plainPass);
  const fullMs = await measure(() => void host.readProcesses());
  tell(`full pass, ${processes} processes`, fullMs, 8);
  printRow({
    name: 'linux-pass',
    figure: `full pass, ${processes} processes`,
    value: plainMs,
    unit: 'ms',
    peer: 'plain readFileSync',
    ratio: fullMs / plainMs,
  });
  tell('full pass, back to back', await measure(() => void host.readProcesses(), 0));
  const look = (depth: 'slot' | 'fast') => () => {
    host.readMachine(depth);
    host.readChosen(chosen);
  };
  tell('steady tick, five seat processes', await measure(look('slot')), 3);
  tell('fast sample', await measure(look('fast')));
  await host.close();
};

if (isInside()) {
  await run();
  process.exit(0);
}
process.exitCode = await enterNamespace(fileURLToPath(import.meta.url));
