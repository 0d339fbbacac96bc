import { closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { errorCode, judgeFolders, look, octal, trustedOwners } from '../../config/trusted-folders.ts';
import { type Failure, failure } from '../../protocol/errors.ts';

/** The folder that holds the sockets, the heartbeat and the state of one keeper: where it is, and that it is ours. */

export interface RunDirectorySearch {
  /** Value of `--run-dir`. */
  readonly flag?: string | undefined;
  readonly platform: string;
  readonly uid: number;
  /** Read in development by ordinary users only; root's choice never depends on its environment. */
  readonly env: { readonly XDG_RUNTIME_DIR?: string | undefined; readonly HOME?: string | undefined };
}

const production = {
  darwin: '/Library/Application Support/Sanctum/Castellan/run',
  other: '/run/castellan',
} as const;

export const productionRunDirectory = (platform: string): string =>
  platform === 'darwin' ? production.darwin : production.other;

/** Of a development build that launchd runs on a Mac, beside an installed one. */
const installedForDevelopment = '/Library/Application Support/Sanctum/Castellan-dev/run';

/** Folders of keepers that a service manager runs as root, the production one first. */
export const installedRunDirectories = (platform: string): readonly string[] => [
  productionRunDirectory(platform),
  ...(platform === 'darwin' ? [installedForDevelopment] : []),
];

/** `--run-dir`, else an installed keeper's folder when its socket exists, else the development folder. */
export const findRunDirectory = ({ flag, platform, uid, env }: RunDirectorySearch): string => {
  if (flag !== undefined && flag !== '') return resolve(flag);
  const installed = installedRunDirectories(platform).find((each) => {
    const socket = look(socketPath(each));
    return !('code' in socket) && socket.isSocket();
  });
  return installed ?? developmentRunDirectory({ platform, uid, env });
};

export const developmentRunDirectory = ({ platform, uid, env }: Omit<RunDirectorySearch, 'flag'>): string => {
  const home = (uid === 0 ? null : absolute(env.HOME)) ?? accountHome();
  if (platform === 'darwin') return join(home, 'Library/Application Support/Sanctum/Castellan-dev/run');
  if (uid === 0) return '/run/castellan-dev';
  // The XDG Base Directory Specification: a relative XDG_RUNTIME_DIR is invalid and ignored.
  const runtime = absolute(env.XDG_RUNTIME_DIR);
  return runtime === null ? join(home, '.castellan-dev') : join(runtime, 'castellan-dev');
};

const accountHome = (): string => {
  try {
    return userInfo().homedir;
  } catch {
    // An account without a passwd entry; making a folder under / then fails with its reason.
    return '/';
  }
};

const absolute = (path: string | undefined): string | null => (path !== undefined && isAbsolute(path) ? path : null);

export const socketPath = (runDirectory: string): string => join(runDirectory, 'castellan.sock');
export const heartbeatPath = (runDirectory: string): string => join(runDirectory, 'heartbeat');
/** History, journal, audit and logs. */
export const statePath = (runDirectory: string): string => join(runDirectory, 'state');

/** castellan.toml: in development in the run directory, installed where operators look for it. */
export const configPath = (runDirectory: string): string => {
  if (runDirectory === production.darwin) return '/Library/Application Support/Sanctum/Castellan/castellan.toml';
  if (runDirectory === production.other) return '/etc/castellan/castellan.toml';
  return join(runDirectory, 'castellan.toml');
};

export type PreparedRunDirectory =
  /** `path` has the machine's own links (macOS: /tmp, /var) resolved; use it instead of the one asked for. */
  | { readonly ok: true; readonly path: string; readonly statePath: string }
  | { readonly ok: false; readonly failure: Failure };

/** Others may pass through to the sockets and read the heartbeat; what is kept is for the keeper alone. */
const runMode = 0o755;
const stateMode = 0o700;

/**
 * Makes the run directory and its `state` folder where they are missing, and refuses what others could change: links,
 * foreign owners, folders others can write, here and anywhere above. `uid` is the account of the keeper. The mode of a
 * run directory that exists is left as it is (0700 keeps other users out, if that is wanted); `state` is always 0700.
 */
export const prepareRunDirectory = (path: string, uid: number): PreparedRunDirectory => {
  const full = resolve(path);
  const seen = look(full);
  if (!('code' in seen) && seen.isSymbolicLink()) return untrusted(`${full} is a link`);
  const run = makeFolders(full, uid);
  if (!run.ok) return run;
  const owner = ownFolder(run.path, uid);
  if (!owner.ok) return owner;
  const state = statePath(run.path);
  try {
    mkdirSync(state, { mode: stateMode });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return failed(`${state}: ${errorCode(error)}`);
  }
  const own = ownFolder(state, uid, stateMode);
  return own.ok ? { ok: true, path: run.path, statePath: state } : own;
};

/** No path has more parts than this (PATH_MAX is 4096 on Linux, 1024 on macOS). */
const maxFolders = 2048;

type Folder = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly failure: Failure };

/** Makes what is missing, top down. Only folders whose parents passed are touched. Returns the path without links. */
const makeFolders = (path: string, uid: number): Folder => {
  for (let made = 0; made <= maxFolders; made += 1) {
    const judged = judgeFolders(path, trustedOwners(uid));
    if (judged.kind === 'trusted') return { ok: true, path: judged.real };
    if (judged.kind === 'untrusted') return untrusted(judged.detail);
    if (judged.kind === 'unreadable') return failed(judged.detail);
    try {
      mkdirSync(judged.path, { mode: runMode });
    } catch (error) {
      // Another starter was faster: judge what it made.
      if (errorCode(error) === 'EEXIST') continue;
      return failed(`${judged.path}: ${errorCode(error)}`);
    }
    const own = ownFolder(judged.path, uid, runMode);
    if (!own.ok) return own;
  }
  return failed(`${path}: too deep`);
};

/** Checks owner and mode on the descriptor; with `mode`, sets exactly that (mkdir's is cut by the umask). */
const ownFolder = (path: string, uid: number, mode?: number): Folder => {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = errorCode(error);
    // With both flags a link is ELOOP or ENOTDIR, depending on the system.
    return code === 'ELOOP' || code === 'ENOTDIR' ? untrusted(`${path} is not a folder`) : failed(`${path}: ${code}`);
  }
  try {
    const seen = fstatSync(descriptor);
    const wrong = folderProblem(path, seen, uid);
    if (wrong !== null) return untrusted(wrong);
    if (mode !== undefined && (seen.mode & 0o7777) !== mode) fchmodSync(descriptor, mode);
    return { ok: true, path };
  } catch (error) {
    return failed(`${path}: ${errorCode(error)}`);
  } finally {
    closeSync(descriptor);
  }
};

const folderProblem = (path: string, seen: Stats, uid: number): string | null => {
  const is = `${path} has owner uid ${seen.uid} and mode ${octal(seen.mode)}`;
  if (seen.uid !== uid) return `${is}; a keeper with uid ${uid} needs one of its own`;
  return (seen.mode & 0o022) === 0 ? null : `${is}, so others can write to it; use chmod go-w`;
};

const untrusted = (detail: string): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: failure('untrusted_path', detail),
});

const failed = (detail: string): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: failure('run_directory_failed', detail),
});
