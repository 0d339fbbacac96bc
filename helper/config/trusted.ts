import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Failure, failure } from '../protocol/index.ts';
import { errorCode, judgeFolders, octal, ownerProblem } from './trusted-folders.ts';

/** Which files may be read as configuration. No environment variable and no flag changes these. */
export interface TrustRules {
  /** uids that may own the file and the folders above it: root, and in development the current user. */
  readonly owners: readonly number[];
  readonly maxBytes: number;
}

export type TrustedRead =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly ownerUid: number }
  /** `missing`: nothing is wrong but that the file is not there. */
  | { readonly ok: false; readonly missing: boolean; readonly failure: Failure };

// O_NONBLOCK: opening a FIFO would wait for its writer. libuv adds O_CLOEXEC to every open (uv-unix fs.c, uv__fs_open).
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Reads a whole file that only trusted accounts can have written. The file is opened once and everything is checked on
 * the descriptor: regular, trusted owner, not writable by group or others, one link, size.
 */
export const readTrusted = (path: string, rules: TrustRules): TrustedRead => {
  const full = resolve(path);
  const folders = judgeFolders(dirname(full), rules.owners);
  if (folders.kind === 'missing') return missing(full);
  if (folders.kind === 'untrusted') return refused('untrusted_path', folders.detail);
  if (folders.kind === 'unreadable') return refused('config_unreadable', folders.detail);
  let descriptor: number;
  try {
    descriptor = openSync(join(folders.real, basename(full)), flags);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return missing(full);
    // ELOOP on Linux and macOS, EMLINK on FreeBSD: the last part of the path is a link and O_NOFOLLOW was given.
    if (code === 'ELOOP' || code === 'EMLINK') return refused('untrusted_path', `${full} is a link`);
    return refused('config_unreadable', `${full}: ${code}`);
  }
  try {
    return readDescriptor(descriptor, full, rules);
  } catch (error) {
    return refused('config_unreadable', `${full}: ${errorCode(error)}`);
  } finally {
    closeSync(descriptor);
  }
};

const readDescriptor = (descriptor: number, path: string, rules: TrustRules): TrustedRead => {
  const seen = fstatSync(descriptor);
  const wrong = fileProblem(path, seen, rules.owners);
  if (wrong !== null) return refused('untrusted_path', wrong);
  const tooLarge = (bytes: string): TrustedRead =>
    refused('config_unreadable', `${path} has ${bytes} bytes; at most ${rules.maxBytes} are read`);
  if (seen.size > rules.maxBytes) return tooLarge(String(seen.size));
  // One byte more than allowed: a file that grows while it is read is noticed.
  const bytes = new Uint8Array(rules.maxBytes + 1);
  let length = 0;
  while (length < bytes.length) {
    const got = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (got === 0) return { ok: true, bytes: bytes.slice(0, length), ownerUid: seen.uid };
    length += got;
  }
  return tooLarge(`more than ${rules.maxBytes}`);
};

const fileProblem = (path: string, seen: Stats, owners: readonly number[]): string | null => {
  if (!seen.isFile()) return `${path} is not a regular file`;
  if (!owners.includes(seen.uid)) return ownerProblem(path, seen, owners);
  if ((seen.mode & 0o022) !== 0) return `${path} has mode ${octal(seen.mode)}, so others can write to it`;
  // A second name may stand in a folder that others can write.
  if (seen.nlink !== 1) return `${path} has ${seen.nlink} hard links; it must have one`;
  return null;
};

const refused = (code: 'untrusted_path' | 'config_unreadable', detail: string): TrustedRead => ({
  ok: false,
  missing: false,
  failure: failure(code, detail),
});

const missing = (path: string): TrustedRead => ({
  ok: false,
  missing: true,
  failure: failure('config_unreadable', `${path} does not exist`),
});
