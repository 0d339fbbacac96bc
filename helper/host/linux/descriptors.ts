import { statSync } from 'node:fs';
import { libc, nativeBuffer } from './libc.ts';
import { eachNumericEntry } from './numeric-entries.ts';
import { openFile, readWhole } from './proc-io.ts';

/**
 * Memory files among the open files of a process: memfds, and files of /dev/shm that were unlinked while open. Both are
 * pages without a name in any folder, held by whoever has them open. They are only looked at, never opened: an open
 * descriptor of ours would keep the memory alive.
 */
export interface MemoryFile {
  readonly descriptor: number;
  /** Device and inode: one file, however many processes have it open. */
  readonly key: string;
  readonly inode: number;
  /** Pages that exist, in memory or swap; a hole costs nothing. */
  readonly bytes: number;
}

/** Descriptors of one process that are looked at; the rest of a larger table is not seen. */
const mostDescriptors = 4096;
const mapsBytes = 4 * 2 ** 20;

const ascii = new TextEncoder();
const memfdPrefix = ascii.encode('/memfd:');
const shmPrefix = ascii.encode('/dev/shm/');
const deletedSuffix = ascii.encode(' (deleted)');

const matchesAt = (bytes: Uint8Array, at: number, wanted: Uint8Array): boolean => {
  for (let i = 0; i < wanted.length; i += 1) if (bytes[at + i] !== wanted[i]) return false;
  return true;
};

export interface DescriptorReader {
  /** Memory files a process has open, or −errno. */
  list(pid: number): readonly MemoryFile[] | number;
  /** The file behind one descriptor now; null when the descriptor or the process is gone. */
  stat(pid: number, descriptor: number): MemoryFile | null;
  /** Inodes of memory files that the process maps; null when its maps cannot be read. */
  mapped(pid: number): ReadonlySet<number> | null;
}

export const createDescriptorReader = (procRoot: string): DescriptorReader => {
  const entries = nativeBuffer(16_384);
  const link = nativeBuffer(512);
  // Only a process that both holds and maps shared memory needs it, so it is made when it is first wanted.
  let maps: ReturnType<typeof nativeBuffer> | null = null;
  const latin1 = new TextDecoder('latin1');

  const isMemoryFile = (length: number): boolean => {
    if (matchesAt(link.bytes, 0, memfdPrefix)) return true;
    return (
      length > shmPrefix.length + deletedSuffix.length &&
      matchesAt(link.bytes, 0, shmPrefix) &&
      matchesAt(link.bytes, length - deletedSuffix.length, deletedSuffix)
    );
  };

  const stat = (pid: number, descriptor: number): MemoryFile | null => {
    try {
      const found = statSync(`${procRoot}/${pid}/fd/${descriptor}`, { throwIfNoEntry: false });
      if (found === undefined) return null;
      // st_blocks counts 512 bytes whatever the block size (stat(2)).
      return { descriptor, key: `${found.dev}:${found.ino}`, inode: found.ino, bytes: found.blocks * 512 };
    } catch {
      // ESRCH or EACCES: the process ended or changed its user while we looked.
      return null;
    }
  };

  const list = (pid: number): readonly MemoryFile[] | number => {
    const dir = openFile(`${procRoot}/${pid}/fd`);
    if (dir < 0) return dir;
    const found: number[] = [];
    let seen = 0;
    const result = eachNumericEntry(dir, entries, (descriptor, _inode, nameAddress) => {
      const length = libc.readlinkat(dir, nameAddress, link.address, link.bytes.length);
      if (length > 0 && isMemoryFile(length)) found.push(descriptor);
      seen += 1;
      return seen < mostDescriptors;
    });
    libc.close(dir);
    if (result < 0) return result;
    return found.map((descriptor) => stat(pid, descriptor)).filter((file) => file !== null);
  };

  const mapped = (pid: number): ReadonlySet<number> | null => {
    maps ??= nativeBuffer(mapsBytes);
    const n = readWhole(`${procRoot}/${pid}/maps`, maps);
    if (n < 0) return null;
    const inodes = new Set<number>();
    // "from-to perms offset dev inode   path" (proc_pid_maps(5)).
    const line = /^\S+ \S+ \S+ \S+ (\d+) +(?:\/memfd:|\/dev\/shm\/)/gm;
    for (const match of latin1.decode(maps.bytes.subarray(0, n)).matchAll(line)) inodes.add(Number(match[1]));
    return inodes;
  };

  return { list, stat, mapped };
};
