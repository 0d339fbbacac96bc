import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'plist';
import { placesIn } from '../../helper/deadman/places.ts';
import type { AuditRow } from '../../helper/journal/audit.ts';
import type { Explanation, ReliefStatus } from '../../helper/protocol/relief.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { servicesPath } from '../../helper/supervisor/places.ts';
import { jsonLines, until } from './relief-look.ts';
import { type Memory, openMemory, underMemory, whyNoMemory } from './relief-memory.ts';

/**
 * A real keeper that is live, a real deadman and a real supervisor in a run directory of the test's own, hogs they may act
 * upon, and the command line. Only the memory that the keeper sees is the test's (relief-memory.ts). All ends with the test.
 */

const main = join(import.meta.dirname, '../../helper/main.ts');
const hogScript = join(import.meta.dirname, 'hog.ts');
export const skip = whyNoMemory() ?? false;

export type Row<K extends AuditRow['kind']> = Extract<AuditRow, { readonly kind: K }>;

export interface Hog {
  readonly pid: number;
  readonly child: ChildProcess;
  /** MB a second, until it holds that many MB in all. Resolves at once. */
  readonly grow: (mbPerSecond: number, toMb: number) => void;
  readonly said: () => readonly string[];
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ReliefWorld {
  readonly runDirectory: string;
  readonly memory: Memory;
  readonly keeper: (env?: NodeJS.ProcessEnv) => Promise<ChildProcess>;
  readonly deadman: () => Promise<ChildProcess>;
  readonly supervisor: () => Promise<ChildProcess>;
  /** Of the entry NAME: see `entryText`. */
  readonly hog: (name: string, ...options: readonly string[]) => Promise<Hog>;
  /** A service of the supervisor that is a hog. */
  readonly defineService: (label: string, options: readonly string[], keys?: Readonly<Record<string, number>>) => void;
  readonly castellan: (args: readonly string[], as?: { readonly uid: number }) => Promise<Answer>;
  readonly status: () => Promise<Status>;
  readonly relief: () => Promise<ReliefStatus>;
  readonly explain: () => Promise<Explanation>;
  readonly rows: <K extends AuditRow['kind']>(kind: K) => readonly Row<K>[];
  /** Kind and subject of each alert of the keeper. */
  readonly alerts: () => readonly string[];
  /** Names in `stopped` and `resuming`. */
  readonly tombstones: () => readonly string[];
  /** The text of a policy entry that matches the hogs of this world with that name, and nothing else on the machine. */
  readonly entry: (name: string, keys: Readonly<Record<string, string | number | boolean>>) => string;
  /** Waits until the keeper could freeze: it has sampled, is in this mode, and the deadman is there for it. */
  readonly able: (mode?: Status['mode']['name']) => Promise<void>;
  /** Writes castellan.toml; to be called before the keeper starts. */
  readonly configure: (relief: readonly string[], mode?: 'live' | 'dry_run') => void;
  readonly end: (child: ChildProcess, signal?: NodeJS.Signals) => Promise<void>;
}

const tomlValue = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value}'` : String(value);

