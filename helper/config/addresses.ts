import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from './config.ts';

/** Addresses as they are written: `127.0.0.1:2189`, `[::1]:2189`. Never a host name: what it means is up to others. */

/** The written form; `parseAddress` reads it back as the same. */
export const addressText = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export const sameAddress = (a: Address, b: Address): boolean => a.host === b.host && a.port === b.port;

/** RFC 1122, 3.2.1.3 and RFC 4291, 2.5.3: it never leaves the machine. */
export const isLoopback = (host: string): boolean => (isIPv4(host) && host.startsWith('127.')) || host === '::1';

/** Stands for every address of the machine, also as an IPv4 address inside an IPv6 one. */
export const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::' || host === '::ffff:0:0';

const written = /^(?:([0-9.]{7,15})|\[([0-9A-Fa-f:.]{2,45})\]):(\d{1,5})$/;
const mostPort = 65_535;

/** `[::0001]` and `[::1]` are one address; URL writes both the short way. */
const canonical = (host: string): string => new URL(`http://[${host}]/`).hostname.slice(1, -1);

/** Null: it is no address with its port. */
export const parseAddress = (text: string): Address | null => {
  const [, four, six, digits] = written.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > mostPort || digits !== String(port)) return null;
  if (four !== undefined) return isIPv4(four) ? { host: four, port } : null;
  return six !== undefined && isIPv6(six) ? { host: canonical(six), port } : null;
};
