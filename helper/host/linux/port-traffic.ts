import type { PortTraffic } from '../port.ts';
import { EINTR, ENOENT, errno, libc, nativeBuffer } from './libc.ts';
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  type Families,
  largestRequest,
  mostPorts,
  NETLINK_SOCK_DIAG,
  putRequest,
  readPart,
  SOCK_RAW,
} from './sock-diag.ts';

export interface PortTrafficReader {
  /** A sentence for `castellan doctor`; null: it works. */
  readonly missing: string | null;
  /** In the order asked; null: not known now. */
  read(ports: readonly number[]): readonly PortTraffic[] | null;
  close(): void;
}

/** bits/socket.h and asm-generic/fcntl.h. */
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;

/** The kernel fills at most this much at once (net/netlink/af_netlink.c, netlink_dump). */
const partBytes = 32_768;
/** Parts of one dump: a million connections have fewer. A kernel that never ends is left. */
const mostParts = 16_384;

const oneByOne: readonly Families[] = [AF_INET, AF_INET6];

interface Sum {
  connections: number;
  mark: number | null;
}

/**
 * Established TCP connections by local port, in the network namespace of this process, asked of the kernel as `ss -ti` does.
 * The kernel filters by port and state, so that the cost is that of walking its table of sockets.
 *
 * `mark` is the sum of bytes acknowledged and received. Keep-alive probes move neither.
 *
 * @param protocol netlink family to ask; another one than the default is refused (for a test)
 */
export const createPortTraffic = (protocol: number = NETLINK_SOCK_DIAG): PortTrafficReader => {
  const request = nativeBuffer(largestRequest);
  const part = nativeBuffer(partBytes);
  let fd = -1;
  let sequence = 0;
  let questions: readonly Families[] = ['both'];

  const drop = (): void => {
    if (fd >= 0) libc.close(fd);
    fd = -1;
  };

  /** One question. Null: done; else what went wrong, as an errno. */
  const dump = (
    families: Families,
    ports: readonly number[],
    onSocket: (port: number, bytes: number | null) => void,
  ): number | null => {
    if (fd < 0) fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0) return errno();
    sequence = (sequence + 1) >>> 0;
    const length = putRequest(request.view, families, sequence, ports);
    if (libc.send(fd, request.address, length, 0) !== length) return errno();
    // A dump is made within the calls: there is always something to receive until its end, and nothing to wait for.
    for (let parts = 0; parts < mostParts; ) {
      const got = libc.recv(fd, part.address, partBytes, MSG_DONTWAIT);
      if (got < 0 && errno() === EINTR) continue;
      if (got <= 0) return got < 0 ? errno() : ENODATA;
      parts += 1;
      const found = readPart(part.view, got, sequence, onSocket);
      if (found.kind === 'failed') return found.errno;
      if (found.kind === 'done') return null;
    }
    return ENODATA;
  };

  const ask = (ports: readonly number[]): { readonly sums: ReadonlyMap<number, Sum> } | { readonly errno: number } => {
    const sums = new Map<number, Sum>();
    for (const port of ports) sums.set(port, { connections: 0, mark: 0 });
    const wanted = [...sums.keys()].filter((port) => Number.isInteger(port) && port > 0 && port < 65_536);
    const add = (port: number, bytes: number | null): void => {
      const sum = sums.get(port);
      if (sum === undefined) return;
      sum.connections += 1;
      sum.mark = sum.mark === null || bytes === null ? null : sum.mark + bytes;
    };
    for (let from = 0; from < wanted.length; from += mostPorts) {
      const some = wanted.slice(from, from + mostPorts);
      for (const families of questions) {
        const failed = dump(families, some, add);
        if (failed === null) continue;
        drop();
        // A machine without IPv6 has no such sockets.
        if (families === AF_INET6 && failed === ENOENT) continue;
        return { errno: failed };
      }
    }
    return { sums };
  };

  // Port 1 is nobody's; the question alone shows whether it is allowed.
  let first = ask([1]);
  if ('errno' in first) {
    questions = oneByOne;
    first = ask([1]);
  }
  const missing =
    'errno' in first
      ? `Connections at ports cannot be counted (sock_diag, errno ${first.errno}): a seat's traffic is not known.`
      : null;

  return {
    missing,
    read: (ports) => {
      // What is refused stays refused: it is asked once, at the start.
      if (missing !== null) return null;
      if (ports.length === 0) return [];
      const found = ask(ports);
      if ('errno' in found) return null;
      return ports.map((port) => ({ port, ...(found.sums.get(port) ?? { connections: 0, mark: 0 }) }));
    },
    close: drop,
  };
};

/** Stands for a dump that does not end as it must. */
const ENODATA = 61;
