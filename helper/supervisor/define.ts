import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readTrusted } from '../config/trusted.ts';
import { errorCode, judgeFolders } from '../config/trusted-folders.ts';
import type { ServiceResult } from '../host/service-manager.ts';
import { ending, readServices } from './folder.ts';
import { parseSpec } from './spec.ts';
import { maxSpecBytes } from './wire.ts';

/** Puts the property list of a service into the folder. What is loaded goes on; a bootstrap reads the folder anew. */
export type Define = (label: string, plist: string) => ServiceResult;

const refuse = (problem: 'already' | 'refused' | 'failed', detail: string): ServiceResult => ({
  ok: false,
  problem,
  detail,
});

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** By temporary file and rename, so that a supervisor that is killed leaves the old one or the new one. */
const write = (path: string, bytes: Uint8Array): void => {
  const temporary = `${path}.new`;
  // Of an earlier one that was killed; a link is removed, not followed.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    // Whatever the umask: a list that others can write is refused when it is read.
    fchmodSync(fd, 0o644);
    if (writeSync(fd, bytes) !== bytes.length) throw new Error('no space left for it');
    fsyncSync(fd);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
};

/** @param owners accounts that may own the folder and what is in it, as for `readTrusted` */
export const createDefine =
  (folder: string, owners: readonly number[]): Define =>
  (label, plist) => {
    const bytes = new TextEncoder().encode(plist);
    if (bytes.length > maxSpecBytes)
      return refuse('refused', `the property list has ${bytes.length} bytes; at most ${maxSpecBytes} are read`);
    const parsed = parseSpec(bytes);
    if (!parsed.ok) return refuse('refused', `the property list cannot be used: ${parsed.detail}`);
    if (parsed.spec.label !== label)
      return refuse('refused', `the property list is that of ${parsed.spec.label}, not of ${label}`);
    const judged = judgeFolders(folder, owners);
    if (judged.kind !== 'trusted')
      return refuse('refused', judged.kind === 'missing' ? `${judged.path} does not exist` : judged.detail);

    const { files } = readServices(folder, owners);
    const ownName = `${label}${ending}`;
    const name = files.get(label) ?? ownName;
    const path = join(judged.real, name);
    const there = readTrusted(path, { owners, maxBytes: maxSpecBytes });
    if (there.ok && Buffer.compare(there.bytes, bytes) === 0)
      return refuse('already', `${label} is defined as given already`);
    // A file of that name with another service in it, or one that others could have put there, is not ours to replace.
    const other = [...files].find(([each, file]) => file === name && each !== label)?.[0];
    if (other !== undefined) return refuse('refused', `${path} is the property list of ${other}`);
    if (!there.ok && !there.missing && there.failure.code === 'untrusted_path')
      return refuse('refused', there.failure.detail ?? path);
    try {
      write(path, bytes);
      return { ok: true };
    } catch (error) {
      return refuse('failed', `${path}: ${error instanceof Error ? error.message : errorCode(error)}`);
    }
  };
