import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { findElectron } from '../fetch/electron-runtime.ts';
import { installCommand } from '../setup/system-packages.mjs';

/** What graphical tests run in; `skip` says why they cannot. */
export type Surroundings =
  | {
      readonly kind: 'ready';
      readonly env: NodeJS.ProcessEnv;
      readonly prefix: readonly string[];
      readonly describe: string;
      readonly close: () => Promise<void>;
    }
  | { readonly kind: 'skip'; readonly reason: string };

const inPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

/** The first library Electron is linked to and this machine lacks. */
function missingLibrary(executable: string): string | null {
  const ldd = spawnSync('ldd', [executable], { encoding: 'utf8', timeout: 20_000 }).stdout ?? '';
  return /^\s*(\S+) => not found/m.exec(ldd)?.[1] ?? null;
}

const skip = (reason: string): Surroundings => {
  const command = installCommand('tests');
  return { kind: 'skip', reason: command === null ? reason : `${reason}; install it with: ${command}` };
};

/** Starts a virtual display on Linux; on a Mac the real one is used. */
export async function openSurroundings(root: string): Promise<Surroundings> {
  const electron = findElectron(root);
  if (electron.kind === 'missing') return { kind: 'skip', reason: electron.reason };
  const env = electron.source === 'official' ? {} : { ELECTRON_OVERRIDE_DIST_PATH: electron.folder };
  const describe = `Electron ${electron.version}`;
  if (process.platform === 'darwin') {
    return { kind: 'ready', env, prefix: [], describe, close: async () => {} };
  }
  const library = missingLibrary(electron.executable);
  if (library) return skip(`Electron needs ${library}`);
  for (const tool of ['Xvfb', 'dbus-run-session']) if (!inPath(tool)) return skip(`${tool} is not installed`);

  const display = await startDisplay();
  if (display === null) return { kind: 'skip', reason: 'Xvfb did not start' };
  return {
    kind: 'ready',
    env: { ...env, DISPLAY: display.name, WAYLAND_DISPLAY: '', XDG_SESSION_TYPE: 'x11' },
    // A bus for each file: names on it and what listens there are the file's own.
    prefix: ['dbus-run-session', '--'],
    describe: `${describe} on a virtual display`,
    close: () => end(display.child),
  };
}

async function startDisplay(): Promise<{ readonly child: ChildProcess; readonly name: string } | null> {
  // -displayfd takes the first free number and says which once it accepts clients.
  const args = ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-noreset'];
  const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  // Whoever is told to end has no time to close it in order, and it would outlive him.
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  const number = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), 15_000);
    const done = (value: string | null): void => {
      clearTimeout(timer);
      resolve(value);
    };
    let text = '';
    (child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\n')) done(text.trim());
    });
    child.on('error', () => done(null));
    child.on('exit', () => done(null));
  });
  if (number !== null) return { child, name: `:${number}` };
  await end(child);
  return null;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(timer);
}
