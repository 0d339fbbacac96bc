import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBoot } from '../../helper/deadman/boot.ts';
import { makeFolders } from '../../helper/deadman/directory.ts';
import { type Places, placesIn } from '../../helper/deadman/places.ts';
import { readLinuxStarts } from '../../helper/deadman/starts.ts';
import { formatTombstone, machineMs, type Tombstone } from '../../helper/deadman/tombstone.ts';

/** Real processes around one run directory: a deadman, keepers, and who is frozen. All end with the test. */

const here = import.meta.dirname;
const longMs = 30_000;

export interface Keeper {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ask: (line: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly events: () => readonly Readonly<Record<string, unknown>>[];
}

export interface World {
  readonly runDirectory: string;
  readonly places: Places;
  readonly victims: (count: number) => Promise<readonly number[]>;
  /** Without a factor the real role, with its real times. */
  readonly deadman: (factor?: number) => Promise<ChildProcess>;
  readonly keeper: (factor?: number, instance?: string) => Promise<Keeper>;
  /** What the deadman wrote to stderr so far. */
  readonly said: () => string;
  readonly end: (child: ChildProcess, signal?: NodeJS.Signals) => Promise<void>;
  /** Puts a small disk of its own under the run directory; false: this account or machine cannot. */
  readonly mountDisk: (options: string) => boolean;
}

export const isStopped = (pid: number): boolean => {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

/** Milliseconds until it was so. The limit only tells a hang. */
export const until = async (what: string, condition: () => boolean, limitMs = longMs): Promise<number> => {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > limitMs) assert.fail(`not within ${limitMs} ms: ${what}`);
    await sleep(5);
  }
  return performance.now() - from;
};

export const namesIn = (folder: string): readonly string[] => readdirSync(folder).sort();

export const makeWorld = (t: TestContext): World => {
  const runDirectory = mkdtempSync(join(tmpdir(), 'castellan-deadman-'));
  chmodSync(runDirectory, 0o755);
  const places = placesIn(runDirectory);
  const children = new Set<ChildProcess>();
  let said = '';
  let keepers = 0;
  let mounted = false;

  const end: World['end'] = async (child, signal = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    await ended;
  };
  t.after(async () => {
    await Promise.all([...children].map((child) => end(child)));
    if (mounted) spawnSync('umount', ['-l', runDirectory]);
    rmSync(runDirectory, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = (args: readonly string[], stdin: 'pipe' | 'ignore'): ChildProcess => {
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const child = spawn(process.execPath, args, { stdio: [stdin, 'pipe', 'pipe'], env });
    children.add(child);
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return child;
  };

  return {
    runDirectory,
    places,
    said: () => said,
    end,
    mountDisk: (options) => {
      mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `${options},mode=755`, 'tmpfs', runDirectory]).status === 0;
      return mounted;
    },
    victims: async (count) => {
      const started = Array.from({ length: count }, () => spawn('sleep', ['600'], { stdio: 'ignore' }));
      for (const child of started) children.add(child);
      return started.map(({ pid }) => pid ?? assert.fail('sleep did not start'));
    },
    deadman: async (factor) => {
      const before = said.split('deadman: started').length;
      const role = ['--run-dir', runDirectory];
      const child =
        factor === undefined
          ? start([join(here, '../../helper/main.ts'), 'deadman', ...role], 'ignore')
          : start([join(here, 'deadman-scaled.ts'), String(factor), ...role], 'ignore');
      await until(
        'the deadman starts',
        () => said.split('deadman: started').length > before || child.exitCode !== null,
      );
      return child;
    },
    keeper: async (factor = 1, instance) => {
      keepers += 1;
      const named = instance ?? String(keepers).repeat(32).slice(0, 32);
      const child = start([join(here, 'deadman-keeper.ts'), runDirectory, named, String(factor)], 'pipe');
      const events: Readonly<Record<string, unknown>>[] = [];
      const answers: Readonly<Record<string, unknown>>[] = [];
      assert.ok(child.stdout);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
        if ('event' in value) events.push(value.event as Readonly<Record<string, unknown>>);
        else answers.push(value);
      });
      const next = async (): Promise<Readonly<Record<string, unknown>>> => {
        await until(`an answer of the keeper (${said})`, () => answers.length > 0);
        return answers.shift() ?? assert.fail('no answer');
      };
      await next();
      return {
        child,
        pid: child.pid ?? assert.fail('the keeper did not start'),
        events: () => events,
        ask: (line) => {
          child.stdin?.write(`${line}\n`);
          return next();
        },
      };
    },
  };
};

/** A tombstone as a keeper that is gone would have left it. */
export const leaveTombstone = async (
  world: Pick<World, 'places'>,
  pid: number,
  change: Partial<Tombstone> = {},
): Promise<string> => {
  makeFolders(world.places);
  const seen = (await readLinuxStarts([pid]))?.get(pid);
  const started = seen?.started ?? null;
  const tombstone: Tombstone = {
    pid,
    start: started ?? '0',
    started,
    boot: (await readBoot('linux')) ?? '',
    host: 'linux',
    instance: 'an-earlier-one',
    freeze: pid,
    command: 'a victim',
    reason: 'a test',
    footprintBytes: 2 ** 20,
    limitMs: 600_000,
    writtenMs: machineMs(),
    ...change,
  };
  const path = join(world.places.stopped, String(pid));
  mkdirSync(world.places.stopped, { recursive: true });
  writeFileSync(path, formatTombstone(tombstone), { mode: 0o600 });
  return path;
};

/** The alerts the deadman wrote, as `kind subject`. */
export const alertsOf = ({ runDirectory }: Pick<World, 'runDirectory'>): readonly string[] => {
  try {
    return readFileSync(join(runDirectory, 'state/deadman/alerts.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { kind, subject } = JSON.parse(line) as { readonly kind: string; readonly subject: string };
        return `${kind} ${subject}`;
      });
  } catch {
    return [];
  }
};
