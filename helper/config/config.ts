/** A valid configuration, with every default filled in. Sizes are bytes. `castellan.toml` is its written form. */
export interface Config {
  readonly pressure: PressureConfig;
  readonly seats: readonly SeatConfig[];
  readonly relief: { readonly mode: 'dry_run' | 'live' };
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

export interface SeatConfig {
  readonly name: string;
  readonly class: 'protected' | 'on_call';
  /** launchd label; its pid and that pid's descendants are the seat. */
  readonly label: string;
  /** Declared peak footprint: what is always kept for a protected seat. */
  readonly peakBytes: number;
  readonly wiredBytes: number;
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
  relief: { mode: 'dry_run' },
  history: { maxBytes: 256 * MB },
};
