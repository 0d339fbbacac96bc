import { type Failure, failure } from './errors.ts';

/**
 * Whether the socket a client is about to connect to can only have been put there by the keeper.
 * Pure: the clients `lstat` the three paths of `pathsToJudge` and hand in what they saw.
 */

export interface PathFacts {
  readonly path: string;
  /** As lstat says, links not followed. */
  readonly kind: 'socket' | 'directory' | 'link' | 'other' | 'missing';
  readonly uid: number;
  /** Permission bits and sticky bit: `st_mode & 0o7777`. */
  readonly mode: number;
}

/** Who may own socket and folders: `root`, or in a development run directory also the user who connects. */
export type TrustedOwner = { readonly kind: 'root' } | { readonly kind: 'root_or_user'; readonly uid: number };

/**
 * The socket, the run directory and the folder above it, in this order. `socketPath` is absolute, with the links above
 * the run directory resolved (macOS: /tmp and /var are some); it is also the path to connect to.
 */
export const pathsToJudge = (socketPath: string): readonly [socket: string, folder: string, above: string] => {
  const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
  const folder = parent(socketPath);
  return [socketPath, folder, parent(folder)];
};

const groupOrOthersWrite = 0o022;
const stickyBit = 0o1000;

const octal = (mode: number): string => `0${mode.toString(8)}`;

const judgeOwner = (facts: PathFacts, owner: TrustedOwner): string | null => {
  if (facts.uid === 0 || (owner.kind === 'root_or_user' && facts.uid === owner.uid)) return null;
  return `${facts.path} belongs to uid ${facts.uid}, not to ${owner.kind === 'root' ? 'root' : `root or uid ${owner.uid}`}`;
};

const judgeFolder = (facts: PathFacts, owner: TrustedOwner, stickyWillDo: boolean): string | null => {
  if (facts.kind === 'link') return `${facts.path} is a link`;
  if (facts.kind !== 'directory') return `${facts.path} is not a folder`;
  // In a sticky folder such as /tmp others can add entries but not replace ours.
  const writable = (facts.mode & groupOrOthersWrite) !== 0 && !(stickyWillDo && (facts.mode & stickyBit) !== 0);
  return writable ? `${facts.path} has mode ${octal(facts.mode)}: others can write to it` : judgeOwner(facts, owner);
};

const judgeSocket = (facts: PathFacts, owner: TrustedOwner): string | null => {
  if (facts.kind === 'link') return `${facts.path} is a link`;
  // The socket's own mode is open by design: whoever connects is told apart by the kernel, not by permissions.
  return facts.kind === 'socket' ? judgeOwner(facts, owner) : `${facts.path} is not a socket`;
};

/** Null when the server can be trusted; `not_running` when something is missing; `untrusted_server` otherwise. */
export const judgeServer = (
  [socket, folder, above]: readonly [socket: PathFacts, folder: PathFacts, above: PathFacts],
  owner: TrustedOwner,
): Failure | null => {
  for (const facts of [above, folder]) {
    if (facts.kind === 'missing') return failure('not_running', `${facts.path} does not exist`);
    const problem = judgeFolder(facts, owner, facts === above);
    if (problem !== null) return failure('untrusted_server', problem);
  }
  if (socket.kind === 'missing') return failure('not_running', `${socket.path} does not exist`);
  const problem = judgeSocket(socket, owner);
  return problem === null ? null : failure('untrusted_server', problem);
};

/** What is needed of `fs.Stats`; this folder itself imports nothing of Node. */
interface Stat {
  readonly isSymbolicLink: () => boolean;
  readonly isDirectory: () => boolean;
  readonly isSocket: () => boolean;
  readonly uid: number;
  readonly mode: number;
}

const kindOf = (stat: Stat): PathFacts['kind'] => {
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isDirectory()) return 'directory';
  return stat.isSocket() ? 'socket' : 'other';
};

/** @param lstat throws for what is not there, or is behind a folder that we may not enter: for us it is missing */
const factsOf = (path: string, lstat: (path: string) => Stat): PathFacts => {
  try {
    const stat = lstat(path);
    return { path, kind: kindOf(stat), uid: stat.uid, mode: stat.mode & 0o7777 };
  } catch {
    return { path, kind: 'missing', uid: -1, mode: 0 };
  }
};

/** What `lstat` says of the socket and the two folders above it, judged. Null: to be trusted. */
export const judgeSocketAt = (
  socketPath: string,
  owner: TrustedOwner,
  lstat: (path: string) => Stat,
): Failure | null => {
  const [socket, folder, above] = pathsToJudge(socketPath);
  return judgeServer([factsOf(socket, lstat), factsOf(folder, lstat), factsOf(above, lstat)], owner);
};