export const openReliefWorld = (t: TestContext, redBelowMb?: number): ReliefWorld => {
  const runDirectory = mkdtempSync(join(tmpdir(), 'castellan-relief-'));
  // Other accounts may ask, too: some tests do.
  chmodSync(runDirectory, 0o755);
  const places = placesIn(runDirectory);
  const tag = randomBytes(6).toString('hex');
  const children = new Set<ChildProcess>();
  const hogs: number[] = [];
  const memory = openMemory(join(runDirectory, 'meminfo'), () => hogs, redBelowMb);
  let said = '';

  const end: ReliefWorld['end'] = async (child, signal = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  t.after(async () => {
    if (!t.passed) {
      const explained = await Promise.race([castellan(['explain']), sleep(5_000, null, { ref: false })]);
      t.diagnostic(`${explained?.out ?? ''}${explained?.err ?? ''}\n${said.slice(-4_000)}`);
    }
    // The supervisor ends its services first, and whoever froze one resumes it.
    const roles = [...children].filter(({ spawnargs }) => spawnargs.includes(main));
    await Promise.race([Promise.all(roles.map((child) => end(child, 'SIGTERM'))), sleep(15_000, null, { ref: false })]);
    await Promise.all([...children].map((child) => end(child)));
    memory.close();
    rmSync(runDirectory, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = (
    command: string,
    args: readonly string[],
    options: { readonly env?: NodeJS.ProcessEnv; readonly hasInput?: boolean } = {},
  ): ChildProcess => {
    const { NODE_TEST_CONTEXT: _context, CASTELLAN_DRY_RUN: _dry, ...env } = process.env;
    const child = spawn(command, args, {
      stdio: [options.hasInput === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: { ...env, ...options.env },
    });
    children.add(child);
    return child;
  };

  const role = (name: string, env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const args = ['--no-warnings', main, name, '--run-dir', runDirectory];
    const all = [process.execPath, ...args] as const;
    const [command, ...rest] = name === 'keeper' ? underMemory(memory.file, [...all, '--host', 'linux']) : all;
    const child = start(command, rest, { env });
    const keep = (chunk: Buffer): void => {
      said += chunk.toString();
    };
    child.stderr?.on('data', keep);
    child.stdout?.on('data', keep);
    return child;
  };

  const started = async (
    child: ChildProcess,
    what: string,
    is: () => boolean | Promise<boolean>,
  ): Promise<ChildProcess> => {
    await until(`${what} starts`, async () => {
      if (child.exitCode !== null || child.signalCode !== null) assert.fail(`${what} ended: ${said}`);
      return is();
    });
    return child;
  };

  const castellan: ReliefWorld['castellan'] = async (args, as) => {
    const all = ['--no-warnings', main, ...args, '--run-dir', runDirectory];
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const child = spawn(process.execPath, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      ...(as === undefined ? {} : { uid: as.uid, gid: as.uid, cwd: '/' }),
    });
    children.add(child);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    children.delete(child);
    return { code, out, err };
  };

  const told = async <T>(...args: readonly string[]): Promise<T> => {
    const { code, out, err } = await castellan([...args, '--json']);
    assert.equal(code, 0, `castellan ${args.join(' ')}: ${err}`);
    return JSON.parse(out) as T;
  };

  const hogArguments = (name: string, options: readonly string[]): readonly string[] => [
    '--no-warnings',
    hogScript,
    ...options,
    `${tag}-${name}`,
  ];

  const world: ReliefWorld = {
    runDirectory,
    memory,
    end,
    castellan,
    keeper: async (env) => {
      const before = world.rows('keeper_started').length;
      return started(role('keeper', env), 'the keeper', () => world.rows('keeper_started').length > before);
    },
    deadman: async () => {
      const before = said.split('deadman: started').length;
      return started(role('deadman'), 'the deadman', () => said.split('deadman: started').length > before);
    },
    supervisor: async () =>
      started(role('supervisor'), 'the supervisor', () => readdirSync(runDirectory).includes('supervisor.sock')),
    hog: async (name, ...options) => {
      const child = start(process.execPath, hogArguments(name, options), { hasInput: true });
      const lines: string[] = [];
      assert.ok(child.stdout && child.pid);
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      child.stdin?.on('error', () => {});
      let complaint = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        complaint += chunk.toString();
      });
      const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Awaited<Hog['ended']>);
      await started(child, `hog ${name} ${complaint}`, () => lines.includes('ready'));
      hogs.push(child.pid);
      return {
        pid: child.pid,
        child,
        ended,
        said: () => lines,
        grow: (mbPerSecond, toMb) => void child.stdin?.write(`grow ${mbPerSecond} ${toMb}\n`),
      };
    },
    defineService: (label, options, keys = {}) => {
      mkdirSync(servicesPath(runDirectory), { recursive: true, mode: 0o755 });
      const args = [process.execPath, ...hogArguments(label, ['--service', ...options])];
      const plist = { Label: label, ProgramArguments: args, KeepAlive: true, ...keys };
      writeFileSync(join(servicesPath(runDirectory), `${label}.plist`), build(plist), { mode: 0o644 });
    },
    status: () => told<Status>('status'),
    relief: async () => (await told<Status>('status')).relief,
    explain: () => told<Explanation>('explain'),
    able: async (mode = 'live') => {
      let seen = '';
      await until(`able, in mode ${mode}`, async () => {
        const status = await world.status();
        seen = JSON.stringify([status.mode, status.relief.deadman]);
        return status.mode.name === mode && status.relief.deadman === 'present';
      }).catch((fault: unknown) => assert.fail(`${String(fault)}: ${seen}`));
    },
    rows: <K extends AuditRow['kind']>(kind: K) =>
      jsonLines(join(runDirectory, 'state/audit.jsonl')).filter(
        (row): row is Row<K> => (row as AuditRow).kind === kind,
      ),
    alerts: () =>
      jsonLines(join(runDirectory, 'state/alerts.jsonl')).map((each) => {
        const { kind, subject } = each as { readonly kind: string; readonly subject: string };
        return `${kind} ${subject}`;
      }),
    tombstones: () => [places.stopped, places.resuming].flatMap((folder) => readdirSync(folder)),
    entry: (name, keys) =>
      [
        '[[relief.entry]]',
        ...Object.entries({
          name,
          pattern: `/hog\\.ts .*${tag}-${name}(?: |$)`,
          owner_uid: process.geteuid?.() ?? 0,
          ...keys,
        }).map(([key, value]) => `${key} = ${tomlValue(value)}`),
      ].join('\n'),
    configure: (relief, mode = 'live') => {
      const level = (name: string, bytes: number, swap: number): string =>
        `${name} = { available = "${Math.round(bytes / 2 ** 20)} MB", swap = "${swap} %" }`;
      const text = [
        '[pressure]',
        level('yellow', memory.yellowBytes, 70),
        level('orange', memory.orangeBytes, 85),
        level('red', memory.redBytes, 95),
        '[relief]',
        `mode = "${mode}"`,
        ...relief,
      ].join('\n');
      writeFileSync(join(runDirectory, 'castellan.toml'), `${text}\n`, { mode: 0o644 });
    },
  };
  return world;
};
