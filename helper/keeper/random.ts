import { openSync, readSync } from 'node:fs';

/**
 * Random bytes from the kernel's own generator (random(4) on Linux and macOS). Not from node:crypto: to load that costs
 * a keeper 1.5 MB of anonymous memory for good (Node 26.10 on Linux), for nothing but these.
 */

let source: number | null = null;

/** Lower-case hex of so many random bytes. Throws only when the system has no /dev/urandom. */
export const randomHex = (bytes: number): string => {
  // Kept open, so that a process short of file descriptors can still greet.
  source ??= openSync('/dev/urandom', 'r');
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    const read = readSync(source, buffer, at, bytes - at, null);
    if (read === 0) throw new Error('/dev/urandom gave nothing');
    at += read;
  }
  return buffer.toString('hex');
};

/** Whether two texts are the same, in a time that does not tell where they differ. */
export const sameSecret = (a: string, b: string): boolean => {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
};
