import type { SensorFact, SwapReading } from '../reading.ts';

/** Lines of /proc/meminfo that are used, in kB as the kernel prints them (proc_meminfo(5)). */
export const meminfoNames = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'Active(anon)',
  'Inactive(anon)',
  'Active(file)',
  'Inactive(file)',
  'Unevictable',
  'SwapTotal',
  'SwapFree',
  'Zswap',
  'AnonPages',
  'Shmem',
  'KReclaimable',
  'SReclaimable',
] as const;
export type MeminfoName = (typeof meminfoNames)[number];

export interface MemoryParts {
  readonly totalBytes: number;
  readonly availableBytes: number | null;
  readonly freeBytes: number;
  readonly cachedBytes: number;
  readonly appBytes: number;
  readonly wiredBytes: number;
  readonly compressorBytes: number;
  readonly swap: SwapReading | null;
  readonly shmemBytes: number;
  readonly facts: readonly SensorFact[];
}

const failed = (totalBytes: number, facts: readonly SensorFact[], zramBytes: number): MemoryParts => ({
  totalBytes,
  availableBytes: null,
  freeBytes: 0,
  cachedBytes: 0,
  appBytes: 0,
  wiredBytes: 0,
  compressorBytes: zramBytes,
  swap: null,
  shmemBytes: 0,
  facts,
});

export const memoryFailed = (totalBytes: number, problem: SensorFact['problem'], detail: string): MemoryParts =>
  failed(
    totalBytes,
    [
      { sensor: 'memory', problem, detail },
      { sensor: 'swap', problem, detail },
    ],
    0,
  );

/**
 * The five parts from meminfo, by the lists a page can be on, so that no page is counted twice:
 * - app: the anonymous lists. Not AnonPages + Shmem, which hold locked pages too (they are under Unevictable).
 * - cached: the file lists and reclaimable slab; that is Cached + Buffers − Shmem without locked pages.
 * - compressed: zswap and zram, whose pool pages no other line counts.
 * - wired: all the rest. A page that is not free, on no list and in no cache that shrinks is locked or belongs to the
 *   kernel or a driver (page tables, stacks, unreclaimable slab, huge pages, a GPU's buffers, of which meminfo says
 *   nothing); none of it can be taken back.
 */
export const memoryParts = (
  get: (name: MeminfoName) => number | null,
  knownTotalBytes: number,
  zramBytes: number,
  traffic: { readonly inBytes: number | null; readonly outBytes: number | null },
): MemoryParts => {
  const bytes = (name: MeminfoName): number | null => {
    const kb = get(name);
    return kb === null ? null : kb * 1024;
  };
  const total = bytes('MemTotal');
  const free = bytes('MemFree');
  if (total === null || free === null)
    return memoryFailed(knownTotalBytes, 'unavailable', '/proc/meminfo has no MemTotal or no MemFree');
  if (total === 0) return memoryFailed(knownTotalBytes, 'zero', '/proc/meminfo: MemTotal is 0');
  if (free > total)
    return memoryFailed(
      knownTotalBytes,
      'implausible',
      `/proc/meminfo: MemFree is ${free} bytes, more than MemTotal ${total}`,
    );

  const facts: SensorFact[] = [];
  const of = (name: MeminfoName): number => bytes(name) ?? 0;
  // Hot-plugged or ballooned memory: what the kernel says now is the total the parts belong to.
  const available = bytes('MemAvailable');
  if (available === null)
    facts.push({ sensor: 'memory', problem: 'unavailable', detail: '/proc/meminfo has no MemAvailable' });
  else if (available > total)
    facts.push({
      sensor: 'memory',
      problem: 'implausible',
      detail: `/proc/meminfo: MemAvailable is ${available} bytes, more than MemTotal ${total}`,
    });

  const compressorBytes = of('Zswap') + zramBytes;
  const appBytes = of('Active(anon)') + of('Inactive(anon)');
  const reclaimable = bytes('KReclaimable') ?? of('SReclaimable');
  const cachedBytes = of('Active(file)') + of('Inactive(file)') + reclaimable;
  const rest = total - free - appBytes - cachedBytes - compressorBytes;

  const swapTotal = bytes('SwapTotal');
  const swapFree = bytes('SwapFree');
  let swap: SwapReading | null = null;
  if (swapTotal === null || swapFree === null)
    facts.push({ sensor: 'swap', problem: 'unavailable', detail: '/proc/meminfo has no SwapTotal or no SwapFree' });
  else if (swapFree > swapTotal)
    facts.push({
      sensor: 'swap',
      problem: 'implausible',
      detail: `/proc/meminfo: SwapFree is ${swapFree} bytes, more than SwapTotal ${swapTotal}`,
    });
  else swap = { totalBytes: swapTotal, usedBytes: swapTotal - swapFree, ...traffic };

  return {
    totalBytes: total,
    availableBytes: available !== null && available <= total ? available : null,
    freeBytes: free,
    cachedBytes: Math.min(cachedBytes, total),
    appBytes: Math.min(appBytes, total),
    wiredBytes: Math.min(Math.max(rest, of('Unevictable')), total),
    compressorBytes,
    swap,
    shmemBytes: of('Shmem'),
    facts,
  };
};
