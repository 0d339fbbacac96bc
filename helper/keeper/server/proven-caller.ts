import type { Failure } from '../../protocol/errors.ts';
import type { Caller } from './caller.ts';
import type { PeerSession } from './peer-guard.ts';

/**
 * Proof without which nothing is changed: what changes something takes a `ProvenCaller`, one can be made here only, and only
 * of a session, which there is after the whole handshake only.
 */

declare const proof: unique symbol;

export interface ProvenCaller extends Caller {
  readonly [proof]: true;
}

export type Proven =
  | { readonly ok: true; readonly caller: ProvenCaller }
  | { readonly ok: false; readonly failure: Failure };

/** Looks at this moment: to be asked for each request anew, and never kept. */
export const proveCaller = (caller: Caller, session: PeerSession): Proven => {
  const why = session.still();
  return why === null ? { ok: true, caller: caller as ProvenCaller } : { ok: false, failure: why };
};
