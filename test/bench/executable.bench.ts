/**
 * The executable that ships: how long each role takes from the call that starts it to the first connection it answers, and
 * its anonymous memory some seconds later, beside the same Node with an empty script.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildExecutable } from '../../build/executable/executable.ts';
import { anonymousMb, createExecutableWorld, daemonRoles } from '../fakes/executable-world.ts';
import { printRow } from './row.ts';

const rounds = 10;
/** V8 gives back what starting took only by and by. */
const settleMs = 45_000;
const name = 'executable';
/** Megabytes; of the others no goal is set. */
const goals = { deadman: 10, keeper: 20, gateway: 20 } as const;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const { path: executable, bytes } = await buildExecutable();
printRow({ name, figure: 'size', value: bytes / 2 ** 20, unit: 'MB' });

/** To its end, of something that ends by itself. */
const timeOf = (command: string, args: readonly string[]): number => {
  const times = Array.from({ length: rounds }, () => {
    const fromMs = performance.now();
    spawnSync(command, [...args], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
    return performance.now() - fromMs;
  });
  return median(times);
};

const note = `median of ${rounds}`;
const empty = timeOf(process.execPath, ['-e', '0']);
for (const args of [['version'], ['self-check'], ['deadman', '--help']]) {
  const value = timeOf(executable, args);
  printRow({ name, figure: `${args.join(' ')}, start to end`, value, unit: 'ms', note, ratio: value / empty });
}
printRow({ name, figure: 'empty script, start to end', value: empty, unit: 'ms', peer: 'node', note });

const readyMs = new Map<string, number[]>();
const memoryMb = new Map<string, number>();
for (let round = 0; round < rounds; round += 1) {
  const world = await createExecutableWorld(executable);
  try {
    const running = [];
    for (const role of daemonRoles) running.push(await world.start(role));
    for (const each of running) readyMs.set(each.role, [...(readyMs.get(each.role) ?? []), each.readyMs]);
    if (round === 0) {
      await sleep(settleMs);
      for (const { role, pid } of running) memoryMb.set(role, anonymousMb(pid));
    }
    for (const each of running.toReversed()) await world.end(each);
  } finally {
    await world.dispose();
  }
}
for (const role of daemonRoles) {
  printRow({
    name,
    figure: `${role}, start to first connection`,
    value: median(readyMs.get(role) ?? []),
    unit: 'ms',
    note,
  });
}
for (const role of daemonRoles) {
  const value = memoryMb.get(role) ?? Number.NaN;
  const goal = role === 'supervisor' ? null : goals[role];
  const judged = goal === null ? {} : { goal: `≤ ${goal} MB`, met: value <= goal };
  printRow({
    name,
    figure: `${role}, anonymous memory`,
    value,
    unit: 'MB',
    note: `after ${settleMs / 1000} s`,
    ...judged,
  });
}
const idle = spawn(process.execPath, ['-e', 'setInterval(() => {}, 2000)'], { stdio: 'ignore' });
await sleep(settleMs);
printRow({ name, figure: 'anonymous memory', value: anonymousMb(idle.pid ?? 0), unit: 'MB', peer: 'node, idle timer' });
idle.kill('SIGKILL');
await once(idle, 'exit');
