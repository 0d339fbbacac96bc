import path from 'node:path';
import { lastSeconds } from '../../helper/supervisor/times.ts';
import type { ElectronRuntime } from '../fetch/electron-runtime.ts';
import type { ChildOptions } from './child.ts';

/** What `npm start` runs: the command lines, and nothing of when or how long. */

export interface Place {
  readonly root: string;
  readonly runDirectory: string;
  readonly env: NodeJS.ProcessEnv;
}

type Found = Extract<ElectronRuntime, { kind: 'found' }>;

const castellan = (root: string, args: readonly string[]) => ({
  command: process.execPath,
  args: [path.join(root, 'helper', 'main.ts'), ...args],
  cwd: root,
});

/** Longer than a keeper needs to resume what it froze: it resumes one after the other, a second apart. */
const keeperGraceMs = 15_000;
/** It resumes what a keeper that was killed left behind; nobody else would. */
const deadmanGraceMs = 15_000;

export const keeperCommand = (place: Place, host: string, config: string | null): ChildOptions => ({
  name: 'keeper',
  ...castellan(place.root, [
    'keeper',
    '--run-dir',
    place.runDirectory,
    '--host',
    host,
    ...(config === null ? [] : ['--config', config]),
  ]),
  env: place.env,
  graceMs: keeperGraceMs,
  hurry: 'killed',
});

export const deadmanCommand = (place: Place): ChildOptions => ({
  name: 'deadman',
  ...castellan(place.root, ['deadman', '--run-dir', place.runDirectory]),
  env: place.env,
  graceMs: deadmanGraceMs,
  hurry: 'awaited',
});

/** It kills what has not ended by then; what a supervisor that is killed leaves behind would run on. */
const supervisorGraceMs = (lastSeconds + 10) * 1000;

/** Linux has no launchd. */
export const supervisorCommand = (place: Place, config: string | null): ChildOptions => ({
  name: 'supervisor',
  ...castellan(place.root, [
    'supervisor',
    '--run-dir',
    place.runDirectory,
    ...(config === null ? [] : ['--config', config]),
  ]),
  env: place.env,
  graceMs: supervisorGraceMs,
  hurry: 'asked',
});

/** Connections that pass through it get a moment to end by themselves. */
const gatewayGraceMs = 5_000;

export const gatewayCommand = (place: Place): ChildOptions => ({
  name: 'gateway',
  ...castellan(place.root, ['gateway', '--run-dir', place.runDirectory]),
  env: place.env,
  graceMs: gatewayGraceMs,
  hurry: 'killed',
});

export const statusCommand = (place: Place, seconds: number | null): ChildOptions => ({
  name: 'status',
  ...castellan(place.root, [
    'status',
    '--watch',
    '--run-dir',
    place.runDirectory,
    ...(seconds === null ? [] : ['--seconds', String(seconds)]),
  ]),
  env: place.env,
  inTerminal: true,
  graceMs: 1000,
  hurry: 'asked',
});

export const statusOnceCommand = (place: Place) =>
  castellan(place.root, ['status', '--json', '--run-dir', place.runDirectory]);

export const appCommand = (place: Place, electron: Found, runsAsRoot: boolean): ChildOptions => {
  const { ELECTRON_RUN_AS_NODE: _plainNode, ...env } = place.env;
  return {
    name: 'app',
    command: electron.executable,
    // Chromium refuses to sandbox root's processes. Here and nowhere else: the app itself never asks for it.
    args: [...(runsAsRoot && process.platform === 'linux' ? ['--no-sandbox'] : []), place.root],
    cwd: place.root,
    env: { ...env, CASTELLAN_RUN_DIR: place.runDirectory },
    graceMs: 5000,
    hurry: 'killed',
  };
};
