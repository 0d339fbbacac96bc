import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import { installCommand } from '../../build/setup/system-packages.mjs';
import { openSurroundings } from '../../build/testing/display.ts';
import { openSessionBus, type SessionBus } from '../fakes/session-bus.ts';

/** What the real app needs around it: a display, a session bus of its own, a folder; all ended with their owner. */

export const root = path.resolve(import.meta.dirname, '../..');

/** A test, a suite, or anything else that ends. */
export interface Owner {
  after(end: () => Promise<void>): void;
}

/** For worlds opened in a suite's `before`: hand it the suite's `after`, in the body of `describe`. */
export const suiteOwner = (after: (end: () => Promise<void>) => void): Owner => {
  const ends: (() => Promise<void>)[] = [];
  after(async () => {
    for (const each of ends.splice(0)) await each();
  });
  return { after: (each) => void ends.push(each) };
};

export interface World {
  /** Of this world alone; holds the run directory, and what the app keeps. */
  readonly folder: string;
  readonly runDirectory: string;
  /** DISPLAY and DBUS_SESSION_BUS_ADDRESS are in it. */
  readonly env: Readonly<Record<string, string>>;
  readonly bus: SessionBus;
  /** Ends come in reverse order, and all of them, whether or not one fails. */
  defer(end: () => Promise<void> | void): void;
}

const inPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

const whyMissing = (): string | false => {
  if (process.platform !== 'linux') return 'drives the tray through D-Bus, which this system has not';
  const electron = findElectron(root);
  if (electron.kind === 'missing') return electron.reason;
  if (!existsSync(path.join(root, 'dist/app/main.cjs'))) return 'dist/app is not built: run `npm run build`';
  const needed = (process.env.DISPLAY ?? '') === '' ? ['Xvfb', 'dbus-daemon'] : ['dbus-daemon'];
  const tool = needed.find((each) => !inPath(each));
  if (tool === undefined) return false;
  const command = installCommand('tests');
  return command === null ? `${tool} is not installed` : `${tool} is not installed; install it with: ${command}`;
};

/** Why the app cannot run here; false when it can. */
export const missing = whyMissing();

const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Killed with this process at the latest, however that ends. */
export const kept = <T extends ChildProcess>(child: T): T => {
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
};

/** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
export const end = async (child: ChildProcess, graceMs = 5000): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
};

/** Polls until `look` gives something; throws with what it last said otherwise. */
export const eventually = async <T>(
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  what: string | (() => string),
  withinMs = 10_000,
): Promise<T> => {
  for (const until = performance.now() + withinMs; performance.now() < until; await sleep(50)) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
  }
  throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`);
};

/** A bus of this world alone, so that names and icons on it are its own, whatever the machine's session has. */
const startBus = async (): Promise<{ readonly child: ChildProcess; readonly address: string }> => {
  const args = ['--session', '--nofork', '--nopidfile', '--print-address=1'];
  const child = kept(spawn('dbus-daemon', args, { stdio: ['ignore', 'pipe', 'ignore'] }));
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const address = await eventually(() => /^\S+(?=\n)/.exec(text)?.[0], 'dbus-daemon says its address');
  return { child, address };
};

export const openWorld = async (owner: Owner): Promise<World> => {
  const ends: (() => Promise<void> | void)[] = [];
  owner.after(async () => {
    const failures: unknown[] = [];
    for (const each of ends.splice(0).reverse()) {
      try {
        await each();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not all ended well');
  });
  const defer = (each: () => Promise<void> | void): void => void ends.push(each);

  const folder = mkdtempSync(path.join(tmpdir(), 'e2e-'));
  chmodSync(folder, 0o755);
  defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

  const {
    NODE_OPTIONS: _options,
    NODE_TEST_CONTEXT: _context,
    ELECTRON_RUN_AS_NODE: _asNode,
    ...inherited
  } = process.env;
  const given = inherited as Record<string, string>;
  let display: Readonly<Record<string, string>> = {};
  if ((given.DISPLAY ?? '') === '') {
    const surroundings = await openSurroundings(root);
    if (surroundings.kind === 'skip') throw new Error(surroundings.reason);
    defer(surroundings.close);
    display = surroundings.env as Record<string, string>;
  }
  const { child, address } = await startBus();
  defer(() => end(child));
  const bus = await openSessionBus(address);
  defer(bus.close);
  return {
    folder,
    runDirectory: path.join(folder, 'run'),
    env: { ...given, ...display, DBUS_SESSION_BUS_ADDRESS: address, XDG_CONFIG_HOME: path.join(folder, 'config') },
    bus,
    defer,
  };
};
