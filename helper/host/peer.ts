/** Who is at the other end of an accepted unix socket, as the kernel says. */
export type PeerResult =
  | { readonly ok: true; readonly pid: number; readonly uid: number; readonly gid: number }
  | { readonly ok: false; readonly detail: string };

/**
 * One program at the other end of a socket, as the kernel names it at one moment. The same 32 bytes later on: the same process,
 * which has not become another program since.
 */
export interface PeerToken {
  readonly bytes: Uint8Array;
  readonly pid: number;
  /** Differs after each fork and each exec. */
  readonly pidVersion: number;
}

export type PeerTokenResult =
  | { readonly ok: true; readonly token: PeerToken }
  | { readonly ok: false; readonly detail: string };

/** `helper`: the role executable, which is command line and gateway, too. */
export type CodeRole = 'app' | 'helper';

export type PeerCodeResult =
  | { readonly ok: true; readonly role: CodeRole }
  /** `outdated`: our app, of a build that is not spoken to any more. */
  | { readonly ok: false; readonly problem: 'outdated' | 'refused'; readonly detail: string };

/** Tells which program is at the other end of a socket, by its signature. */
export interface PeerCode {
  /**
   * Synchronous, microseconds. On macOS the kernel answers for whoever used the other end last (xnu uipc_usrreq.c): one answer
   * says nothing, two that are equal on both sides of a secret exchanged say who exchanged it.
   */
  tokenOf(fd: number): PeerTokenResult;
  /**
   * Whether this very process runs code of ours as it was signed. Never rejects; off the loop, one at a time, milliseconds.
   * `isWanted` is asked before it begins: nobody waits for who has hung up.
   */
  check(token: PeerToken, isWanted: () => boolean): Promise<PeerCodeResult>;
}

/** Who signed a program: somebody with a Developer ID, nobody (ad hoc), or somebody with another certificate; null: not told. */
export type CodeSigner = 'developer_id' | 'ad_hoc' | 'other' | null;

/** What the signature of a program on disk is worth. `unsigned`: a script, which has none. `unknown`: it could not be found out, or not in time. */
export type CodeVerdict =
  | { readonly kind: 'valid'; readonly signed: CodeSigner }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'invalid' | 'unknown'; readonly detail: string };
