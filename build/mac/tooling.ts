import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { folderBeside, isFilled, putInPlace } from '../fetch/filled-folder.ts';

/**
 * electron-builder and what belongs to it: build/mac/packaging has a lock file of its own, installed on first use under `.cache`
 * by the hash of that file. 280 packages that a checkout does not need.
 */

export type Tooling =
  | { readonly kind: 'found'; readonly folder: string; readonly command: string }
  | { readonly kind: 'missing'; readonly reason: string };

const installTimeoutMs = 300_000;
const sources = ['package.json', 'package-lock.json'] as const;

const found = (folder: string): Tooling => ({
  kind: 'found',
  folder,
  command: path.join(folder, 'node_modules', 'electron-builder', 'cli.js'),
});

/** Fetched first where it is not there yet; says so. Never throws. */
export function ensureTooling(root: string, say: (line: string) => void): Tooling {
  const texts = sources.map((file) => readFileSync(path.join(root, 'build/mac/packaging', file)));
  const hash = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 16);
  const target = path.join(root, '.cache', `packaging-${hash}`);
  if (isFilled(target)) return found(target);
  say('installing electron-builder from the npm registry (280 packages, 94 MB) …');
  const start = Date.now();
  const work = folderBeside(target);
  try {
    for (const file of sources) copyFileSync(path.join(root, 'build/mac/packaging', file), path.join(work, file));
    const hasty = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
    // No script of any of these packages runs: none is needed to package.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...hasty];
    const run = spawnSync('npm', args, { cwd: work, encoding: 'utf8', timeout: installTimeoutMs });
    if (run.status !== 0) {
      const detail = run.error?.message ?? (run.stderr.trim().split('\n')[0] || `code ${run.status}`);
      return { kind: 'missing', reason: `npm could not install electron-builder (${detail})` };
    }
    putInPlace(work, target, hash);
    say(`installed electron-builder in ${((Date.now() - start) / 1000).toFixed(0)} s`);
    return found(target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
