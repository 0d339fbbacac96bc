/**
 * What a host measures. All sizes are bytes (1 GB is 2^30), all times milliseconds of the host's monotonic clock.
 * A figure that could not be had is `null`, and `facts` says why: a failing sensor is never an exception.
 */

/** Sensors that can fail on their own. */
export const sensors = [
  'memory',
  'swap',
  'kernel_level',
  'compressor',
  'processes',
  'services',
  'events',
  'bands',
] as const;
export type Sensor = (typeof sensors)[number];

/** Ways in which a measurement can be worth nothing. */
export const problems = ['vanished', 'refused', 'zero', 'constant', 'implausible', 'unavailable'] as const;
export type Problem = (typeof problems)[number];

/** Why a figure is missing or not to be believed. `detail` is for the operator: what was read, and from where. */
export interface SensorFact {
  readonly sensor: Sensor;
  readonly problem: Problem;
  readonly detail: string;
  /** The process concerned, when the fact is about one process and not about the machine. */
  readonly pid?: number;
}

export interface SwapReading {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Bytes moved since boot; null where the host does not count them. */
  readonly inBytes: number | null;
  readonly outBytes: number | null;
}

/**
 * The page queues the kernel's own pressure decision looks at, in bytes. Only a Mac (or the simulated one) has them.
 * Source: xnu `vm_pageout.c`, AVAILABLE_NON_COMPRESSED_MEMORY = active + inactive + free + speculative.
 */
export interface PageQueues {
  readonly activeBytes: number;
  readonly inactiveBytes: number;
  /** Without speculative pages: vm_stat prints free_count − speculative_count. */
  readonly freeBytes: number;
  readonly speculativeBytes: number;
  readonly purgeableBytes: number;
  readonly fileBackedBytes: number;
}

/** One look at the whole machine. The parts need not sum to the total: `memory/tiers.ts` makes them. */
export interface MachineReading {
  /** Monotonic time at which the counters were read. */
  readonly atMs: number;
  readonly totalBytes: number;
  /** What a new allocation could have without swapping: free plus reclaimable cache. Null: the memory sensor failed. */
  readonly availableBytes: number | null;
  readonly freeBytes: number;
  /** File-backed and purgeable pages that can be dropped. */
  readonly cachedBytes: number;
  /** Anonymous memory of processes that is not compressed. */
  readonly appBytes: number;
  readonly wiredBytes: number;
  /** RAM held by the compressor (macOS) or zswap/zram (Linux). */
  readonly compressorBytes: number;
  readonly swap: SwapReading | null;
  /** Raw kernel level as read; macOS returns 1, 2, 4 only. Null: the sensor failed or this depth does not read it. */
  readonly kernelLevel: number | null;
  readonly queues: PageQueues | null;
  /** Compressor segments in use (an estimate, macOS 15+) and their limit. */
  readonly segments: { readonly used: number; readonly limit: number } | null;
  /** Cumulative page faults: proof that the machine lives, against which a constant counter is judged. */
  readonly faults: number | null;
  readonly facts: readonly SensorFact[];
}

/** Identity of a process within one boot: a pid alone may be reused. `start` is opaque and only compared. */
export interface ProcessId {
  readonly pid: number;
  readonly start: string;
}

export type ProcessState = 'running' | 'sleeping' | 'stopped' | 'zombie';

export interface ProcessReading {
  readonly id: ProcessId;
  readonly ppid: number;
  readonly uid: number;
  /** Its process group; null where the host cannot tell. */
  readonly processGroup: number | null;
  /** Short name, at most 64 characters, control characters replaced. */
  readonly name: string;
  /** Full command line, at most 4096 characters, control characters replaced; the name where it is not readable. */
  readonly command: string;
  readonly state: ProcessState;
  /** What the kernel charges to the process. The only figure decisions use. */
  readonly footprintBytes: number;
  /** Shown beside the footprint, never decided upon. */
  readonly rssBytes: number;
  /** Highest footprint since the process started, as the kernel keeps it. */
  readonly peakFootprintBytes: number;
  readonly wiredBytes: number | null;
  /** Bytes of the footprint that sit in the compressor or in swap; null where the host cannot tell. */
  readonly compressedBytes: number | null;
  /** CPU time used since start, milliseconds. */
  readonly cpuMs: number;
}

/** One pass over the process table. */
export interface ProcessTable {
  readonly atMs: number;
  readonly processes: readonly ProcessReading[];
  readonly facts: readonly SensorFact[];
}

/** One string that names a process identity, for use as a map key. */
export const processKey = (id: ProcessId): string => `${id.pid}:${id.start}`;
