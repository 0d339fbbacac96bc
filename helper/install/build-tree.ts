import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Whether a program lies where a build may take it away. launchd starts a job again from its path: a `cargo clean` or an
 * `npm ci` in the tree that holds it leaves a service that runs today and cannot start tomorrow (EX_CONFIG, 78).
 */

/** Names of folders that build tools empty: cargo, CMake and Xcode, bundlers, npm. */
const emptied: ReadonlySet<string> = new Set(['target', 'build', 'dist', 'node_modules', 'deriveddata']);

/** `.git` is a folder in a clone, and a file in a linked work tree and in a submodule (gitrepository-layout(5)). */
const hasGit = (folder: string): boolean => {
  try {
    const seen = lstatSync(join(folder, '.git'));
    return seen.isDirectory() || seen.isFile();
  } catch {
    return false;
  }
};

const foldersAbove = (path: string): readonly string[] => {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
};

/** Names are compared without case: so do macOS's usual file systems. */
const judged = (path: string): string | null => {
  const folders = foldersAbove(path);
  const built = folders.find((folder) => emptied.has((folder.split('/').at(-1) ?? '').toLowerCase()));
  if (built !== undefined) return `${built} is a folder that builds empty`;
  const tree = folders.find(hasGit);
  return tree === undefined ? null : `${tree} is a git work tree`;
};

/** Where links lead; a path that is not there leads nowhere else. */
const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/**
 * @param program path of the executable a property list is to name; it need not exist yet
 * @returns why no property list may name it, in words that go on a sentence ("… is a git work tree"); null: it may
 */
export const whyInBuildTree = (program: string): string | null => {
  const path = resolve(program);
  const leads = real(path);
  return judged(path) ?? (leads === path ? null : judged(leads));
};
