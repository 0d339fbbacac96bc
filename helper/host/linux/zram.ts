import { readdirSync } from 'node:fs';
import { libc, nativeBuffer } from './libc.ts';
import { openFile, readOpen } from './proc-io.ts';

/** RAM that zram devices hold: `mem_used_total`, third field of /sys/block/zramN/mm_stat (admin-guide/blockdev/zram). */
export interface Zram {
  /** Bytes; 0 without devices. Cheap: devices are looked for only when swap space changed or every minute. */
  usedBytes(swapTotalBytes: number, nowMs: number): number;
  close(): void;
}

const lookAgainMs = 60_000;
const latin1 = new TextDecoder('latin1');

export const createZram = (blockRoot: string): Zram => {
  const buffer = nativeBuffer(512);
  let fds: number[] = [];
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let lookedForSwap = -1;

  const close = (): void => {
    for (const fd of fds) libc.close(fd);
    fds = [];
  };

  const fieldOf = (fd: number, field: number): number => {
    const n = readOpen(fd, buffer);
    if (n <= 0) return 0;
    const value = Number(latin1.decode(buffer.bytes.subarray(0, n)).trim().split(/\s+/)[field]);
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };

  const inUse = (name: string): boolean => {
    const fd = openFile(`${blockRoot}/${name}/disksize`);
    if (fd < 0) return false;
    const size = fieldOf(fd, 0);
    libc.close(fd);
    return size > 0;
  };

  const look = (): void => {
    close();
    let names: readonly string[] = [];
    try {
      names = readdirSync(blockRoot).filter((name) => name.startsWith('zram'));
    } catch {
      // No /sys: no zram either.
    }
    for (const name of names) {
      const fd = inUse(name) ? openFile(`${blockRoot}/${name}/mm_stat`) : -1;
      if (fd >= 0) fds.push(fd);
    }
  };

  return {
    usedBytes: (swapTotalBytes, nowMs) => {
      if (swapTotalBytes !== lookedForSwap || nowMs - lookedAtMs >= lookAgainMs) {
        lookedForSwap = swapTotalBytes;
        lookedAtMs = nowMs;
        look();
      }
      let total = 0;
      for (const fd of fds) total += fieldOf(fd, 2);
      return total;
    },
    close,
  };
};
