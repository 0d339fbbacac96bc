import type { PeerResult } from '../port.ts';
import { constants, layouts } from './bindings.ts';
import { decodeCredential } from './decode.ts';
import { errnoText } from './errors.ts';
import { type Native, nativeMemory } from './native.ts';

/**
 * Who connected. LOCAL_PEERCRED is the user as of the connect; LOCAL_PEERPID is whoever used the socket last (xnu
 * uipc_usrreq.c), so the pid is a hint and the uid is the boundary.
 */
export const createPeerOf = (native: Native): ((fd: number) => PeerResult) => {
  const credential = nativeMemory(layouts.xucred.size);
  const pid = nativeMemory(4);
  const size = nativeMemory(4);

  const ask = (fd: number, option: number, address: number, bytes: number): string | null => {
    size.view.setUint32(0, bytes, true);
    if (native.call.getsockopt(fd, constants.SOL_LOCAL, option, address, size.address) !== 0)
      return `descriptor ${fd} tells no peer: ${errnoText(native.errno())}`;
    const written = size.view.getUint32(0, true);
    return written === bytes ? null : `descriptor ${fd}: ${written} bytes of ${bytes}`;
  };

  return (fd) => {
    if (!Number.isInteger(fd) || fd < 0) return { ok: false, detail: `${fd} is no descriptor` };
    const wrong =
      ask(fd, constants.LOCAL_PEERCRED, credential.address, credential.bytes.length) ??
      ask(fd, constants.LOCAL_PEERPID, pid.address, 4);
    if (wrong !== null) return { ok: false, detail: wrong };
    const who = decodeCredential(credential.view);
    if (who === null) return { ok: false, detail: `descriptor ${fd}: a credential of an unknown version` };
    return { ok: true, pid: pid.view.getInt32(0, true), ...who };
  };
};
