import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Failure, failure } from '../../helper/protocol/errors.ts';
import { judgeSocketAt } from '../../helper/protocol/server-trust.ts';
import type { Place } from '../run-directory.ts';

/** The keeper's socket: judged before it is connected to. */

export type Opened = { readonly ok: true; readonly socket: Socket } | { readonly ok: false; readonly failure: Failure };

/** `socket` is not connected yet; `socketFailure` puts its later errors into words. */
export const openSocket = ({ runDirectory, owner }: Place): Opened => {
  const path = join(runDirectory, 'castellan.sock');
  const untrusted = judgeSocketAt(path, owner, (each) => lstatSync(each));
  return untrusted === null ? { ok: true, socket: createConnection(path) } : { ok: false, failure: untrusted };
};

/** A refusal by permissions is not the same as nobody listening; all else is left to the session's own words. */
export const socketFailure = (code: string | undefined): Failure | null =>
  code === 'EACCES' || code === 'EPERM' ? failure('not_allowed', code) : null;
