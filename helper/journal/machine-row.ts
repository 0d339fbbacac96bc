import type { MachineRow } from './history-schema.ts';
import type { MachineSample, SeatSample } from './samples.ts';

/** Samples as database rows and back, and the minute that stands for many. */

/** A whole number or nothing: STRICT tables refuse the rest, and one odd figure must not cost the batch. */
const whole = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER ? null : Math.round(value);

export const rowOf = (sample: MachineSample): MachineRow => ({
  wall_ms: whole(sample.wallMs) ?? 0,
  wired_bytes: whole(sample.tiers === null ? null : sample.tiers.wired),
  compressed_bytes: whole(sample.tiers === null ? null : sample.tiers.compressed),
  app_bytes: whole(sample.tiers === null ? null : sample.tiers.app),
  cached_bytes: whole(sample.tiers === null ? null : sample.tiers.cached),
  free_bytes: whole(sample.tiers === null ? null : sample.tiers.free),
  swap_used_bytes: whole(sample.swapUsedBytes),
  level: whole(sample.level) ?? 0,
  kernel_level: whole(sample.kernelLevel),
  compressor_growth_bytes_per_second: whole(sample.compressorGrowthBytesPerSecond),
  reserve_line_bytes: whole(sample.reserveLineBytes),
});

const levelOf = (value: number | null): MachineSample['level'] =>
  value === 1 || value === 2 || value === 3 ? value : 0;

export const sampleOf = (row: MachineRow, seats: readonly SeatSample[]): MachineSample => ({
  wallMs: row.wall_ms ?? 0,
  tiers:
    row.wired_bytes === null
      ? null
      : {
          wired: row.wired_bytes,
          compressed: row.compressed_bytes ?? 0,
          app: row.app_bytes ?? 0,
          cached: row.cached_bytes ?? 0,
          free: row.free_bytes ?? 0,
        },
  swapUsedBytes: row.swap_used_bytes,
  level: levelOf(row.level),
  kernelLevel: row.kernel_level,
  compressorGrowthBytesPerSecond: row.compressor_growth_bytes_per_second,
  reserveLineBytes: row.reserve_line_bytes,
  seats,
});

const unreclaimable = (row: MachineRow): number =>
  row.wired_bytes === null ? -1 : row.wired_bytes + (row.compressed_bytes ?? 0);

const higher = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** The worse of two rows: tiers of the one with more wired + compressed (the later of equals), the highest of the rest. */
export const worse = (before: MachineRow, after: MachineRow): MachineRow => {
  const shown = unreclaimable(after) >= unreclaimable(before) ? after : before;
  return {
    ...shown,
    wall_ms: before.wall_ms,
    swap_used_bytes: higher(before.swap_used_bytes, after.swap_used_bytes),
    level: higher(before.level, after.level),
    kernel_level: higher(before.kernel_level, after.kernel_level),
    compressor_growth_bytes_per_second: higher(
      before.compressor_growth_bytes_per_second,
      after.compressor_growth_bytes_per_second,
    ),
  };
};
