/**
 * The netlink messages that ask for TCP sockets and what is read from the answers, as bytes: sock_diag(7), netlink(7).
 * Every offset was printed by a C program from the headers of Linux 6.1 (linux/netlink.h, sock_diag.h, inet_diag.h, tcp.h);
 * it is the kernel's ABI, the same on x86-64 and arm64. Netlink is in the byte order of the machine, which is little-endian
 * on both; ports and addresses are in that of the network.
 */

/** bits/socket.h, linux/netlink.h */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const NETLINK_SOCK_DIAG = 4;
export const IPPROTO_TCP = 6;

/** netlink.h: NLM_F_REQUEST | NLM_F_DUMP. */
const requestDump = 0x301;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** sock_diag.h and inet_diag.h */
const SOCK_DIAG_BY_FAMILY = 20;
const TCPDIAG_GETSOCK = 18;
const INET_DIAG_INFO = 2;
const INET_DIAG_REQ_BYTECODE = 1;
const INET_DIAG_BC_JMP = 1;
const INET_DIAG_BC_S_GE = 2;
const INET_DIAG_BC_S_LE = 3;
/** net/tcp_states.h: 1 << TCP_ESTABLISHED. */
const established = 1 << 1;

/** struct nlmsghdr, struct inet_diag_req_v2, struct inet_diag_req, struct nlattr. */
const headerBytes = 16;
const familyBytes = 56;
const bothBytes = 60;
const attributeBytes = 4;
/** struct inet_diag_msg, and its id.idiag_sport. */
const messageBytes = 72;
const localPortAt = 4;
/** struct tcp_info: tcpi_bytes_acked and tcpi_bytes_received, which Linux has since 4.1. */
const ackedAt = 120;
const receivedAt = 128;

/** More ports than any machine has seats; the filter of so many still fits into one page. */
export const mostPorts = 128;
/** Bytes of one port in the filter. */
const clauseBytes = 20;
export const largestRequest = headerBytes + bothBytes + attributeBytes + mostPorts * clauseBytes;

/**
 * The filter that the kernel runs over each socket (net/ipv4/inet_diag.c, inet_diag_bc_run): local port is one of these.
 * An operation names how far to go on when it holds and when it does not; who arrives exactly at the end is taken, who goes
 * beyond it (by 4) is not. There is an operation for equality since 5.10 only, so a port is a range of one.
 */
const putFilter = (view: DataView, at: number, ports: readonly number[]): void => {
  const end = at + ports.length * clauseBytes;
  const put = (to: number, code: number, yes: number, no: number): void => {
    view.setUint8(to, code);
    view.setUint8(to + 1, yes);
    view.setUint16(to + 2, no, true);
  };
  for (const [i, port] of ports.entries()) {
    const clause = at + i * clauseBytes;
    const isLast = i === ports.length - 1;
    const otherwise = (from: number): number => (isLast ? end + 4 : clause + clauseBytes) - from;
    // A comparison takes a second operation, which carries the port.
    put(clause, INET_DIAG_BC_S_GE, 8, otherwise(clause));
    put(clause + 4, 0, 0, port);
    put(clause + 8, INET_DIAG_BC_S_LE, 8, otherwise(clause + 8));
    put(clause + 12, 0, 0, port);
    put(clause + 16, INET_DIAG_BC_JMP, 4, end - (clause + 16));
  }
};

/**
 * Whose sockets are asked for. The older message of the two means both families at once (inet_diag.c, inet_diag_dump_compat),
 * so that the kernel walks its table once and not twice; sock_diag(7) describes the one that names a family.
 */
export type Families = 'both' | typeof AF_INET | typeof AF_INET6;

/** Writes the question for all established connections at these local ports; returns its length in bytes. */
export const putRequest = (view: DataView, families: Families, sequence: number, ports: readonly number[]): number => {
  const filterBytes = ports.length * clauseBytes;
  const filter = headerBytes + (families === 'both' ? bothBytes : familyBytes);
  const length = filter + attributeBytes + filterBytes;
  for (let at = 0; at < length; at += 1) view.setUint8(at, 0);
  view.setUint32(0, length, true);
  view.setUint16(4, families === 'both' ? TCPDIAG_GETSOCK : SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, requestDump, true);
  view.setUint32(8, sequence, true);
  if (families === 'both') {
    view.setUint8(headerBytes + 3, 1 << (INET_DIAG_INFO - 1));
    view.setUint32(headerBytes + 52, established, true);
  } else {
    view.setUint8(headerBytes, families);
    view.setUint8(headerBytes + 1, IPPROTO_TCP);
    view.setUint8(headerBytes + 2, 1 << (INET_DIAG_INFO - 1));
    view.setUint32(headerBytes + 4, established, true);
  }
  view.setUint16(filter, attributeBytes + filterBytes, true);
  view.setUint16(filter + 2, INET_DIAG_REQ_BYTECODE, true);
  putFilter(view, filter + attributeBytes, ports);
  return length;
};

/** `more`: the dump goes on; `done`; or the error that ended it, as a positive errno. */
export type DumpPart =
  | { readonly kind: 'more' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly errno: number };

const more: DumpPart = { kind: 'more' };
const done: DumpPart = { kind: 'done' };
/** asm-generic/errno-base.h: EBADMSG stands for an answer that is not what the headers say. */
const torn: DumpPart = { kind: 'failed', errno: 74 };

const padded = (length: number): number => (length + 3) & ~3;

/** Sum of the two byte counters of a socket; null: this kernel does not give them. */
const movedBytes = (view: DataView, from: number, to: number): number | null => {
  for (let at = from; at + attributeBytes <= to; ) {
    const length = view.getUint16(at, true);
    if (length < attributeBytes || at + length > to) return null;
    const isLongEnough = length >= attributeBytes + receivedAt + 8;
    if (view.getUint16(at + 2, true) === INET_DIAG_INFO && isLongEnough) {
      const info = at + attributeBytes;
      // Two halves: a BigInt for each counter of each socket would be the larger part of the work.
      const counter = (low: number): number => view.getUint32(low, true) + view.getUint32(low + 4, true) * 2 ** 32;
      return counter(info + ackedAt) + counter(info + receivedAt);
    }
    at += padded(length);
  }
  return null;
};

/** Reads what one receive gave: `onSocket` is told each socket's local port and byte count. */
export const readPart = (
  view: DataView,
  length: number,
  sequence: number,
  onSocket: (port: number, bytes: number | null) => void,
): DumpPart => {
  for (let at = 0; at + headerBytes <= length; ) {
    const size = view.getUint32(at, true);
    if (size < headerBytes || at + size > length) return torn;
    // An answer to an earlier question that was given up.
    const isOurs = view.getUint32(at + 8, true) === sequence;
    const type = view.getUint16(at + 4, true);
    if (isOurs && (type === NLMSG_DONE || type === NLMSG_ERROR)) {
      const code = size >= headerBytes + 4 ? view.getInt32(at + headerBytes, true) : 0;
      return code < 0 ? { kind: 'failed', errno: -code } : done;
    }
    if (isOurs && (type === SOCK_DIAG_BY_FAMILY || type === TCPDIAG_GETSOCK)) {
      if (size < headerBytes + messageBytes) return torn;
      const port = view.getUint16(at + headerBytes + localPortAt, false);
      onSocket(port, movedBytes(view, at + headerBytes + messageBytes, at + size));
    }
    at += padded(size);
  }
  return more;
};
