/**
 * Bundles the app (main, preload) and the renderer into dist/; for a package into a folder of its own, without what only
 * tests use. `--force` builds even when nothing has changed.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import type { BuildStamp } from '../../helper/protocol/build-stamp.ts';
import { packTray, trayPackers, traySources } from '../icons/tray.ts';
import { stampDefinition } from './build-stamp.ts';
import { dropStamp, isFresh, keyOf, writeStamp } from './fresh.ts';
import { withBuildLock } from './lock.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');

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
type Bundle = esbuild.BuildOptions & { readonly outdir: string; readonly files: readonly string[] };
const bundles: readonly Bundle[] = [
  {
    entryPoints: ['app/main.ts'],
    outdir: 'app',
    outExtension: { '.js': '.cjs' },
    files: ['app/main.cjs'],
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    external: ['electron'],
  },
  {
    // One file: a sandboxed preload script can load nothing but electron.
    entryPoints: ['app/preload.ts'],
    outdir: 'app',
    outExtension: { '.js': '.cjs' },
    files: ['app/preload.cjs'],
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    external: ['electron'],
  },
  {
    // What popover and window share is a file of its own; the window's, which the popover does not load, another.
    entryPoints: ['renderer/main.tsx'],
    outdir: 'renderer',
    files: ['renderer/main.js', 'renderer/chunk.js', 'renderer/open.js'],
    splitting: true,
    chunkNames: '[name]',
    platform: 'browser',
    format: 'esm',
    target: 'chrome114',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  },
  {
    entryPoints: [{ in: 'renderer/style/index.css', out: 'style' }],
    outdir: 'renderer',
    files: ['renderer/style.css'],
    target: 'chrome114',
    // Beside the stylesheet, among the copies.
    external: ['*.woff2'],
  },
];

/** Latin only, all weights in one file; its licence wants to lie beside it. */
const font = 'node_modules/@fontsource-variable/inter';
const copies: readonly (readonly [from: string, to: string])[] = [
  ['renderer/index.html', 'renderer/index.html'],
  [`${font}/files/inter-latin-wght-normal.woff2`, 'renderer/inter.woff2'],
  [`${font}/LICENSE`, 'renderer/inter-licence.txt'],
];

/** What end-to-end tests hold on to: a packaged app does not have it at all. */
const withoutTestHook: esbuild.Plugin = {
  name: 'without-test-hook',
  setup(build) {
    build.onLoad({ filter: /[/\\]app[/\\]test-hook\.ts$/ }, () => ({
      contents: 'export const exposeTestHook = () => {};',
      loader: 'js',
    }));
  },
};

export interface BundleOptions {
  readonly root?: string;
  readonly force?: boolean;
  /** Where it goes, relative to the root. */
  readonly into?: string;
  /** For a package; default: to be run from the checkout. */
  readonly packaged?: { readonly stamp: BuildStamp | null };
}

export interface Bundled {
  readonly built: boolean;
  readonly outputs: readonly string[];
  readonly milliseconds: number;
}

/** Throws when something does not build; the message is for a person. Waits for another build of the same. */
export function bundle(options: BundleOptions = {}): Promise<Bundled> {
  const { root = projectRoot, into = 'dist' } = options;
  return withBuildLock(path.join(root, into), () => build({ ...options, root, into }));
}

async function build(options: BundleOptions & { readonly root: string; readonly into: string }): Promise<Bundled> {
  const { root, into, force = false, packaged = null } = options;
  const start = performance.now();
  const inside = (file: string): string => `${into}/${file}`;
  const outputs = [...bundles.flatMap(({ files }) => files), ...copies.map(([, to]) => to)].map(inside);
  const since = (): number => Math.round(performance.now() - start);
  const stampFile = inside('.bundle.json');
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const key = keyOf([esbuild.version, common, bundles, copies, traySources(), trayPackers(), packaged, lock]);
  if (!force && isFresh(root, stampFile, key)) return { built: false, outputs, milliseconds: since() };

  dropStamp(root, stampFile);
  const plugins = packaged === null ? [] : [withoutTestHook];
  const define = {
    ...common.define,
    ...stampDefinition(packaged?.stamp ?? null),
    CASTELLAN_IS_PACKAGED: String(packaged !== null),
    CASTELLAN_TRAY_LAYERS: JSON.stringify(await packTray()),
  };
  const results = await Promise.all(
    bundles.map(({ files: _, ...each }) =>
      esbuild.build({ ...common, ...each, define, plugins, outdir: inside(each.outdir), absWorkingDir: root }),
    ),
  ).catch(async (error: unknown) => {
    throw new Error(await readable(error));
  });
  for (const [from, to] of copies) {
    mkdirSync(path.dirname(path.join(root, inside(to))), { recursive: true });
    copyFileSync(path.join(root, from), path.join(root, inside(to)));
  }
  // The packages' own files change only with the lock file, which is part of the key, and so is what is defined as a value.
  const sources = results
    .flatMap((result) => Object.keys(result.metafile?.inputs ?? {}))
    .filter((file) => !file.includes('node_modules/') && !file.startsWith('<define:'));
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
