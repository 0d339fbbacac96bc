import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { folderBeside } from '../../build/fetch/filled-folder.ts';
import { packageCodes, packageMac } from '../../build/mac/package.ts';
import { fabricateElectron } from './electron-app.ts';

/**
 * The bundle that a Mac would get, made here: all that is ours is real, electron-builder and its fuses are real, and of
 * Electron there is the shape without the code.
 */

const root = path.resolve(import.meta.dirname, '../..');
const { version, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

export { version };
export const stamp = { teamId: 'TESTTEAM00', build: 7 };
export const releaseEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  CASTELLAN_TEAM_ID: stamp.teamId,
  CASTELLAN_BUILD_NUMBER: String(stamp.build),
};

export interface PackedApp {
  /** On the file system of the bundle, so that copies of its 142 MB can be links. */
  readonly work: string;
  /** Castellan.app. */
  readonly app: string;
  /** What was said while it was packed. */
  readonly lines: readonly string[];
  /** Why there is none: something could not be fetched. */
  readonly unavailable: string | null;
  readonly dispose: () => void;
}

export async function packApp(): Promise<PackedApp> {
  // Where what a killed run left is removed by a later one.
  const work = folderBeside(path.join(root, 'dist', 'bundle-test'));
  const dispose = (): void => rmSync(work, { recursive: true, force: true });
  try {
    const electronDist = path.join(work, 'electron');
    fabricateElectron(electronDist, devDependencies.electron ?? '');
    const lines: string[] = [];
    const argv = ['--output', path.join(work, 'out'), '--electron-dist', electronDist];
    const code = await packageMac({ argv, env: releaseEnvironment, say: (line) => lines.push(line) });
    const unavailable = code === packageCodes.unavailable ? (lines.at(-1) ?? 'no network') : null;
    if (unavailable === null) assert.equal(code, packageCodes.done, lines.join('\n'));
    return { work, app: path.join(work, 'out', 'mac-arm64', 'Castellan.app'), lines, unavailable, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
