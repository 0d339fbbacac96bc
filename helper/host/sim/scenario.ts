import type { SimKey } from './keys.ts';

/**
 * A simulated machine and what happens on it, as plain data. Sizes are bytes (1 GB is 2^30).
 * `events` uses the vocabulary of `castellan sim set`, so that whatever an operator can do a scenario can too.
 */
export interface Scenario {
  readonly name: string;
  /** One sentence for `sim set help`. */
  readonly summary: string;
  readonly machine: MachineSpec;
  readonly processes: readonly ProcessSpec[];
  /** Applied in order of `atMs` (virtual milliseconds since the start). */
  readonly events: readonly ScenarioEvent[];
  /** Footprints wander a little and short-lived helpers come and go. Off: nothing changes unless told to. */
  readonly isLively: boolean;
}

export interface ScenarioEvent {
  readonly atMs: number;
  readonly key: SimKey;
  readonly value: string;
}

export interface MachineSpec {
  readonly totalBytes: number;
  readonly pageBytes: number;
  /** Wired memory that no process explains. */
  readonly kernelWiredBytes: number;
  /** File cache at the start. */
  readonly fileBytes: number;
  readonly purgeableBytes: number;
  /** Room on the disk for swap files. */
  readonly swapLimitBytes: number;
  /** Compressed bytes, in RAM and in swap, at which the compressor has used up its segments. */
  readonly compressorPoolBytes: number;
  /**
   * Share of the wired memory of a process (0 to 1, default 0) that the kernel does not give back after SIGKILL: reported
   * of large Metal models, whose wired buffers stayed until the next boot.
   */
  readonly wiredLeakShare?: number;
  /** How fast the memory of a process that ended comes back, bytes a second; default: at once. */
  readonly returnBytesPerSecond?: number;
}

export interface ServiceSpec {
  readonly label: string;
  /** launchd starts it again whenever it ends. */
  readonly keepAlive: boolean;
  /** It is started when it is loaded; default: only with keepAlive. */
  readonly runAtLoad?: boolean;
  /** Seconds between two starts at least; launchd's default is 10. */
  readonly throttleSeconds?: number;
  /** Seconds between bootout's TERM and its KILL; 5 has been seen as default. */
  readonly exitTimeoutSeconds?: number;
  /** It offers Mach services; default: it does not. */
  readonly machServices?: boolean;
}

export interface BurstSpec {
  readonly peakBytes: number;
  readonly firstSeconds: number;
  /** Mean distance of two bursts; the actual one differs by up to a fifth. */
  readonly everySeconds: number;
  readonly riseSeconds: number;
  readonly holdSeconds: number;
}

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly uid?: number;
  /** Name of the process that started it (launchd otherwise) and with which it ends. */
  readonly parent?: string;
  readonly service?: ServiceSpec;
  /** Footprint at rest: wired + uncompressed + compressed. */
  readonly footprintBytes: number;
  readonly wiredBytes?: number;
  /** Part of the footprint that is compressed at the start. */
  readonly compressedBytes?: number;
  /** Highest footprint before the simulation began. */
  readonly lifetimePeakBytes?: number;
  /** Set for processes whose memory belongs to the GPU: what ps shows, whatever the footprint. */
  readonly hiddenRssBytes?: number;
  /** Share of its memory that it does not touch and that the kernel may compress. */
  readonly coldShare?: number;
  /** Uncompressed over compressed size of its memory. */
  readonly ratio?: number;
  /** Share of one core. */
  readonly cpuShare?: number;
  /** Speed at which a fresh start reaches the footprint at rest, bytes a second. */
  readonly loadBytesPerSecond?: number;
  /** Milliseconds from all loaded to ready, default 0. */
  readonly warmUpMs?: number;
  /** Milliseconds from TERM to its end; a process for which this is given handles TERM and exits with code 0. */
  readonly stopMs?: number;
  /** Addresses it listens on, "127.0.0.1:1337"; default: none. */
  readonly listens?: readonly string[];
  /** It runs virtual machines; default: it does not. */
  readonly isHypervisor?: boolean;
  /** Part of macOS; default: it is not. */
  readonly isPlatform?: boolean;
  /** Default: that of the process that started it, or its own when launchd did. */
  readonly processGroup?: number;
  /** Share of its wired memory (0 to 1) that stays wired when it is ended by SIGKILL; default: the machine's. */
  readonly wiredLeakShare?: number;
  readonly burst?: BurstSpec;
  readonly leakBytesPerSecond?: number;
  readonly band?: number;
}
