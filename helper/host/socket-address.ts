import { isIPv4 } from 'node:net';

/** TCP addresses as people write them: "127.0.0.1:1337", "[::1]:1337". */

/** @param bytes 4 or 16 of them, in network order */
export const socketAddress = (bytes: ArrayLike<number>, port: number): string => {
  if (bytes.length === 4) return `${Array.from(bytes).join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  // The URL standard's serializer shortens it as people write it.
  return `${new URL(`http://[${groups.join(':')}]`).hostname}:${port}`;
};

/** An IPv4 address as a socket for both families shows it (RFC 4291, 2.5.5.2). */
const mapped = (host: string): string => (isIPv4(host) ? new URL(`http://[::ffff:${host}]`).hostname : host);

/** Addresses at which a listener has this one: whoever listens at all addresses has it, and [::] takes those of IPv4 with it. */
export const takers = (address: string): readonly string[] => {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at);
  return [host, mapped(host), '0.0.0.0', '[::]'].map((each) => each + address.slice(at));
};
