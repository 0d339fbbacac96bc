import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judgeFolders, look, octal } from '../config/trusted-folders.ts';
import { type Failure, failure } from '../protocol/errors.ts';
import { whyInBuildTree } from './build-tree.ts';

/**
 * Whether root may be made to run a program for as long as the machine lives: nobody but root can change it, or put another
 * one in its place, and no build takes it away.
 */

export type JudgedExecutable =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly failure: Failure };

const refused = (detail: string): JudgedExecutable => ({ ok: false, failure: failure('untrusted_path', detail) });

/** What it loads from beside it has the same rights. */
const beside = ['koffi.node'] as const;

const fileProblem = (path: string, isOptional: boolean): string | null => {
  const seen = look(path);
  if ('code' in seen) return isOptional && seen.code === 'ENOENT' ? null : `${path}: ${seen.code}`;
  if (!seen.isFile()) return `${path} is not a plain file`;
  const is = `${path} has owner uid ${seen.uid} and mode ${octal(seen.mode)}`;
  if (seen.uid !== 0) return `${is}; it must be root's`;
  if ((seen.mode & 0o022) !== 0) return `${is}, so others can write to it`;
  // A second name in a folder of somebody else does not let them change it; set-id bits are nobody's intention here.
  if ((seen.mode & 0o6000) !== 0) return `${is}; it must not be set-user-id`;
  return isOptional || (seen.mode & 0o111) !== 0 ? null : `${is}, so it cannot be run`;
};

/**
 * /Applications belongs to the administrators, who may become root in any case (on a Mac it has mode 0775 and the group admin);
 * what lies in it must be root's all the same, as the installer package leaves it. An app that was dragged there is its
 * user's, and so would be the program that root runs.
 */
const applications = '/Applications/';

const foldersBelow = (path: string, top: string): readonly string[] => {
  const parts = path.slice(top.length).split('/');
  return parts.slice(0, -1).map((_, at) => `${top}${parts.slice(0, at + 1).join('/')}`);
};

const folderProblem = (path: string): string | null => {
  const seen = look(path);
  if ('code' in seen) return `${path}: ${seen.code}`;
  const is = `${path} has owner uid ${seen.uid} and mode ${octal(seen.mode)}`;
  if (!seen.isDirectory()) return `${path} is not a folder`;
  if (seen.uid !== 0) return `${is}; it must be root's`;
  return (seen.mode & 0o022) === 0 ? null : `${is}, so others can write to it`;
};

/**
 * Of a program that runs: who but root could put another in its place.
 *
 * @param top for tests: another folder of administrators
 * @returns why it must not act, in words that go on a sentence; null: it may
 */
export const whyNotRoots = (executable: string, top: string = applications): string | null => {
  const judged = executable.startsWith(top)
    ? foldersBelow(executable, top).map(folderProblem)
    : [judgeFolders(dirname(executable), [0])].map((found) => (found.kind === 'untrusted' ? found.detail : null));
  const names = [executable, ...beside.map((name) => join(dirname(executable), name))];
  const files = names.map((path, at) => fileProblem(path, at > 0));
  return [...judged, ...files].find((why) => why !== null) ?? null;
};

export const judgeExecutable = (executable: string): JudgedExecutable => {
  let path: string;
  try {
    path = realpathSync(executable);
  } catch (error) {
    return refused(`${executable}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const folders = judgeFolders(dirname(path), [0]);
  if (folders.kind !== 'trusted')
    return refused(folders.kind === 'missing' ? `${folders.path} is missing` : folders.detail);
  const wrong =
    fileProblem(path, false) ??
    beside.map((name) => fileProblem(join(dirname(path), name), true)).find((one) => one !== null);
  if (wrong !== undefined && wrong !== null) return refused(wrong);
  const built = whyInBuildTree(path);
  return built === null ? { ok: true, path } : { ok: false, failure: failure('in_build_tree', built) };
};
