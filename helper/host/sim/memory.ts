import type { VmCounters } from '../darwin/machine.ts';
import { lowOnSpaceShare, swapThreshold } from './pressure.ts';
import { coldBytes, ratioOf, type SimProcess } from './process.ts';
import type { MachineSpec } from './scenario.ts';

/** Page queues, compressor and swap of the simulated Mac. Mutable; bytes throughout. */
export interface MemoryState {
  readonly spec: MachineSpec;
  fileBytes: number;
  purgeableBytes: number;
  /** Compressed bytes that live in swap files. */
  swapUsedBytes: number;
  swapFiles: number;
  swapLimitBytes: number;
  swapInBytes: number;
  swapOutBytes: number;
  faults: number;
  /** Wired memory of processes that were killed and that nobody will give back. */
  leakedWiredBytes: number;
  /** Share of wired memory that a SIGKILL loses. */
  wiredLeakShare: number;
  /** What processes that ended still hold, and how fast it comes back; null: at once. */
  readonly returning: { wiredBytes: number; anonBytes: number };
  returnBytesPerSecond: number | null;
}

/** What all processes hold together. */
export interface Holdings {
  readonly anonBytes: number;
  readonly wiredBytes: number;
  /** Uncompressed size of what is compressed. */
  readonly compressedBytes: number;
  /** Compressed size of the same. */
  readonly poolBytes: number;
}

type Table = ReadonlyMap<number, SimProcess>;

const MB = 2 ** 20;
const GB = 2 ** 30;
export const swapFileBytes = GB;
export const segmentBytes = 256 * 1024;

/** The pageout daemon keeps this much free: first from the cache down to `fileFloor`, then by compressing. */
const freeTarget = 900 * MB;
const fileFloor = 2200 * MB;
/** Nobody gets the last of it. */
const freeFloor = 150 * MB;
const fileLast = 400 * MB;
/** With this much free nothing has to be saved. */
const plentyFree = 3 * GB;
const compressBytesPerSecond = 2 * GB;
/** Less than the compressor can take in: a fast leak drives the level to critical before swap relieves it. */
const swapBytesPerSecond = 400 * MB;
/** Share of what is compressed that its owners touch again each second while memory is plentiful. */
const touchedPerSecond = 0.004;

export const createMemory = (spec: MachineSpec): MemoryState => ({
  spec,
  fileBytes: spec.fileBytes,
  purgeableBytes: spec.purgeableBytes,
  swapUsedBytes: 0,
  swapFiles: 0,
  swapLimitBytes: spec.swapLimitBytes,
  swapInBytes: 0,
  swapOutBytes: 0,
  faults: 1_000_000,
  leakedWiredBytes: 0,
  wiredLeakShare: spec.wiredLeakShare ?? 0,
  returning: { wiredBytes: 0, anonBytes: 0 },
  returnBytesPerSecond: spec.returnBytesPerSecond ?? null,
});

/** A process has ended: what it held is free, on its way back, or lost. */
export const release = (m: MemoryState, p: SimProcess, isKilled: boolean): void => {
  const lost = isKilled ? p.wiredBytes * (p.spec.wiredLeakShare ?? m.wiredLeakShare) : 0;
  m.leakedWiredBytes += lost;
  if (m.returnBytesPerSecond === null) return;
  m.returning.wiredBytes += p.wiredBytes - lost;
  m.returning.anonBytes += p.anonBytes;
};

/** Buffers of the GPU are given back last. */
export const giveBack = (m: MemoryState, seconds: number): void => {
  const { returning } = m;
  const most = m.returnBytesPerSecond === null ? Number.POSITIVE_INFINITY : m.returnBytesPerSecond * seconds;
  const anon = Math.min(returning.anonBytes, most);
  returning.anonBytes -= anon;
  returning.wiredBytes -= Math.min(returning.wiredBytes, most - anon);
};

