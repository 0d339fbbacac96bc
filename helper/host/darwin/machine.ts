import type { MachineReading, Problem, Sensor, SensorFact, SwapReading } from '../reading.ts';

/**
 * From a Mac's raw counters to a reading. Pure, and shared by the real Mac and the simulated one, so that what is
 * proved about one holds for the other.
 */

/** What one source said, or why it said nothing. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem; readonly detail: string };

/** Page counts as `host_statistics64(HOST_VM_INFO64)` gives them (mach/vm_statistics.h). */
export interface VmCounters {
  /** Includes speculative pages: vm_stat subtracts them before it prints "Pages free" (system_cmds vm_stat.c). */
  readonly free: number;
  readonly active: number;
  readonly inactive: number;
  readonly speculative: number;
  readonly wired: number;
  readonly purgeable: number;
  /** File-backed. */
  readonly external: number;
  /** Pages of RAM that the compressor occupies, not the pages that went into it. */
  readonly compressor: number;
  readonly faults: number;
  readonly swapIns: number;
  readonly swapOuts: number;
}

export interface SwapUsage {
  readonly totalBytes: number;
  readonly usedBytes: number;
}

export interface SegmentInfo {
  readonly limit: number;
  readonly segmentBytes: number;
}

/** Compressed pages of those there can be. */
export interface PageShare {
  readonly used: number;
  readonly limit: number;
}

export interface RawMachine {
  readonly atMs: number;
  readonly totalBytes: number;
  readonly pageBytes: number;
  readonly vm: Answer<VmCounters>;
  /** Null at a depth that does not read it. */
  readonly swap: Answer<SwapUsage> | null;
  readonly level: Answer<number> | null;
  /** Null where the kernel does not tell the limit (before macOS 15), or at a depth that does not read it. */
  readonly segments: Answer<SegmentInfo> | null;
  /** Null or absent: not told. */
  readonly compressedPages?: PageShare | null;
  readonly facts: readonly SensorFact[];
}

const nothing = {
  availableBytes: null,
  freeBytes: 0,
  cachedBytes: 0,
  appBytes: 0,
  wiredBytes: 0,
  compressorBytes: 0,
  queues: null,
  faults: null,
} as const;

/**
 * The tiers as third-party monitors derive them from Activity Monitor (its own formula is not published):
 * cached = purgeable + file-backed, app = active + inactive + speculative − purgeable − file-backed.
 * Available is what an allocation could have without compressing or swapping: free + purgeable + file-backed.
 */
const memoryOf = (vm: VmCounters, page: number) => {
  const free = Math.max(vm.free - vm.speculative, 0);
  const cached = vm.purgeable + vm.external;
  // The counters are not read atomically: a negative difference is a torn read of a few pages, not memory.
  const app = Math.max(vm.active + vm.inactive + vm.speculative - cached, 0);
  return {
    availableBytes: (free + cached) * page,
    freeBytes: free * page,
    cachedBytes: cached * page,
    appBytes: app * page,
    wiredBytes: vm.wired * page,
    compressorBytes: vm.compressor * page,
    queues: {
      activeBytes: vm.active * page,
      inactiveBytes: vm.inactive * page,
      freeBytes: free * page,
      speculativeBytes: vm.speculative * page,
      purgeableBytes: vm.purgeable * page,
      fileBackedBytes: vm.external * page,
    },
    faults: vm.faults,
  };
};

/**
 * No sysctl tells how many segments are in use; the estimate is compressed bytes in RAM and in swap over the size of a
 * segment buffer (the one macOS monitors use). It ignores fragmentation, so the truth is at least this. The kernel calls
 * itself low on space at 98 % of its segments or of its compressed pages (xnu vm_compressor.c): the fuller of both counts.
 */
const segmentsOf = (info: SegmentInfo, pages: PageShare | null, compressorBytes: number, swapUsedBytes: number) => {
  const estimate = Math.round((compressorBytes + swapUsedBytes) / info.segmentBytes);
  const byPages = pages === null ? 0 : Math.round((pages.used / pages.limit) * info.limit);
  return { used: Math.min(Math.max(estimate, byPages), info.limit), limit: info.limit };
};

export const machineReading = (raw: RawMachine): MachineReading => {
  const facts: SensorFact[] = [...raw.facts];
  const take = <T>(sensor: Sensor, answer: Answer<T> | null): T | null => {
    if (answer === null) return null;
    if (answer.ok) return answer.value;
    facts.push({ sensor, problem: answer.problem, detail: answer.detail });
    return null;
  };
  const vm = take('memory', raw.vm);
  const usage = take('swap', raw.swap);
  const kernelLevel = take('kernel_level', raw.level);
  const segment = take('compressor', raw.segments);
  const memory = vm === null ? nothing : memoryOf(vm, raw.pageBytes);
  const swap: SwapReading | null =
    usage === null
      ? null
      : {
          ...usage,
          inBytes: vm === null ? null : vm.swapIns * raw.pageBytes,
          outBytes: vm === null ? null : vm.swapOuts * raw.pageBytes,
        };
  return {
    atMs: raw.atMs,
    totalBytes: raw.totalBytes,
    ...memory,
    swap,
    kernelLevel,
    segments:
      segment === null || usage === null || vm === null
        ? null
        : segmentsOf(segment, raw.compressedPages ?? null, memory.compressorBytes, usage.usedBytes),
    facts,
  };
};
