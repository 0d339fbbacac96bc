import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { judgeFolders } from '../config/trusted-folders.ts';

/**
 * `castellan append-alert FILE`: appends what comes on standard input to FILE, with the rights of the account whose home
 * FILE lies in, and ends. Started by the keeper for each few alerts: root itself never opens a file that a user could have
 * put there, and a home on a disk that hangs delays nobody but this process.
 */

/** The keeper says the second only once. */
export const appendExit = { ok: 0, failed: 1, leftAlone: 3 } as const;

const longest = 256 * 2 ** 10;
const newline = 10;

type Done = { readonly code: 0 | 1 | 3; readonly detail: string };
const failed = (detail: string): Done => ({ code: appendExit.failed, detail });

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

export const runAppendAlert = async (argv: readonly string[]): Promise<number> => {
  const [target, ...rest] = argv;
  let done: Done;
  try {
    if (target === undefined || rest.length > 0) done = failed('castellan append-alert takes one FILE');
    else done = append(target, await standardInput());
  } catch (fault) {
    done = failed(`${target}: ${messageOf(fault)}`);
  }
  if (done.detail !== '') process.stderr.write(`${done.detail}\n`);
  return done.code;
};

const standardInput = async (): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > longest) throw new Error('too much at once');
    parts.push(part);
  }
  return Buffer.concat(parts);
};

const append = (target: string, bytes: Buffer): Done => {
  const place = placeOf(target);
  if (typeof place === 'string') return failed(place);
  if (bytes.length === 0) return { code: appendExit.ok, detail: '' };
  try {
    mkdirSync(dirname(place.path), { mode: 0o700 });
  } catch {
    // It is there, or cannot be made: opening the file tells.
  }
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(place.path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const seen = fstatSync(fd);
    if (!seen.isFile()) return failed(`${place.path} is not a file`);
    if (isDocument(fd, seen))
      return { code: appendExit.leftAlone, detail: `${place.path} is one JSON document, not lines of JSON` };
    // One write, which O_APPEND makes one piece behind what others have written: no lock is needed.
    const whole = endsInLine(fd, seen) ? bytes : Buffer.concat([Buffer.from('\n'), bytes]);
    const written = writeSync(fd, whole);
    return written === whole.length
      ? { code: appendExit.ok, detail: '' }
      : failed(`${place.path}: no space left for a whole line`);
  } finally {
    closeSync(fd);
  }
};

/** An array, or an object written over several lines: what is appended would spoil it for who reads it as one. */
const isDocument = (fd: number, { size }: Stats): boolean => {
  const head = Buffer.alloc(Math.min(size, 4_096));
  readSync(fd, head, 0, head.length, 0);
  return /^\uFEFF?\s*(\[|\{\s*\n)/.test(head.toString('utf8'));
};

const endsInLine = (fd: number, { size }: Stats): boolean => {
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === newline);
};

interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string | null;
  /** Null: an account without an entry, which has no further groups. */
  readonly name: string | null;
}

/** The path to open, having taken the rights it is to be opened with. A string says why not. */
const placeOf = (target: string): { readonly path: string } | string => {
  const named = /^~([^/]+)\/(.+)$/.exec(target);
  const isRoot = process.getuid?.() === 0;
  if (named !== null) {
    const [, name = '', rest = ''] = named;
    const account = isRoot ? accountOf(name) : ownAccount();
    if (account.name !== name)
      return isRoot
        ? `${target}: the account shares its uid with ${account.name}`
        : `${target}: only root can write for another account`;
    if (account.home === null || !isAbsolute(account.home)) return `${target}: the account has no home`;
    const path = join(account.home, rest);
    if (!path.startsWith(`${normalize(account.home)}/`)) return `${target} leads out of the home`;
    if (isRoot && account.uid === 0) return inRootsFolder(path);
    if (isRoot) become(account);
    return { path };
  }
  if (!isAbsolute(target)) return `${target} is neither an absolute path nor ~ACCOUNT/ and the rest`;
  const path = normalize(target);
  if (!isRoot) return { path };
  const above = nearest(dirname(path));
  if (above.uid !== 0) {
    become(accountOf(above.uid, above.gid));
    return { path };
  }
  return inRootsFolder(path);
};

/** Where root itself writes: only where nobody else could have put anything in the way. */
const inRootsFolder = (path: string): { readonly path: string } | string => {
  const trust = judgeFolders(dirname(path), [0]);
  if (trust.kind === 'trusted') return { path: join(trust.real, basename(path)) };
  return trust.kind === 'missing' ? `${path}: ${trust.path} does not exist` : `${path}: ${trust.detail}`;
};

/** The first folder above that there is. */
const nearest = (folder: string): Stats => {
  for (let at = folder; ; at = dirname(at)) {
    const seen = statSync(at, { throwIfNoEntry: false });
    if (seen !== undefined) return seen;
    if (at === '/') throw new Error('/ cannot be read');
  }
};

const ownAccount = (): Account => {
  const { uid, gid, homedir, username } = userInfo();
  return { uid, gid, home: homedir, name: username };
};

/**
 * Node asks the system's account database only for the account in force, so that one is taken for a moment. The path is
 * not touched meanwhile.
 */
const accountOf = (account: string | number, gid = 65_534): Account => {
  process.seteuid?.(account);
  try {
    return ownAccount();
  } catch (fault) {
    if (typeof account === 'string') throw fault;
    return { uid: account, gid, home: null, name: null };
  } finally {
    process.seteuid?.(0);
  }
};

/** https://nodejs.org/api/process.html#processinitgroupsuser-extragroup, which Node's types leave out. */
type WithInitgroups = NodeJS.Process & { readonly initgroups?: (user: string, group: number) => void };

/** Root for good no more, with the groups the account has. */
const become = ({ uid, gid, name }: Account): void => {
  if (uid === 0) return;
  if (name === null) process.setgroups?.([gid]);
  else (process as WithInitgroups).initgroups?.(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  let isRootAgain = true;
  try {
    process.setuid?.(0);
  } catch {
    isRootAgain = false;
  }
  if (isRootAgain || process.geteuid?.() !== uid || process.getegid?.() !== gid)
    throw new Error('the rights of root could not be given up');
};
