import type { PeerResult } from '../peer.ts';
import { errno, libc, nativeBuffer } from './libc.ts';

// asm-generic/socket.h (x86-64 and arm64) and bits/socket.h.
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

/** struct ucred: pid, uid, gid (unix(7)). */
const credentialBytes = 12;
/** What the kernel answers for a socket that is not a unix socket, or not connected. */
const noUid = 0xffff_ffff;

const value = nativeBuffer(16);
const size = nativeBuffer(4);

/**
 * Who connected, as of the connect: SO_PEERCRED. The pid is 0 for a peer outside this pid namespace. The boundary this
 * gives is the uid; a pid can be another program's by the time it is looked at.
 */
export const peerOf = (fd: number): PeerResult => {
  if (!Number.isInteger(fd) || fd < 0) return { ok: false, detail: `${fd} is no descriptor` };
  size.view.setUint32(0, credentialBytes, true);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value.address, size.address) !== 0)
    return { ok: false, detail: `descriptor ${fd} tells no peer (errno ${errno()})` };
  const pid = value.view.getInt32(0, true);
  const uid = value.view.getUint32(4, true);
  const gid = value.view.getUint32(8, true);
  if (size.view.getUint32(0, true) !== credentialBytes || uid === noUid)
    return { ok: false, detail: `descriptor ${fd} is not a connected unix socket` };
  return { ok: true, pid, uid, gid };
};

/** Asks about a pair of sockets of our own: the answer must be ourselves. Null: it works; else what is wrong. */
export const testPeer = (): string | null => {
  const pair = nativeBuffer(8);
  if (libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.address) !== 0)
    return `no socket pair could be made (errno ${errno()})`;
  const [one, two] = [pair.view.getInt32(0, true), pair.view.getInt32(4, true)];
  const peer = peerOf(one);
  libc.close(one);
  libc.close(two);
  if (!peer.ok) return peer.detail;
  const me = { pid: process.pid, uid: process.geteuid?.(), gid: process.getegid?.() };
  return peer.pid === me.pid && peer.uid === me.uid && peer.gid === me.gid
    ? null
    : `the kernel says pid ${peer.pid} uid ${peer.uid} gid ${peer.gid} of ourselves, who are pid ${me.pid} uid ${me.uid} gid ${me.gid}`;
};