export const holdingsOf = (table: Table): Holdings => {
  let anonBytes = 0;
  let wiredBytes = 0;
  let compressedBytes = 0;
  let poolBytes = 0;
  for (const p of table.values()) {
    anonBytes += p.anonBytes;
    wiredBytes += p.wiredBytes;
    if (p.compressedBytes === 0) continue;
    compressedBytes += p.compressedBytes;
    poolBytes += p.compressedBytes / ratioOf(p);
  }
  return { anonBytes, wiredBytes, compressedBytes, poolBytes };
};

/** What the pageout daemon could compress, and the RAM that would free. */
const coldOf = (table: Table): { readonly bytes: number; readonly gainBytes: number } => {
  let bytes = 0;
  let gainBytes = 0;
  for (const p of table.values()) {
    const own = coldBytes(p);
    bytes += own;
    gainBytes += own * (1 - 1 / ratioOf(p));
  }
  return { bytes, gainBytes };
};

export const wiredBytes = (m: MemoryState, h: Holdings): number =>
  m.spec.kernelWiredBytes + m.leakedWiredBytes + m.returning.wiredBytes + h.wiredBytes;

/** RAM the compressor occupies. */
export const compressorBytes = (m: MemoryState, h: Holdings): number => Math.max(h.poolBytes - m.swapUsedBytes, 0);

export const freeBytes = (m: MemoryState, h: Holdings): number =>
  m.spec.totalBytes -
  wiredBytes(m, h) -
  h.anonBytes -
  m.returning.anonBytes -
  compressorBytes(m, h) -
  m.fileBytes -
  m.purgeableBytes;

export const isLowOnSpace = (m: MemoryState, h: Holdings): boolean =>
  h.poolBytes >= lowOnSpaceShare * m.spec.compressorPoolBytes;

const swapRoom = (m: MemoryState): number => Math.max(m.swapLimitBytes - m.swapUsedBytes, 0);

/** NC and A of the pressure computation, bytes. */
const ratioTerms = (m: MemoryState, h: Holdings): { readonly nc: number; readonly a: number } => {
  const a = m.spec.totalBytes - wiredBytes(m, h);
  return { nc: a - compressorBytes(m, h), a };
};

/** Compressor or swap can take no more: the state in which the kernel looks for someone to kill. */
export const isOutOfPagingSpace = (m: MemoryState, h: Holdings): boolean => {
  const { nc, a } = ratioTerms(m, h);
  return isLowOnSpace(m, h) || (swapRoom(m) < MB && nc < swapThreshold(a));
};

/** Share of all cold memory that can be compressed in that time, and what it frees. */
const compressible = (
  m: MemoryState,
  h: Holdings,
  table: Table,
  dtMs: number,
): { readonly gainBytes: number; readonly mostBytes: number } => {
  const cold = coldOf(table);
  const share =
    cold.bytes === 0 || isLowOnSpace(m, h) ? 0 : Math.min(1, (compressBytesPerSecond * dtMs) / 1000 / cold.bytes);
  return { gainBytes: cold.gainBytes, mostBytes: cold.gainBytes * share };
};

/** More than anybody can touch in one step: then nobody has to know what the compressor could add. */
const plentyBytes = 2 * GB;

/** How much all processes together may grow in `dtMs`: a page fault waits until the pageout daemon has made room. */
export const roomBytes = (m: MemoryState, h: Holdings, table: Table, dtMs: number): number => {
  const easy = freeBytes(m, h) - freeFloor + Math.max(m.fileBytes - fileLast, 0) + m.purgeableBytes;
  return easy > plentyBytes || dtMs === 0
    ? Math.max(easy, 0)
    : Math.max(easy + compressible(m, h, table, dtMs).mostBytes, 0);
};

const compress = (table: Table, share: number): void => {
  for (const p of table.values()) {
    const moved = coldBytes(p) * share;
    p.anonBytes -= moved;
    p.compressedBytes += moved;
  }
};

const dropCache = (m: MemoryState, needBytes: number): number => {
  const fromFile = Math.min(needBytes, Math.max(m.fileBytes - fileFloor, 0));
  m.fileBytes -= fromFile;
  const purged = Math.min(needBytes - fromFile, m.purgeableBytes);
  m.purgeableBytes -= purged;
  return needBytes - fromFile - purged;
};

