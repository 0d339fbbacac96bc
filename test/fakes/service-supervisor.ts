import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'plist';
import { createServices, type SupervisedServices } from '../../helper/host/linux/services.ts';
import type { ServiceJob } from '../../helper/host/service-manager.ts';
import { servicesPath, supervisorSocketPath } from '../../helper/supervisor/places.ts';
import { see } from '../../helper/supervisor/proc.ts';

const root = join(import.meta.dirname, '../..');
const jobScript = join(import.meta.dirname, 'service-job.ts');

type PlistKeys = Readonly<
  Record<string, string | number | boolean | readonly string[] | Readonly<Record<string, string>>>
>;

/** A real supervisor in a run directory of its own, with what a test needs to look at it. */
export interface SupervisorWorld {
  readonly runDirectory: string;
  readonly services: SupervisedServices;
  /** The supervisor that runs now. */
  child(): ChildProcess;
  /** Starts one and waits until it is connected to. */
  start(): Promise<void>;
  /** Starts another and gives its exit code. */
  startSecond(): Promise<number | null>;
  killSupervisor(): Promise<void>;
  /** Orderly. Resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Property list that runs service-job.ts with these arguments; its output is kept. */
  define(label: string, args: readonly string[], keys?: PlistKeys): Promise<void>;
  write(file: string, text: string): Promise<string>;
  /** Lines a service has written. */
  said(label: string): Promise<readonly string[]>;
  untilSaid(label: string, line: RegExp, times?: number): Promise<RegExpExecArray>;
  /** Waits until the service runs under a pid that is not this one. */
  untilRunning(label: string, not?: number): Promise<number>;
  untilGone(label: string): Promise<void>;
  print(label: string): Promise<ServiceJob>;
  /** What the supervisor wrote to stderr. */
  log(): string;
  close(): Promise<void>;
}

/** Asks again until it is so; the bound only tells a hang. */
export const eventually = async <T>(what: string, ask: () => Promise<T | null> | T | null): Promise<T> => {
  for (const until = performance.now() + 30_000; performance.now() < until; await sleep(20)) {
    const found = await ask();
    if (found !== null) return found;
  }
  throw new Error(`not within 30 s: ${what}`);
};

export const isAlive = (pid: number): boolean => see(pid)?.isZombie === false;

export const openSupervisorWorld = async (): Promise<SupervisorWorld> => {
  const runDirectory = await mkdtemp(join(tmpdir(), 'castellan-supervisor-'));
  const services = createServices(supervisorSocketPath(runDirectory));
  await mkdir(servicesPath(runDirectory));
  let current: ChildProcess | null = null;
  let log = '';
  const seenPids = new Set<number>();

  const launch = (): ChildProcess => {
    const args = ['--no-warnings', join(root, 'helper/main.ts'), 'supervisor', '--run-dir', runDirectory];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (text) => {
      log += String(text);
    });
    return child;
  };

  const child = (): ChildProcess => {
    if (current === null) throw new Error('no supervisor was started');
    return current;
  };

  const pidOf = (label: string): number | null => {
    const pid = services.pids()?.get(label) ?? null;
    if (pid !== null) seenPids.add(pid);
    return pid;
  };

  const outputOf = (label: string): string => join(runDirectory, `${label}.out`);

  const said = async (label: string): Promise<readonly string[]> => {
    const text = await readFile(outputOf(label), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };

  const ended = async (one: ChildProcess): Promise<number | null> => {
    if (one.exitCode === null && one.signalCode === null) await once(one, 'exit');
    return one.exitCode;
  };

  const write = async (file: string, text: string): Promise<string> => {
    const path = join(servicesPath(runDirectory), file);
    await writeFile(path, text, { mode: 0o644 });
    return path;
  };

  const world: SupervisorWorld = {
    runDirectory,
    services,
    child,
    start: async () => {
      current = launch();
      const mine = current;
      await eventually('connected', async () => {
        if (mine.exitCode !== null) throw new Error(`the supervisor ended: ${log}`);
        const answer = await services.print('no.such.service');
        return !answer.ok && answer.problem === 'absent' ? true : null;
      });
    },
    startSecond: () => ended(launch()),
    killSupervisor: async () => {
      child().kill('SIGKILL');
      await ended(child());
    },
    stop: async () => {
      child().kill('SIGTERM');
      return ended(child());
    },
    define: async (label, args, keys = {}) => {
      const plist = {
        Label: label,
        ProgramArguments: [process.execPath, '--no-warnings', jobScript, ...args],
        StandardOutPath: outputOf(label),
        StandardErrorPath: outputOf(label),
        ...keys,
      };
      await write(`${label}.plist`, build(plist as Parameters<typeof build>[0]));
    },
    write,
    said,
    untilSaid: (label, line, times = 1) =>
      eventually(`${label} says ${line}`, async () => {
        const found = (await said(label)).map((each) => line.exec(each)).filter((each) => each !== null);
        return found.length >= times ? (found.at(-1) ?? null) : null;
      }),
    untilRunning: (label, not) =>
      eventually(`${label} runs`, () => {
        const pid = pidOf(label);
        return pid === null || pid === not ? null : pid;
      }),
    untilGone: (label) =>
      eventually<true>(`${label} is gone`, () => (services.pids()?.has(label) === false ? true : null)).then(() => {}),
    print: async (label) => {
      const answer = await services.print(label);
      if (!answer.ok) throw new Error(answer.detail);
      return answer.job;
    },
    log: () => log,
    close: async () => {
      for (const label of services.pids()?.keys() ?? []) pidOf(label);
      services.close();
      current?.kill('SIGKILL');
      if (current !== null) await ended(current);
      // Only what said itself to be started here, and only while it is that very process.
      for (const pid of seenPids) {
        const isOurs = await readFile(`/proc/${pid}/environ`, 'latin1').then(
          (text) => text.includes('CASTELLAN_START='),
          () => false,
        );
        if (isOurs) process.kill(-pid, 'SIGKILL');
      }
      await rm(runDirectory, { recursive: true, force: true });
    },
  };
  return world;
};

/** Runs with a supervisor of its own and ends everything, whatever happens. */
export const withSupervisor = async (body: (world: SupervisorWorld) => Promise<void>): Promise<void> => {
  const world = await openSupervisorWorld();
  try {
    await body(world);
  } finally {
    await world.close();
  }
};
