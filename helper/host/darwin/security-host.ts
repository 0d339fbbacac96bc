import { type BuildStamp, buildStamp } from '../../protocol/build-stamp.ts';
import type { Host } from '../port.ts';
import type { Native } from './native.ts';
import { createPeers } from './peer.ts';
import { openSecurity, type Security, type SecurityOptions } from './security.ts';
import { createPeerCode } from './security-peer.ts';
import { createCodeCheck } from './security-static.ts';

/** What the host knows of programs by their signature. */

export interface CodeOptions extends SecurityOptions {
  /**
   * Default: what is stamped into this very program. A stamp is all that decides: no variable, argument or file makes a
   * release believe less, or a build without one believe that it could.
   */
  readonly stamp?: BuildStamp | null;
}

export interface CodeSigning {
  readonly port: Pick<Host, 'peerOf' | 'peerCode' | 'checkCode'>;
  /** For `castellan doctor`. */
  readonly missing: readonly string[];
}

export const unsignedSentence =
  'This build is not a signed release: programs that connect are told apart by their user alone, not by their signature.';

export const createCodeSigning = (native: Native, options: CodeOptions): CodeSigning => {
  const peers = createPeers(native);
  let opened: Security | null = null;
  const security = (): Security => {
    opened ??= openSecurity(options);
    return opened;
  };
  const stamp = options.stamp === undefined ? buildStamp : options.stamp;
  const checkCode = createCodeCheck(security);
  return stamp === null
    ? { port: { peerOf: peers.peerOf, checkCode }, missing: [unsignedSentence] }
    : { port: { peerOf: peers.peerOf, checkCode, peerCode: createPeerCode({ peers, security, stamp }) }, missing: [] };
};
