import { errno, libc, type NativeBuffer } from './libc.ts';

/**
 * Calls `each` for every entry of an open directory whose name is a number (the pids of /proc, the descriptors of
 * /proc/PID/fd), with the inode number and the address of the name. Stops when `each` returns false.
 * Returns 0, or −errno.
 *
 * Layout of linux_dirent64 (getdents64(2)): u64 ino, s64 off, u16 length, u8 type, name.
 */
export const eachNumericEntry = (
  fd: number,
  buffer: NativeBuffer,
  each: (value: number, inode: number, nameAddress: number) => boolean,
): number => {
  const { bytes, view, address } = buffer;
  if (libc.lseek(fd, 0, 0) < 0) return -errno();
  for (;;) {
    const filled = libc.getdents64(fd, address, bytes.length);
    if (filled < 0) return -errno();
    if (filled === 0) return 0;
    for (let at = 0; at < filled; ) {
      const length = view.getUint16(at + 16, true);
      let value = 0;
      let next = at + 19;
      let byte = bytes[next] as number;
      while (byte >= 48 && byte <= 57) {
        value = value * 10 + byte - 48;
        next += 1;
        byte = bytes[next] as number;
      }
      // The high half of the inode number is zero in /proc and says nothing new elsewhere.
      const isNumber = byte === 0 && next > at + 19;
      if (isNumber && !each(value, view.getUint32(at, true), address + at + 19)) return 0;
      at += length;
    }
  }
};
