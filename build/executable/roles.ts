import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type * as esbuild from 'esbuild';

/**
 * In the executable every role is a script of its own: a process keeps the whole text of what was compiled for it, whether
 * it runs or not. What the entry imports with `import()` becomes such a script.
 */

export interface RoleScript {
  /** Name in the executable and in stack traces: "castellan-deadman.cjs". */
  readonly name: string;
  /** The module that is its entry, an absolute path. */
  readonly entry: string;
}

/** "…/deadman/role.ts" and "…/cli/main.ts" are called after their folder, "…/journal/append-alert.ts" after itself. */
const nameOf = (file: string): string => {
  const { dir, name } = path.parse(file);
  return `castellan-${name === 'role' || name === 'main' ? path.basename(dir) : name}.cjs`;
};

/** `found` is told each role that the entry imports; in its place stands what runs its script. */
export const rolesApart = (found: (script: RoleScript) => void): esbuild.Plugin => ({
  name: 'roles-apart',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path: file, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const entry = path.resolve(resolveDir, file);
      const name = nameOf(entry);
      found({ name, entry });
      return { path: name, namespace: 'role' };
    });
    build.onLoad({ filter: /.*/, namespace: 'role' }, ({ path: name }) => ({
      contents: `module.exports = require('./role.ts').runRole(${JSON.stringify(name)});`,
      resolveDir: import.meta.dirname,
    }));
  },
});

const compiler = `
const { readFileSync, writeFileSync } = require('node:fs');
const { compileFunction } = require('node:vm');
const [file, to] = process.argv.slice(1);
const text = readFileSync(file, 'latin1');
writeFileSync(to, compileFunction(text, ['exports', 'require', 'module'], { produceCachedData: true }).cachedData);
`;

/**
 * V8's compiled form of a script, which it takes only from the same version with the same options: a keeper starts with
 * 3 MB less anonymous memory than when it compiles the text itself.
 */
export const compileRole = (file: string, to: string, nodeOptions: readonly string[]): void => {
  execFileSync(process.execPath, [...nodeOptions, '-e', compiler, file, to], { timeout: 60_000 });
};
