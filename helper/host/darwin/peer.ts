import type { PeerResult, PeerToken, PeerTokenResult } from '../peer.ts';
import { constants } from './bindings.ts';
import { decodeCredential } from './decode.ts';
import { errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';

/**
 * Who is at the other end of a socket. LOCAL_PEERCRED is the user as of the connect. LOCAL_PEERPID and LOCAL_PEERTOKEN are of
 * whoever connected, sent or received at the other end last, the token of the program that has that pid now (xnu
 * uipc_usrreq.c and uipc_socket.c, `last_pid`). So the user is a boundary, the pid is a hint, and a token is one only
 * together with a second one: see helper/keeper/server/peer-guard.ts.
 */
export interface Peers {
  readonly peerOf: (fd: number) => PeerResult;
  readonly tokenOf: (fd: number) => PeerTokenResult;
}

/** audit_token_t is eight 32-bit words (bsm/audit.h); audit_token_to_ruid(3) and audit_token_to_pid(3) read these. */
const realUserWord = 3;
const pidWord = 5;
/** xnu kern_prot.c, set_security_token_task_internal: `p_idversion`. */
const pidVersionWord = 7;

/** Who started a program, whatever rights it runs with: a set-uid bit does not change it. */
export const userOf = ({ bytes }: PeerToken): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4 * realUserWord, true);

/** What is needed of libSystem. */
type PeerCalls = Pick<Native, 'errno'> & { readonly call: Pick<Native['call'], 'getsockopt'> };

export const createPeers = (native: PeerCalls): Peers => {
  const credential = nativeMemory(layouts.xucred.size);
  const pid = nativeMemory(4);
  const audit = nativeMemory(layouts.audit_token_t.size);
  const size = nativeMemory(4);

  const ask = (fd: number, option: number, address: number, bytes: number): string | null => {
    size.view.setUint32(0, bytes, true);
    if (native.call.getsockopt(fd, constants.SOL_LOCAL, option, address, size.address) !== 0)
      return `descriptor ${fd} tells no peer: ${errnoText(native.errno())}`;
    const written = size.view.getUint32(0, true);
    return written === bytes ? null : `descriptor ${fd}: ${written} bytes of ${bytes}`;
  };
  const isNone = (fd: number): boolean => !Number.isInteger(fd) || fd < 0;

  return {
    peerOf: (fd) => {
      if (isNone(fd)) return { ok: false, detail: `${fd} is no descriptor` };
      const wrong =
        ask(fd, constants.LOCAL_PEERCRED, credential.address, credential.bytes.length) ??
        ask(fd, constants.LOCAL_PEERPID, pid.address, 4);
      if (wrong !== null) return { ok: false, detail: wrong };
      const who = decodeCredential(credential.view);
      if (who === null) return { ok: false, detail: `descriptor ${fd}: a credential of an unknown version` };
      return { ok: true, pid: pid.view.getInt32(0, true), ...who };
    },
    tokenOf: (fd) => {
      if (isNone(fd)) return { ok: false, detail: `${fd} is no descriptor` };
      const wrong = ask(fd, constants.LOCAL_PEERTOKEN, audit.address, audit.bytes.length);
      if (wrong !== null) return { ok: false, detail: wrong };
      const word = (index: number): number => audit.view.getUint32(4 * index, true);
      const token = { bytes: audit.bytes.slice(), pid: word(pidWord), pidVersion: word(pidVersionWord) };
      return token.pid > 0 ? { ok: true, token } : { ok: false, detail: `descriptor ${fd}: a token of no process` };
    },
  };
};
