import { EACCES, ENOENT, EPERM, ESRCH, errno, libc, type NativeBuffer, O_CLOEXEC, O_RDONLY } from './libc.ts';

/** Reads of /proc that neither throw nor allocate. A negative result is −errno. */

/** A process that is gone: its directory (ENOENT) or the task behind an open file (ESRCH) is no longer there. */
export const isGone = (result: number): boolean => result === -ENOENT || result === -ESRCH || result === 0;

export const isRefused = (result: number): boolean => result === -EACCES || result === -EPERM;

export const openFile = (path: string): number => {
  const fd = libc.open(path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -errno() : fd;
};

/** One read from the start. /proc files made by one `show` call (stat, status, meminfo) come whole. */
export const readOpen = (fd: number, into: NativeBuffer): number => {
  const n = libc.pread(fd, into.address, into.bytes.length, 0);
  return n < 0 ? -errno() : n;
};

/** Opens, reads what one read gives, closes. */
export const readOnce = (path: string, into: NativeBuffer): number => {
  const fd = openFile(path);
  if (fd < 0) return fd;
  const n = readOpen(fd, into);
  libc.close(fd);
  return n;
};

/**
 * Opens and reads to the end or to the end of the buffer: files that the kernel writes line by line (maps, vmstat)
 * come in pieces of a page.
 */
export const readWhole = (path: string, into: NativeBuffer): number => {
  const fd = openFile(path);
  if (fd < 0) return fd;
  let total = 0;
  while (total < into.bytes.length) {
    const n = libc.pread(fd, into.address + total, into.bytes.length - total, total);
    if (n < 0 && total === 0) total = -errno();
    if (n <= 0) break;
    total += n;
  }
  libc.close(fd);
  return total;
};

const latin1 = new TextDecoder('latin1');

/** Text of a small file, or null. For start-up and rare paths only. */
export const readText = (path: string, into: NativeBuffer): string | null => {
  const n = readWhole(path, into);
  return n < 0 ? null : latin1.decode(into.bytes.subarray(0, n));
};
