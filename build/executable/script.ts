import path from 'node:path';
import * as esbuild from 'esbuild';
import type { BuildStamp } from '../../helper/protocol/build-stamp.ts';
import { stampDefinition } from '../outputs/build-stamp.ts';

/**
 * In the executable koffi's native half lies beside it and is loaded by absolute path: koffi's own loader would also
 * look into folders that another user may be able to write. The realpath is taken because a link to the executable
 * must not move the search.
 */
const koffiModule = `
const { realpathSync } = require('node:fs');
const { dirname, join } = require('node:path');
const native = { exports: {} };
process.dlopen(native, join(dirname(realpathSync(process.execPath)), 'koffi.node'));
module.exports = native.exports;
`;

const koffiFromDisk: esbuild.Plugin = {
  name: 'koffi-from-disk',
  setup(build) {
    build.onResolve({ filter: /^koffi$/ }, () => ({ path: 'koffi', namespace: 'castellan' }));
    build.onLoad({ filter: /.*/, namespace: 'castellan' }, () => ({ contents: koffiModule, loader: 'js' }));
  },
};

/** The one module of the protocol that does something by being imported: it gives zod its words. */
const wordsOfZod = /\/english\.ts$/;

/** Of a barrel, what nobody uses is left out: esbuild cannot know that making a schema changes nothing else. */
const protocolInParts: esbuild.Plugin = {
  name: 'protocol-in-parts',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path: file, resolveDir }) => {
      const found = path.resolve(resolveDir, file);
      const inProtocol = found.includes(`${path.sep}helper${path.sep}protocol${path.sep}`);
      return inProtocol && !wordsOfZod.test(found) ? { path: found, sideEffects: false } : undefined;
    });
  },
};

export interface ScriptOptions {
  readonly root: string;
  readonly entry: string;
  readonly outfile: string;
  readonly plugins?: readonly esbuild.Plugin[];
  /** Null: development. */
  readonly stamp?: BuildStamp | null;
}

/**
 * One CommonJS file. What is imported with `import()` becomes a function that is called when it is asked for, so nothing
 * of it is evaluated before. Returns the project's files that went in.
 */
export async function bundleScript(options: ScriptOptions): Promise<readonly string[]> {
  const { root, entry, outfile, plugins = [], stamp = null } = options;
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    // Names stay, for stack traces in a log.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
    // `import.meta` has no meaning in CommonJS: whoever needs a place asks whether it runs in the executable.
    define: {
      'import.meta.url': 'undefined',
      'import.meta.dirname': 'undefined',
      'import.meta.filename': 'undefined',
      ...stampDefinition(stamp),
    },
    // Also of Node's own modules: compiled by node:vm, a script has no import() of its own.
    supported: { 'dynamic-import': false },
    plugins: [koffiFromDisk, protocolInParts, ...plugins],
  });
  return Object.keys(result.metafile.inputs).filter((file) => !file.includes('node_modules/') && !file.includes(':'));
}
