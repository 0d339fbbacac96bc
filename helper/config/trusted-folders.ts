import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Whether only trusted accounts can decide what a path leads to. Every folder from `/` down is looked at:
 *
 * 1. A folder must belong to a trusted account and must not be writable by group or others.
 * 2. Exception: a sticky folder (such as /tmp) may be writable by all when what follows is a folder of a trusted account.
 *    The sticky bit keeps others from renaming or removing that folder, and nobody can put another account's folder
 *    there: folders have no hard links, and moving one needs write permission on the folder itself. A file does not
 *    qualify, because a hard link to any of our files could be put there.
 * 3. A link is followed only when it belongs to root and stands in a folder of root that nobody else can write: those are
 *    the machine's own (macOS has /tmp and /var as links, Linux /var/run). Any other link is refused, also our own.
 *
 * What passes cannot be exchanged by another account between this look and the use, so the order of the two is free.
 * Access control lists are not read: mode bits only.
 */

const othersWrite = 0o022;
const sticky = 0o1000;
/** More links in a row than any system has; a circle ends here. */
const maxLinks = 16;

export type FoldersTrust =
  /** `real` is the path with the machine's own links resolved. */
  | { readonly kind: 'trusted'; readonly real: string }
  /** Everything above `path` is trusted, `path` itself is not there. */
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'untrusted'; readonly detail: string }
  | { readonly kind: 'unreadable'; readonly detail: string };

/** root, and the account this process runs as. Nothing else is ever trusted. */
export const trustedOwners = (uid: number): readonly number[] => (uid === 0 ? [0] : [0, uid]);

export const octal = (mode: number): string => `0${(mode & 0o7777).toString(8)}`;

/** lstat as a value. */
export const look = (path: string): Stats | { readonly code: string } => {
  try {
    return lstatSync(path);
  } catch (error) {
    return { code: errorCode(error) };
  }
};

export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';

/** Judges `folder` and everything above it. `owners` are the trusted accounts, see `trustedOwners`. */
export const judgeFolders = (folder: string, owners: readonly number[]): FoldersTrust => {
  let left = partsOf(resolve(folder));
  let at = '/';
  let above: Stats | null = null;
  let links = 0;
  for (;;) {
    const seen = look(at);
    if ('code' in seen) {
      if (seen.code === 'ENOENT') return { kind: 'missing', path: at };
      return { kind: 'unreadable', detail: `${at}: ${seen.code}` };
    }
    if (seen.isSymbolicLink()) {
      const machines = seen.uid === 0 && above?.uid === 0 && (above.mode & othersWrite) === 0;
      links += 1;
      if (!machines || links > maxLinks) return { kind: 'untrusted', detail: `${at} is a link` };
      left = [...partsOf(resolve(dirname(at), readlinkSync(at))), ...left];
      at = '/';
      above = null;
    } else {
      const wrong = folderProblem(at, seen, owners, left.length > 0);
      if (wrong !== null) return { kind: 'untrusted', detail: wrong };
      above = seen;
    }
    const [next, ...rest] = left;
    if (next === undefined) return { kind: 'trusted', real: at };
    at = resolve(at, next);
    left = rest;
  }
};

const folderProblem = (path: string, seen: Stats, owners: readonly number[], folderFollows: boolean): string | null => {
  if (!seen.isDirectory()) return `${path} is not a folder`;
  if (!owners.includes(seen.uid)) return ownerProblem(path, seen, owners);
  if ((seen.mode & othersWrite) === 0) return null;
  if ((seen.mode & sticky) !== 0 && folderFollows) return null;
  return `${path} has mode ${octal(seen.mode)}, so others can write to it`;
};

export const ownerProblem = (path: string, seen: Stats, owners: readonly number[]): string =>
  `${path} has owner uid ${seen.uid} and mode ${octal(seen.mode)}; the owner must be ` +
  owners.map((uid) => (uid === 0 ? 'root' : `uid ${uid}`)).join(' or ');

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');
