import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Places } from './places.ts';

/**
 * Who resumes a process. The tombstone is renamed to `resuming/PID.RESUMER`: of any number of resumers the kernel lets one
 * succeed. The winner signals, verifies and deletes. A claim whose resumer died, or could not resume, stays: the deadman
 * takes it over after a while.
 */

export type Claim =
  | { readonly kind: 'won'; readonly path: string }
  /** Somebody else has it, or has done it. */
  | { readonly kind: 'lost' }
  /** The folder cannot be changed (a read-only or broken disk). Then a resume is done without a claim. */
  | { readonly kind: 'impossible'; readonly detail: string };

/** `from` is a tombstone, or a claim whose resumer died. */
export const claim = (places: Places, from: string, pid: number | string, resumer: string): Claim => {
  const path = join(places.resuming, `${pid}.${resumer}`);
  try {
    renameSync(from, path);
    return { kind: 'won', path };
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    // Also ENOENT when the folder to rename to is missing; then the tombstone is where it was.
    const isThere = code !== 'ENOENT' || lstatSync(from, { throwIfNoEntry: false }) !== undefined;
    return isThere ? { kind: 'impossible', detail: message } : { kind: 'lost' };
  }
};

/** False: it is still there. */
export const remove = (path: string): boolean => {
  try {
    unlinkSync(path);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'ENOENT';
  }
};

/** `PID.RESUMER`; null: no claim is called that. */
export const claimOfName = (name: string): { readonly pid: string; readonly resumer: string } | null => {
  const [, pid, resumer] = /^([^.]+)\.([A-Za-z0-9-]{1,80})$/.exec(name) ?? [];
  return pid === undefined || resumer === undefined ? null : { pid, resumer };
};
