import { createDescriptorReader } from './descriptors.ts';
import { chargeFiles, type Holder } from './memfd-charge.ts';
import { isRefused } from './proc-io.ts';
import type { ProcessEntry } from './process-entry.ts';
import { createSweep } from './sweep.ts';

/**
 * Memory that processes hold through descriptors and do not map. No figure of the process shows it (resident size,
 * smaps, VmHWM: all zero); the machine's Shmem does. Known holders are looked at in every pass, new ones are searched
 * when the machine's figure grew and nobody explains it.
 */
export interface Memfds {
  /** Brings `memfdBytes` of all entries up to date. `shmemBytes` is the machine's Shmem, null when unknown. */
  pass(entries: ReadonlyMap<number, ProcessEntry>, shmemBytes: number | null): void;
  /** Brings one entry up to date. */
  look(entry: ProcessEntry): void;
  forget(entry: ProcessEntry): void;
}

/** Below this, whether a holder maps its files is not worth a read of its maps. */
const worthMapsBytes = 2 ** 20;
/** A process that is watched closely has its open files listed anew this often while it works. */
const relistMs = 1000;

interface HolderState {
  readonly entry: ProcessEntry;
  files: Map<number, string>;
  maps: ReadonlySet<string> | 'unknown';
  /** RssShmem at which `maps` was read; −1: files changed since. */
  mapsAtShmem: number;
}

export const createMemfds = (procRoot: string, nowMs: () => number): Memfds => {
  const descriptors = createDescriptorReader(procRoot);
  const holders = new Map<number, HolderState>();
  /** Size and inode of each file that someone holds. */
  const files = new Map<string, { bytes: number; readonly inode: number }>();
  const sweep = createSweep(nowMs);

  const setCharge = (entry: ProcessEntry, bytes: number): void => {
    if (entry.memfdBytes === bytes) return;
    entry.memfdBytes = bytes;
    entry.reading = null;
  };

  /** Lists the open files of a process anew. */
  const list = (entry: ProcessEntry): void => {
    entry.listedAtTicks = entry.cpuTicks;
    entry.listedAtMs = nowMs();
    const found = descriptors.list(entry.pid);
    entry.listRefused = typeof found === 'number' && isRefused(found);
    if (typeof found === 'number' || found.length === 0) {
      holders.delete(entry.pid);
      setCharge(entry, 0);
      return;
    }
    for (const file of found) files.set(file.key, { bytes: file.bytes, inode: file.inode });
    const held = new Map(found.map((file) => [file.descriptor, file.key]));
    holders.set(entry.pid, { entry, files: held, maps: 'unknown', mapsAtShmem: -1 });
  };

  /** Sizes of what a holder has open; lists anew when a descriptor stands for another file now. */
  const restat = (holder: HolderState): void => {
    for (const [descriptor, key] of holder.files) {
      const file = descriptors.stat(holder.entry.pid, descriptor);
      if (file === null) {
        holder.files.delete(descriptor);
        holder.mapsAtShmem = -1;
      } else if (file.key !== key) {
        list(holder.entry);
        return;
      } else files.set(key, { bytes: file.bytes, inode: file.inode });
    }
    if (holder.files.size > 0) return;
    holders.delete(holder.entry.pid);
    setCharge(holder.entry, 0);
  };

  const refreshMaps = (holder: HolderState): void => {
    const { entry } = holder;
    if (entry.shmemBytes === 0) {
      holder.maps = new Set();
      holder.mapsAtShmem = 0;
      return;
    }
    if (entry.shmemBytes === holder.mapsAtShmem) return;
    const keys = new Set(holder.files.values());
    let bytes = 0;
    for (const key of keys) bytes += files.get(key)?.bytes ?? 0;
    const inodes = bytes < worthMapsBytes ? null : descriptors.mapped(entry.pid);
    holder.maps =
      inodes === null ? 'unknown' : new Set([...keys].filter((key) => inodes.has(files.get(key)?.inode ?? -1)));
    holder.mapsAtShmem = inodes === null ? -1 : entry.shmemBytes;
  };

  const charge = (): void => {
    const list: Holder[] = [];
    for (const holder of holders.values()) {
      refreshMaps(holder);
      const { entry } = holder;
      list.push({
        pid: entry.pid,
        startTicks: entry.startTicks,
        files: holder.files,
        maps: holder.maps,
        shmemBytes: entry.shmemBytes,
      });
    }
    const charges = chargeFiles(list, (key) => files.get(key)?.bytes ?? 0);
    for (const holder of holders.values()) setCharge(holder.entry, charges.get(holder.entry.pid) ?? 0);
  };

  const dropUnheld = (): void => {
    if (files.size === 0) return;
    const held = new Set<string>();
    for (const holder of holders.values()) for (const key of holder.files.values()) held.add(key);
    for (const key of files.keys()) if (!held.has(key)) files.delete(key);
  };

  return {
    pass: (entries, shmemBytes) => {
      for (const holder of [...holders.values()]) restat(holder);
      if (holders.size > 0) charge();
      const listed = sweep.run(entries, shmemBytes, list, charge);
      if (listed && holders.size > 0) charge();
      dropUnheld();
    },
    look: (entry) => {
      const holder = holders.get(entry.pid);
      const isDue = entry.cpuTicks !== entry.listedAtTicks && nowMs() - entry.listedAtMs >= relistMs;
      if (entry.listedAtTicks === -1 || isDue) list(entry);
      else if (holder !== undefined) restat(holder);
      else return;
      charge();
    },
    forget: (entry) => {
      sweep.forget(entry);
      if (holders.get(entry.pid)?.entry === entry) holders.delete(entry.pid);
    },
  };
};
