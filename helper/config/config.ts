/** A valid configuration, with every default filled in. Sizes are bytes. `castellan.toml` is its written form. */
export interface Config {
  readonly pressure: PressureConfig;
  readonly seats: readonly SeatConfig[];
  readonly relief: ReliefConfig;
  readonly alerts: {
    /** Alerts are also appended here, with the rights of the file's home: `~name/…` or an absolute path; null: not. */
    readonly file: string | null;
  };
  readonly history: { readonly maxBytes: number };
}

export interface Threshold {
  /** The level holds below this much available memory; at exactly this much it does not. */
  readonly availableBytes: number;
  /** The level holds from this share of swap in use, percent. */
  readonly swapPercent: number;
}

export interface PressureConfig {
  readonly yellow: Threshold;
  readonly orange: Threshold;
  readonly red: Threshold;
  /** The swap arm says nothing below this much swap in use: the total grows with swap files. */
  readonly swapArmFromBytes: number;
  /** At orange, compressor growth above this lifts the level to red. */
  readonly compressorGrowthBytesPerSecond: number;
}

export type EntryClass = 'freeze_only' | 'kill_allowed';

export interface ReliefConfig {
  readonly mode: 'dry_run' | 'live';
  readonly entries: readonly PolicyEntry[];
  readonly services: readonly ShedService[];
  /** Labels of services that this policy counts on; one that is not loaded is an error that is shown. */
  readonly dependsOn: readonly string[];
  /** Flushing disk caches: never, asked first, or by itself. */
  readonly purge: 'off' | 'ask' | 'automatic';
}

interface EntryBase {
  readonly name: string;
  /** RE2, searched in the whole command line. */
  readonly pattern: string;
  /** Smaller footprints are left alone. Of a group, the sum. */
  readonly freezeFloorBytes: number;
  /** What is frozen with a match: nothing else, its descendants, or its process group. At most 64 in all. */
  readonly group: 'none' | 'tree' | 'pgid';
  /** What answers here that is needed to judge the trouble ("hosts the council gateway"); last in every order, and asked first. */
  readonly oracle: string | null;
  /** The operator is not asked although the match listens, runs virtual machines, offers Mach services or is an oracle. */
  readonly withoutAsking: boolean;
  /** Processes of this account are meant although it is no login user's. */
  readonly ownerUid: number | null;
}

/** May be stopped and resumed, nothing else. */
export interface FreezeOnlyEntry extends EntryBase {
  readonly class: 'freeze_only';
}

/** May be frozen, and its end may be proposed to the operator. */
export interface KillAllowedEntry extends EntryBase {
  readonly class: 'kill_allowed';
  readonly killFloorBytes: number;
  /** Ended on red without asking when it leaks. Off unless the operator says so. */
  readonly preAuthorised: boolean;
}

export type PolicyEntry = FreezeOnlyEntry | KillAllowedEntry;

/** A service that may be shed (booted out) and is restored when memory is calm again. */
export interface ShedService {
  readonly label: string;
  /** `ladder_1`: an operating system's background service, listed by the operator to opt in. */
  readonly at: 'ladder_1' | 'yellow' | 'orange';
}

export interface SeatConfig {
  readonly name: string;
  readonly class: 'protected' | 'on_call';
  /** launchd label; its pid and that pid's descendants are the seat. */
  readonly label: string;
  /** Declared peak footprint: what is always kept for a protected seat. */
  readonly peakBytes: number;
  readonly wiredBytes: number;
  /** What answers here that is needed to judge the trouble; null: nothing. */
  readonly oracle: string | null;
  /** How long its orderly stop may take. */
  readonly drainSeconds: number;
}

export const GB = 2 ** 30;
export const MB = 2 ** 20;

/** Compiled in; what holds when there is no castellan.toml, or an invalid one at start. */
export const defaultConfig: Config = {
  pressure: {
    yellow: { availableBytes: 8 * GB, swapPercent: 70 },
    orange: { availableBytes: 4 * GB, swapPercent: 85 },
    red: { availableBytes: 2 * GB, swapPercent: 95 },
    swapArmFromBytes: 4 * GB,
    compressorGrowthBytesPerSecond: 100 * MB,
  },
  seats: [],
  relief: { mode: 'dry_run', entries: [], services: [], dependsOn: [], purge: 'off' },
  alerts: { file: null },
  history: { maxBytes: 256 * MB },
};
