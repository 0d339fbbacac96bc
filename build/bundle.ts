/** Bundles the app (main, preload) and the renderer into dist/. `--force` builds even when nothing has changed. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { isFresh, keyOf, writeStamp } from './stamp.ts';

const projectRoot = path.resolve(import.meta.dirname, '..');
const stampFile = 'dist/.bundle.json';

const common: esbuild.BuildOptions = {
  bundle: true,
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'silent',
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** Node 18 and Chromium 114 are what the oldest Electron in use has (25, for development on Linux). */
const bundles: readonly esbuild.BuildOptions[] = [
  {
    entryPoints: ['app/main.ts'],
    outfile: 'dist/app/main.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    external: ['electron'],
  },
  {
    // One file: a sandboxed preload script can load nothing but electron.
    entryPoints: ['app/preload.ts'],
    outfile: 'dist/app/preload.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    external: ['electron'],
  },
  {
    entryPoints: ['renderer/main.tsx'],
    outfile: 'dist/renderer/main.js',
    platform: 'browser',
    format: 'esm',
    target: 'chrome114',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  },
];

const copies: readonly (readonly [from: string, to: string])[] = [
  ['renderer/index.html', 'dist/renderer/index.html'],
  ['renderer/style.css', 'dist/renderer/style.css'],
  ['renderer/seats.css', 'dist/renderer/seats.css'],
];

export interface Bundled {
  readonly built: boolean;
  readonly outputs: readonly string[];
  readonly milliseconds: number;
}

/** Throws when something does not build; the message is for a person. */
export async function bundle({ root = projectRoot, force = false } = {}): Promise<Bundled> {
  const start = performance.now();
  const outputs = [...bundles.map((options) => options.outfile ?? ''), ...copies.map(([, to]) => to)];
  const since = (): number => Math.round(performance.now() - start);
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const key = keyOf([esbuild.version, common, bundles, copies, lock]);
  if (!force && isFresh(root, stampFile, key)) return { built: false, outputs, milliseconds: since() };

  const results = await Promise.all(
    bundles.map((options) => esbuild.build({ ...common, ...options, absWorkingDir: root })),
  ).catch(async (error: unknown) => {
    throw new Error(await readable(error));
  });
  for (const [from, to] of copies) {
    mkdirSync(path.dirname(path.join(root, to)), { recursive: true });
    copyFileSync(path.join(root, from), path.join(root, to));
  }
  // The packages' own files change only with the lock file, which is part of the key.
  const sources = results
    .flatMap((result) => Object.keys(result.metafile?.inputs ?? {}))
    .filter((file) => !file.includes('node_modules/'));
  writeStamp(root, stampFile, { key, inputs: [...new Set([...sources, ...copies.map(([from]) => from)])], outputs });
  return { built: true, outputs, milliseconds: since() };
}

async function readable(error: unknown): Promise<string> {
  const { errors } = error as Partial<esbuild.BuildFailure>;
  if (!errors) return error instanceof Error ? error.message : String(error);
  return (await esbuild.formatMessages([...errors], { kind: 'error' })).join('\n').trim();
}

if (import.meta.main) {
  try {
    const { built, milliseconds } = await bundle({ force: process.argv.includes('--force') });
    process.stdout.write(built ? `Bundled into dist/ in ${milliseconds} ms.\n` : 'dist/ is up to date.\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
