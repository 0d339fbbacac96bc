import { socketAddress } from '../socket-address.ts';
import { constants } from './bindings.ts';
import { i32, u32 } from './decode.ts';
import { layouts } from './layouts.ts';
import { type Native, type NativeMemory, nativeMemory } from './native.ts';

/** Looked at in one process; each is one call. */
const mostSockets = 4_096;
/** A kernel whose structure has grown refuses a buffer that is too small for it: there is room behind the known fields. */
const roomForOne = 2_048;
/** Descriptors of one process; its limit is far below. */
const mostDescriptors = 2 ** 20;

const fd = layouts.proc_fdinfo;
const tcp = layouts.socket_fdinfo;
const { fields } = tcp;

/** The address of a TCP socket that listens; null: it is another kind of socket, or does not. */
const decodeListener = (view: DataView): string | null => {
  if (u32(view, fields['psi.soi_kind']) !== constants.SOCKINFO_TCP) return null;
  if (i32(view, fields['psi.soi_proto.pri_tcp.tcpsi_state']) !== constants.TSI_S_LISTEN) return null;
  const isSix = i32(view, fields['psi.soi_family']) === constants.AF_INET6;
  const [at] = fields['psi.soi_proto.pri_tcp.tcpsi_ini.insi_laddr.ina_6'];
  // in4in6_addr: an IPv4 address is in the last four bytes.
  const bytes = new Uint8Array(view.buffer, view.byteOffset + (isSix ? at : at + 12), isSix ? 16 : 4);
  // In network order, in the lower half of an int.
  return socketAddress(bytes, view.getUint16(fields['psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport'][0], false));
};

/**
 * Where a process listens, by the descriptors it has open (sys/proc_info.h). Of other users' processes only root learns it.
 * Null: it was not to be read, or not all of it. A listener that Network.framework keeps in user space has no socket, and is
 * not seen.
 */
export const createListening = (native: Native): ((pid: number) => readonly string[] | null) => {
  const { proc_pidinfo, proc_pidfdinfo } = native.call;
  const socket = nativeMemory(roomForOne);
  let list: NativeMemory = nativeMemory(fd.size * 1_024);

  /** How many are listed; null: closed to this account, or gone. What does not fit is left out without a word. */
  const descriptors = (pid: number): number | null => {
    // The size alone is asked for first: an empty list and an error are both 0 otherwise.
    const wanted = Number(proc_pidinfo(pid, constants.PROC_PIDLISTFDS, 0, 0, 0));
    if (wanted <= 0 || wanted > mostDescriptors * fd.size) return null;
    if (wanted >= list.bytes.length) list = nativeMemory(2 * wanted);
    const bytes = Number(proc_pidinfo(pid, constants.PROC_PIDLISTFDS, 0, list.address, list.bytes.length));
    return bytes < 0 || bytes >= list.bytes.length ? null : Math.floor(bytes / fd.size);
  };

  /** One that was closed or replaced since it was listed listens nowhere. */
  const isClosed = (): boolean => {
    const errno = native.errno();
    return errno === constants.EBADF || errno === constants.EOPNOTSUPP;
  };

  return (pid) => {
    const count = descriptors(pid);
    if (count === null) return null;
    const found = new Set<string>();
    let isWhole = true;
    let looked = 0;
    for (let i = 0; i < count; i += 1) {
      const at = fd.size * i;
      if (list.view.getUint32(at + fd.fields.proc_fdtype[0], true) !== constants.PROX_FDTYPE_SOCKET) continue;
      looked += 1;
      if (looked > mostSockets) {
        isWhole = false;
        break;
      }
      const number = list.view.getInt32(at + fd.fields.proc_fd[0], true);
      const filled = Number(
        proc_pidfdinfo(pid, number, constants.PROC_PIDFDSOCKETINFO, socket.address, socket.bytes.length),
      );
      if (filled < tcp.size) {
        if (!isClosed()) isWhole = false;
        continue;
      }
      const address = decodeListener(socket.view);
      if (address !== null) found.add(address);
    }
    return isWhole || found.size > 0 ? [...found] : null;
  };
};
