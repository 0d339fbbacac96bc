import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Failure, failure } from '../../helper/protocol/errors.ts';
import { judgeSocketAt } from '../../helper/protocol/server-trust.ts';
import type { Place } from '../run-directory.ts';

/** The keeper's socket: judged before it is connected to. */

export type Opened = { readonly ok: true; readonly socket: Socket } | { readonly ok: false; readonly failure: Failure };

/** A status is read at once; of what is larger, so much at a time. */
const readBytes = 16 * 1024;

/**
 * `socket` is not connected yet; `socketFailure` puts its later errors into words.
 * @param onBytes must not keep them: all reads are into one buffer. By itself, Node takes 64 KiB anew for each.
 */
export const openSocket = ({ runDirectory, owner }: Place, onBytes: (bytes: Uint8Array) => void): Opened => {
  const path = join(runDirectory, 'castellan.sock');
  const untrusted = judgeSocketAt(path, owner, (each) => lstatSync(each));
  if (untrusted !== null) return { ok: false, failure: untrusted };
  const callback = (length: number, bytes: Uint8Array): boolean => {
    onBytes(bytes.subarray(0, length));
    return true;
  };
  return { ok: true, socket: createConnection({ path, onread: { buffer: Buffer.alloc(readBytes), callback } }) };
};

/** A refusal by permissions is not the same as nobody listening; all else is left to the session's own words. */
export const socketFailure = (code: string | undefined): Failure | null =>
  code === 'EACCES' || code === 'EPERM' ? failure('not_allowed', code) : null;
