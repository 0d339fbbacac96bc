import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { buildSync } from 'esbuild';
import type { MachineSample } from '../../helper/journal/samples.ts';

const undoings = new WeakMap<TestContext, (() => void | Promise<void>)[]>();

/** Undone when the test ends, last first (`t.after` runs first first). */
export const undo = (t: TestContext, step: () => void | Promise<void>): void => {
  const known = undoings.get(t);
  if (known !== undefined) {
    known.push(step);
    return;
  }
  const steps = [step];
  undoings.set(t, steps);
  t.after(async () => {
    for (const each of steps.toReversed()) await each();
  });
};

/** A folder of the test's own, removed when it ends. */
export const folder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'castellan-journal-'));
  undo(t, () => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** A real file system of that many bytes, or null with the reason told as a skip. */
export const smallDisk = (t: TestContext, bytes: number): string | null => {
  const path = folder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'castellan-test', path], { stdio: 'pipe' });
  } catch {
    t.skip('needs the right to mount a small tmpfs');
    return null;
  }
  undo(t, () => void execFileSync('umount', ['-l', path]));
  return path;
};

export const remount = (path: string, options: string): void => {
  execFileSync('mount', ['-o', `remount,${options}`, path], { stdio: 'pipe' });
};

export const GiB = 2 ** 30;

export const sampleAt = (wallMs: number, change: Partial<MachineSample> = {}): MachineSample => ({
  wallMs,
  tiers: { wired: 4 * GiB, compressed: 2 * GiB, app: 20 * GiB, cached: 10 * GiB, free: 28 * GiB },
  swapUsedBytes: 0,
  level: 0,
  kernelLevel: 1,
  compressorGrowthBytesPerSecond: 0,
  reserveLineBytes: 44 * GiB,
  seats: [{ name: 'cilghal', footprintBytes: 21 * GiB, state: 'ready' }],
  ...change,
});

/** The history worker as one piece of source text, as a single executable carries it. `before` runs first in it. */
export const workerSource = (before = ''): string => {
  const entry = join(import.meta.dirname, '../../helper/journal/history-worker.ts');
  const built = buildSync({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    write: false,
    logLevel: 'silent',
  });
  return `${before}\n${built.outputFiles[0]?.text ?? ''}`;
};

export const until = async (what: string, ready: () => boolean, timeoutMs = 10_000): Promise<void> => {
  for (const start = performance.now(); !ready(); ) {
    if (performance.now() - start > timeoutMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

export const moduleUrl = (name: string): string => new URL(`../../helper/journal/${name}`, import.meta.url).href;
