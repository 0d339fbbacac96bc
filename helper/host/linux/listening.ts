import { socketAddress } from '../socket-address.ts';
import { libc, nativeBuffer } from './libc.ts';
import { openFile } from './proc-io.ts';

/** A row of /proc/PID/net/tcp up to the inode (Documentation/networking/proc_net_tcp.rst): addresses in hex, state, …, uid, timeout, inode. */
const row = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) \S+ \S+ \S+\s+\d+\s+\d+ (\d+) /;
/** include/net/tcp_states.h: TCP_LISTEN. */
const listen = '0A';

const latin1 = new TextDecoder('latin1');

/** Each 32 bits are printed as a number of this machine's byte order; both architectures are little-endian. */
const bytesOf = (hex: string): readonly number[] => {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8)
    for (let at = word + 6; at >= word; at -= 2) bytes.push(Number.parseInt(hex.slice(at, at + 2), 16));
  return bytes;
};

/** "127.0.0.1:1337" or "[::1]:1337" from the hex of a row. */
export const addressText = (hex: string, port: string): string =>
  socketAddress(bytesOf(hex), Number.parseInt(port, 16));

/** Listening rows of one table: inode → address. The kernel prints them before all others (tcp_ipv4.c, tcp_get_idx). */
export const listeningRows = (
  text: string,
): { readonly found: ReadonlyMap<string, string>; readonly isDone: boolean } => {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, address, port, state, inode] = row.exec(line) ?? [];
    if (address === undefined || port === undefined || inode === undefined) continue;
    if (state !== listen) return { found, isDone: true };
    found.set(inode, addressText(address, port));
  }
  return { found, isDone: false };
};

/** More than any machine has listeners; what comes after are connections. */
const mostBytes = 4 * 2 ** 20;
const piece = 65_536;
let buffer: ReturnType<typeof nativeBuffer> | null = null;

const tableText = (path: string): string | null => {
  buffer ??= nativeBuffer(piece);
  const fd = openFile(path);
  if (fd < 0) return null;
  let text = '';
  for (let offset = 0; offset < mostBytes; ) {
    const n = libc.pread(fd, buffer.address, piece, offset);
    if (n <= 0) break;
    offset += n;
    const more = latin1.decode(buffer.bytes.subarray(0, n));
    text += more;
    // A row cut in the middle does not match, so only whole rows end it.
    if (listeningRows(more).isDone) break;
  }
  libc.close(fd);
  return text;
};

/**
 * Addresses on which one of these sockets listens, in the network namespace of the process. Null: the kernel's tables
 * cannot be read. A machine without IPv6 has one table.
 */
export const listeningAddresses = (
  procRoot: string,
  pid: number,
  sockets: ReadonlySet<string>,
): readonly string[] | null => {
  if (sockets.size === 0) return [];
  const tables = ['tcp', 'tcp6']
    .map((name) => tableText(`${procRoot}/${pid}/net/${name}`))
    .filter((text) => text !== null);
  if (tables.length === 0) return null;
  return tables.flatMap((text) =>
    [...listeningRows(text).found].filter(([inode]) => sockets.has(inode)).map(([, at]) => at),
  );
};
