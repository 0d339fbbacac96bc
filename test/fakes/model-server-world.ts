import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'plist';
import type { AuditRow } from '../../helper/journal/audit.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { servicesPath, supervisorSocketPath } from '../../helper/supervisor/places.ts';
import { freePort, linesOf, makeSeat, type SeatSpec, type WorldSeat } from './model-server-seat.ts';
import type { CleanUp } from './model-server-start.ts';

/**
 * A real supervisor, keeper and gateway in a run directory of their own, with seats that are real model servers on this
 * machine's host. All of it ends with whoever opened it.
 */

const main = join(import.meta.dirname, '../../helper/main.ts');

/** Any bound on what is waited for only tells a hang. */
const longMs = 60_000;

export interface SeatWorld {
  readonly runDirectory: string;
  readonly api: { readonly url: string; readonly port: number; readonly token: () => string };
  readonly seat: (name: string) => WorldSeat;
  readonly role: (name: Role) => ChildProcess;
  /** Starts it (again) and waits until it does its work. */
  readonly start: (name: Role, runtime?: readonly [string, ...string[]]) => Promise<ChildProcess>;
  readonly end: (name: Role, signal?: NodeJS.Signals) => Promise<void>;
  readonly castellan: (...args: readonly string[]) => Promise<{ readonly code: number | null; readonly out: string }>;
  readonly status: () => Promise<Status>;
  readonly rows: () => readonly AuditRow[];
  /** What the roles wrote. */
  readonly said: () => string;
}

export type Role = 'supervisor' | 'keeper' | 'gateway';

export const eventually = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + longMs; !(await isSo()); await sleep(20))
    if (performance.now() > end) throw new Error(`not within ${longMs / 1000} s: ${what}`);
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** With root the roles run with its rights, and the gateway gives them up as it does everywhere. */
export const openSeatWorld = async (
  t: CleanUp,
  specs: readonly SeatSpec[],
  more: readonly string[] = [],
): Promise<SeatWorld> => {
  const runDirectory = mkdtempSync(join(tmpdir(), 'castellan-seats-'));
  chmodSync(runDirectory, 0o755);
  const apiPort = await freePort();
  const tag = `${process.pid}-${apiPort}`;
  const made = await Promise.all(specs.map((spec) => makeSeat(spec, runDirectory, tag)));
  mkdirSync(servicesPath(runDirectory), { recursive: true, mode: 0o755 });
  for (const { seat, plist } of made)
    if (plist !== null)
      writeFileSync(join(servicesPath(runDirectory), `${seat.label}.plist`), build(plist), { mode: 0o644 });
  const text = ['[api]', `listen = "127.0.0.1:${apiPort}"`, ...more, ...made.map(({ toml }) => toml)].join('\n');
  writeFileSync(join(runDirectory, 'castellan.toml'), `${text}\n`, { mode: 0o644 });

  const roles = new Map<Role, ChildProcess>();
  let said = '';
  const { NODE_TEST_CONTEXT: _context, CASTELLAN_DRY_RUN: _dry, ...env } = process.env;

  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    await ended;
  };

  t.after(async () => {
    // The supervisor last: it ends the seats it started.
    for (const name of ['gateway', 'keeper', 'supervisor'] as const) {
      const child = roles.get(name);
      if (child === undefined) continue;
      await Promise.race([end(child, 'SIGTERM'), sleep(15_000, null, { ref: false })]);
      await end(child, 'SIGKILL');
    }
    // A seat that its supervisor could not end any more; its port tells that it is the one.
    for (const { seat } of made)
      if (await accepts(seat.port)) {
        const { pid } = await seat.figures();
        process.kill(pid, 'SIGKILL');
      }
    rmSync(runDirectory, { recursive: true, force: true, maxRetries: 5 });
  });

  const castellan: SeatWorld['castellan'] = async (...args) => {
    const child = spawn(process.execPath, ['--no-warnings', main, ...args, '--run-dir', runDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out };
  };

  const rows = (): readonly AuditRow[] =>
    linesOf(join(runDirectory, 'state/audit.jsonl'))
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as AuditRow);

  const isUp: Readonly<Record<Role, (before: number) => boolean | Promise<boolean>>> = {
    supervisor: () => existsSync(supervisorSocketPath(runDirectory)),
    keeper: (before) => rows().filter(({ kind }) => kind === 'keeper_started').length > before,
    gateway: () => accepts(apiPort),
  };

  const world: SeatWorld = {
    runDirectory,
    api: {
      url: `http://127.0.0.1:${apiPort}`,
      port: apiPort,
      token: () => readFileSync(join(runDirectory, 'gateway.token'), 'utf8').trim(),
    },
    seat: (name) => {
      const found = made.find(({ seat }) => seat.name === name);
      if (found === undefined) throw new Error(`no seat ${name}`);
      return found.seat;
    },
    role: (name) => {
      const child = roles.get(name);
      if (child === undefined) throw new Error(`no ${name} was started`);
      return child;
    },
    start: async (name, runtime = [process.execPath, '--no-warnings', main]) => {
      const before = rows().filter(({ kind }) => kind === 'keeper_started').length;
      const [command, ...first] = runtime;
      const host = name === 'keeper' ? ['--host', 'linux'] : [];
      const args = [...first, name, '--run-dir', runDirectory, ...host];
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
      roles.set(name, child);
      await eventually(`the ${name} is up`, async () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the ${name} ended: ${said}`);
        return isUp[name](before);
      });
      return child;
    },
    end: (name, signal = 'SIGTERM') => end(world.role(name), signal),
    castellan,
    status: async () => {
      const { code, out } = await castellan('status', '--json');
      if (code !== 0) throw new Error(`castellan status: ${code}`);
      return JSON.parse(out) as Status;
    },
    rows,
    said: () => said,
  };
  return world;
};

/** Supervisor, keeper and gateway, up, with every protected seat loaded. */
export const startSeatWorld = async (
  t: CleanUp,
  specs: readonly SeatSpec[],
  more: readonly string[] = [],
): Promise<SeatWorld> => {
  const world = await openSeatWorld(t, specs, more);
  // The keeper finds its supervisor there; the gateway waits for the keeper by itself.
  await world.start('supervisor');
  await Promise.all([world.start('keeper'), world.start('gateway')]);
  return world;
};
