/**
 * What a report of macOS says about an incident of memory, in the operator's terms. Two kinds of report are read: the
 * snapshot that macOS writes when it ends processes for memory (`JetsamEvent-*.ips`), and the record of a kernel panic
 * (`panic-full-*`, `panic-base+socd-*`). What a report does not say is null, never a guess.
 */

export interface ReportedProcess {
  readonly pid: number | null;
  readonly name: string;
  readonly bytes: number | null;
  /**
   * What `bytes` counts. A JetsamEvent has the footprint (`rpages`, from `get_task_phys_footprint`, xnu
   * kern_memorystatus.c); a panic only what was resident, which leaves out what is compressed, swapped, or the GPU's.
   */
  readonly measure: 'footprint' | 'resident';
  /** Highest footprint of its life, bytes. */
  readonly peakBytes: number | null;
  /** The part of it that the compressor held, bytes, before compression. */
  readonly compressedBytes: number | null;
  /** Number of its jetsam band, as the report has it. */
  readonly band: number | null;
  readonly states: readonly string[];
  /** Why macOS ended it, by the kernel's own word; null for those it did not end. */
  readonly reason: string | null;
  /** Of no consequence on a Mac that does not freeze applications; shown in `--json`. */
  readonly freezeSkipReason: string | null;
}

export interface LimitUsed {
  /** Of the kernel's limit. */
  readonly percent: number;
  /** The kernel's own judgement: above 98 % (xnu osfmk/kern/debug.c). */
  readonly isBad: boolean;
}

export interface CompressorReport {
  /** Memory it takes, bytes. */
  readonly sizeBytes: number | null;
  /** What it holds, as it was before compression, bytes. */
  readonly storedBytes: number | null;
  /** Only in panics. Segments run out first as a rule: 100 % of them with 31–67 % of the pages has been seen often. */
  readonly segments: LimitUsed | null;
  readonly pages: LimitUsed | null;
}

export interface SwapReport {
  readonly files: number | null;
  /** The kernel found swap space low. */
  readonly isLow: boolean | null;
}

/** Tiers of memory at that moment, bytes. */
export interface MemoryReport {
  readonly freeBytes: number | null;
  readonly wiredBytes: number | null;
  readonly anonymousBytes: number | null;
  readonly fileBackedBytes: number | null;
  /** Sum of all tiers: nearly what the machine has. */
  readonly totalBytes: number | null;
}

export type Reason =
  /** macOS ended processes; `code` is the kernel's word for why the largest of them had to go. */
  | { readonly kind: 'killed'; readonly code: string }
  /** A snapshot that names nobody as ended. */
  | { readonly kind: 'none_named' }
  /** The kernel heard nothing of watchdogd for so long. 90, 91, 93, 94 and 182 have been seen. */
  | { readonly kind: 'watchdog'; readonly seconds: number | null }
  /** watchdogd heard nothing of a service. */
  | { readonly kind: 'userspace_watchdog'; readonly service: string; readonly seconds: number | null }
  | { readonly kind: 'other_panic'; readonly text: string; readonly task: string | null }
  /** The report ends before it says. */
  | { readonly kind: 'unknown' };

/** Processes of one name, taken together. */
export interface ProcessGroup {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

/** All that is read out of the file; `verdict` adds the words. */
export interface ReportFacts {
  readonly kind: 'jetsam' | 'panic';
  /** When it happened, wall time in ms since 1970. */
  readonly at: number | null;
  /**
   * Whether `at` is the moment itself. The time in the header of a panic is when the report was written, at the next
   * start, which may be hours later; the moment itself stands in the kernel's own words ("Calendar").
   */
  readonly atIs: 'event' | 'written';
  /** The panic's own boot, wall time in ms. */
  readonly bootedAt: number | null;
  readonly os: string | null;
  /** Everything was there to read; false: the file ends early, is damaged, or has more than is read. */
  readonly isComplete: boolean;
  readonly reason: Reason;
  /** The largest of those macOS ended; one that was idle only if there was no other. Never simply the largest process. */
  readonly victim: ReportedProcess | null;
  /** How many were ended for each reason, most first. */
  readonly ended: readonly { readonly code: string; readonly count: number }[];
  readonly largest: ReportedProcess | null;
  /** The name with the largest sum, where more than one process has it. */
  readonly largestGroup: ProcessGroup | null;
  /** Largest first, at most `topCount`. */
  readonly top: readonly ReportedProcess[];
  /** How many the report lists; null: it has no list. */
  readonly processCount: number | null;
  readonly compressor: CompressorReport | null;
  readonly swap: SwapReport | null;
  readonly memory: MemoryReport | null;
}

export interface Verdict extends ReportFacts {
  /** Whether the machine ran out of memory; null: the report does not tell. */
  readonly shortOfMemory: boolean | null;
  /** One sentence for the operator. */
  readonly sentence: string;
  /** What would have helped, or why nothing would have: sentences. */
  readonly helped: readonly string[];
}

export const topCount = 20;
