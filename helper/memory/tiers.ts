import type { MachineReading } from '../host/reading.ts';
import type { Tiers } from '../protocol/index.ts';

/** Order in which an overlap of counters is taken back: the least certain first. */
const overlapOrder = ['cached', 'app', 'free', 'wired', 'compressed'] as const;

/**
 * The five tiers of memory, bytes, that sum to `totalBytes` exactly.
 *
 * Counters are read one after the other and leave some pages out, so they never quite add up. What no counter explains
 * is memory the page allocator never had (firmware, kernel text): it is wired. An overlap is taken from the cache
 * first, because pages can be cached and locked at once.
 */
export const tiersOf = (reading: MachineReading): Tiers => {
  const total = reading.totalBytes;
  const part = (bytes: number): number =>
    Number.isFinite(bytes) ? Math.min(Math.max(Math.round(bytes), 0), total) : 0;
  const tiers = {
    wired: part(reading.wiredBytes),
    compressed: part(reading.compressorBytes),
    app: part(reading.appBytes),
    cached: part(reading.cachedBytes),
    free: part(reading.freeBytes),
  };
  let excess = tiers.wired + tiers.compressed + tiers.app + tiers.cached + tiers.free - total;
  if (excess < 0) tiers.wired -= excess;
  for (const tier of overlapOrder) {
    if (excess <= 0) break;
    const taken = Math.min(excess, tiers[tier]);
    tiers[tier] -= taken;
    excess -= taken;
  }
  return tiers;
};