const swapOut = (m: MemoryState, h: Holdings, seconds: number): void => {
  const { nc, a } = ratioTerms(m, h);
  if (nc >= swapThreshold(a)) return;
  const moved = Math.max(Math.min(swapThreshold(a) * 1.01 - nc, swapBytesPerSecond * seconds, swapRoom(m)), 0);
  m.swapUsedBytes += moved;
  m.swapOutBytes += moved;
};

/** Puts RAM where it is needed: cache first, then the compressor, then swap. Returns what processes hold afterwards. */
export const balance = (m: MemoryState, table: Table, dtMs: number): Holdings => {
  const seconds = dtMs / 1000;
  let h = holdingsOf(table);
  // Compressed memory of a process that ended is gone, also from swap.
  if (m.swapUsedBytes > h.poolBytes) m.swapUsedBytes = h.poolBytes;

  const need = dropCache(m, Math.max(freeTarget - freeBytes(m, h), 0));
  if (need > 0) {
    const { gainBytes, mostBytes } = compressible(m, h, table, dtMs);
    if (mostBytes > 0) {
      compress(table, Math.min(need, mostBytes) / gainBytes);
      h = holdingsOf(table);
    }
  }
  const short = freeFloor - freeBytes(m, h);
  if (short > 0) m.fileBytes -= Math.min(short, Math.max(m.fileBytes - fileLast, 0));
  swapOut(m, h, seconds);
  settleSwapFiles(m);
  return h;
};

/** With memory to spare the cache fills up again and owners fetch back some of what was compressed. */
export const relax = (m: MemoryState, h: Holdings, table: Table, seconds: number): void => {
  if (freeBytes(m, h) < plentyFree) return;
  m.fileBytes += Math.min(Math.max(m.spec.fileBytes - m.fileBytes, 0), 40 * MB * seconds);
  m.purgeableBytes += Math.min(Math.max(m.spec.purgeableBytes - m.purgeableBytes, 0), 4 * MB * seconds);
  const inSwap = h.poolBytes > 0 ? m.swapUsedBytes / h.poolBytes : 0;
  for (const p of table.values()) {
    const back = p.state === 'stopped' ? 0 : p.compressedBytes * touchedPerSecond * seconds;
    p.compressedBytes -= back;
    p.anonBytes += back;
    const fetched = (back / ratioOf(p)) * inSwap;
    m.swapUsedBytes -= fetched;
    m.swapInBytes += fetched;
  }
};

/** Files of 1 GB are made before they are full and removed when more than two are empty. */
const settleSwapFiles = (m: MemoryState): void => {
  const needed = filesFor(m.swapUsedBytes, m.swapLimitBytes);
  if (m.swapFiles < needed || m.swapFiles > needed + 2) m.swapFiles = needed;
};

export const filesFor = (usedBytes: number, limitBytes: number): number =>
  usedBytes < 1
    ? 0
    : Math.max(
        Math.ceil(usedBytes / swapFileBytes),
        Math.min(Math.ceil((usedBytes + 256 * MB) / swapFileBytes), Math.floor(limitBytes / swapFileBytes)),
      );

/** The same state as `host_statistics64` would show it, in pages. */
export const vmCounters = (m: MemoryState, h: Holdings): VmCounters => {
  const page = m.spec.pageBytes;
  const pages = (bytes: number): number => Math.max(Math.floor(bytes / page), 0);
  const speculative = pages(m.fileBytes * 0.03);
  const pageable =
    pages(h.anonBytes + m.returning.anonBytes) + pages(m.purgeableBytes) + pages(m.fileBytes) - speculative;
  const active = Math.floor(pageable * 0.55);
  return {
    free: pages(freeBytes(m, h)) + speculative,
    active,
    inactive: pageable - active,
    speculative,
    wired: pages(wiredBytes(m, h)),
    purgeable: pages(m.purgeableBytes),
    external: pages(m.fileBytes),
    compressor: pages(compressorBytes(m, h)),
    faults: Math.floor(m.faults),
    swapIns: pages(m.swapInBytes),
    swapOuts: pages(m.swapOutBytes),
  };
};
