import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../config/trusted-folders.ts';
import { syncFolder, writeNewFile } from '../../config/whole-file.ts';

/**
 * Files in a home, read and written with the rights of whoever runs this: for the cutover that is a child with the user's own (files.ts),
 * so that a link or a folder put in the way leads nowhere its owner could not have gone anyway. What is a link is refused all
 * the same, in the last part of a path and in every folder below the home.
 */

export const agentsFolder = ['Library', 'LaunchAgents'] as const;
export const backupsFolder = ['.sanctum', 'backups'] as const;

/** A property list is a few kilobytes. */
const mostPlistBytes = 2 ** 20;

/** Expected: a sentence for the operator. Anything else thrown here is one too. */
export class HomeProblem extends Error {}

export const problem = (text: string): HomeProblem => new HomeProblem(text);

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A name and nothing else: no way up, none down. */
export const isPlainName = (name: string): boolean => /^[^/\0]{1,200}$/.test(name) && name !== '.' && name !== '..';

export const folderAt = (path: string): 'folder' | 'missing' => {
  try {
    const seen = lstatSync(path);
    if (seen.isSymbolicLink()) throw problem(`${path} is a link, and links are not followed here`);
    if (!seen.isDirectory()) throw problem(`${path} is not a folder`);
    const self = process.geteuid?.() ?? -1;
    if (seen.uid !== self) throw problem(`${path} belongs to uid ${seen.uid}, not to uid ${self} whose home it is in`);
    return 'folder';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'missing';
    throw error;
  }
};

/** The folder below the home, each part of it looked at. With `make`, what is missing is made, for its owner alone. */
export const folderBelow = (home: string, parts: readonly string[], make = false): string => {
  let at = home;
  if (folderAt(at) === 'missing') throw problem(`${at} does not exist`);
  for (const part of parts) {
    if (!isPlainName(part)) throw problem(`${part} is no name of a folder`);
    const next = join(at, part);
    if (folderAt(next) === 'missing') {
      if (!make) throw problem(`${next} does not exist`);
      mkdirSync(next, { mode: 0o700 });
      syncFolder(at);
    }
    at = next;
  }
  return at;
};

export interface FileLook {
  readonly sha256: string;
  readonly mode: number;
}

/** Null: it is not there. The descriptor is of an ordinary file, and closed by whoever asked. */
const openIn = (
  folder: string,
  name: string,
): { readonly fd: number; readonly size: number; readonly mode: number } | null => {
  if (!isPlainName(name)) throw problem(`${name} is no name of a file`);
  const path = join(folder, name);
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw problem(`${path} is a link, and links are not followed here`);
    throw error;
  }
  const seen = fstatSync(fd);
  if (seen.isFile()) return { fd, size: seen.size, mode: seen.mode & 0o7777 };
  closeSync(fd);
  throw problem(`${path} is not an ordinary file`);
};

const readAt = (fd: number, from: number, most: number): Uint8Array => {
  const bytes = Buffer.alloc(most);
  let length = 0;
  for (let got = -1; got !== 0 && length < most; length += got)
    got = readSync(fd, bytes, length, most - length, from + length);
  return bytes.subarray(0, length);
};

/** Null: it is not there. Throws for what is not an ordinary file of a sensible size. */
export const readFileIn = (
  folder: string,
  name: string,
  mostBytes = mostPlistBytes,
): { readonly bytes: Uint8Array; readonly mode: number } | null => {
  const opened = openIn(folder, name);
  if (opened === null) return null;
  const { fd, size, mode } = opened;
  try {
    if (size > mostBytes) throw problem(`${join(folder, name)} has ${size} bytes, more than ${mostBytes}`);
    const bytes = readAt(fd, 0, size + 1);
    if (bytes.length > size) throw problem(`${join(folder, name)} grows while it is read`);
    return { bytes, mode };
  } finally {
    closeSync(fd);
  }
};

/** The end of a file that may be of any size. Null: it is not there. */
export const readTailIn = (
  folder: string,
  name: string,
  mostBytes: number,
): { readonly bytes: Uint8Array; readonly size: number } | null => {
  const opened = openIn(folder, name);
  if (opened === null) return null;
  const { fd, size } = opened;
  try {
    return { bytes: readAt(fd, Math.max(0, size - mostBytes), mostBytes), size };
  } finally {
    closeSync(fd);
  }
};

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const lookIn = (folder: string, name: string): FileLook | null => {
  const read = readFileIn(folder, name);
  return read === null ? null : { sha256: digest(read.bytes), mode: read.mode };
};

export const writeNewIn = (folder: string, name: string, bytes: Uint8Array, mode: number): void => {
  if (!isPlainName(name)) throw problem(`${name} is no name of a file`);
  writeNewFile(join(folder, name), bytes, { mode });
};
