import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { KeeperOrder } from './orders.ts';
import { type Hold, holdsDescriptor, holdsVariable, type Party } from './points.ts';

/** A real keeper's hand or a real deadman under the hooks. */

/** What the hooks tell, in order. `atMs` is the machine's monotonic clock. */
export interface Told {
  readonly verb: string;
  readonly rest: string;
  readonly atMs: number;
  readonly by: Running;
}

export interface Running {
  readonly party: Party;
  /** 1 for the first of its kind. */
  readonly generation: number;
  readonly pid: number;
  /** Of a keeper that takes orders; empty: chosen by itself, or there is none. */
  readonly instance: string;
  readonly isOver: () => boolean;
  /** Resolves when it has ended, to how. */
  readonly over: Promise<string>;
  /** It is the whole role, and takes no orders. */
  readonly isWhole: boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Lets it go on from where it is held. */
  readonly go: () => void;
  readonly order: (order: KeeperOrder) => void;
  readonly said: () => string;
}

export interface StartOptions {
  readonly party: Party;
  readonly generation: number;
  readonly runDirectory: string;
  readonly scale: number;
  readonly isWhole: boolean;
  readonly holds: readonly Hold[];
  readonly onTold: (told: Told) => void;
}

const here = import.meta.dirname;
const helperMain = join(here, '../../helper/main.ts');

export const instanceOf = (generation: number): string => String(generation).padStart(32, 'a');

const argumentsOf = (options: StartOptions): readonly string[] => {
  const { party, generation, runDirectory, scale, isWhole } = options;
  if (isWhole) {
    const role = [helperMain, 'keeper', '--host', 'linux', '--run-dir', runDirectory];
    return ['--import', join(here, 'hooks-keeper.ts'), ...role];
  }
  if (party === 'keeper') return [join(here, 'keeper.ts'), runDirectory, instanceOf(generation), String(scale)];
  const hooked = ['--import', join(here, 'hooks.ts')];
  if (scale === 1) return [...hooked, helperMain, 'deadman', '--run-dir', runDirectory];
  return [...hooked, join(here, '../fakes/deadman-scaled.ts'), String(scale), '--run-dir', runDirectory];
};

export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const start = (options: StartOptions): Running => {
  const { party, generation, holds, isWhole } = options;
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child: ChildProcess = spawn(process.execPath, ['--no-warnings', ...argumentsOf(options)], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: { ...env, [holdsVariable]: JSON.stringify(holds) },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`the ${party} did not start`);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const channel = child.stdio[holdsDescriptor] as Duplex;
  for (const stream of [channel, child.stdin]) stream?.on('error', () => {});
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const over = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  const running: Running = {
    party,
    generation,
    pid,
    instance: party === 'keeper' && !isWhole ? instanceOf(generation) : '',
    isOver,
    over,
    isWhole,
    signal: (signal) => {
      child.kill(signal);
    },
    go: () => void channel.write('.'),
    order: (order) => void child.stdin?.write(`${JSON.stringify(order)}\n`),
    said: () => said,
  };
  const lines = createInterface({ input: channel });
  // Who is killed with a byte unread resets the connection; what it told before is read first.
  lines.on('error', () => {});
  lines.on('line', (line) => {
    const end = line.lastIndexOf(' ');
    const [verb = '', ...rest] = line.slice(0, end).split(' ');
    options.onTold({ verb, rest: rest.join(' '), atMs: Number(line.slice(end + 1)) / 1e6, by: running });
  });
  return running;
};
