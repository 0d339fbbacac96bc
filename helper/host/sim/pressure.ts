/**
 * The kernel's pressure level, computed as xnu does (`osfmk/vm/vm_pageout.c`, `vm_pressure_response` and the
 * VM_PRESSURE_* macros; divisors 20, 25 and 35 from `vm_compressor.c` for a Mac with more than 3 GB).
 *
 * NC = active + inactive + free + speculative pages, A = NC + pages the compressor occupies. Wired pages are in neither.
 */

/** What `kern.memorystatus_vm_pressure_level` returns: normal, warning (urgent too), critical. Never 3. */
export type KernelLevel = 1 | 2 | 4;

/** A / 2: below it WARN begins, above 12/10 of it normal returns (0.50 and 0.60). */
const compactThreshold = (a: number): number => Math.floor((a * 10) / 20);
/** 10 A / 25: below it compressed segments go to swap (0.40). */
export const swapThreshold = (a: number): number => Math.floor((a * 10) / 25);
/** 10 A / 35: below 12/10 of it CRITICAL begins, above 14/10 of it WARN returns (0.343 and 0.40). */
const unthrottleThreshold = (a: number): number => Math.floor((a * 10) / 35);

/** The compressor is low on space at 98 % of its segments. */
export const lowOnSpaceShare = 0.98;

/** @param nc pages not compressed, @param compressor pages the compressor occupies */
export const nextKernelLevel = (
  level: KernelLevel,
  nc: number,
  compressor: number,
  isLowOnSpace: boolean,
): KernelLevel => {
  const a = nc + compressor;
  const toWarning = nc < compactThreshold(a);
  const toNormal = nc > Math.floor((12 * compactThreshold(a)) / 10);
  const toCritical = isLowOnSpace || nc < Math.floor((12 * unthrottleThreshold(a)) / 10);
  const fromCritical = nc > Math.floor((14 * unthrottleThreshold(a)) / 10);
  if (level === 1) return toCritical ? 4 : toWarning ? 2 : 1;
  if (level === 2) return toNormal ? 1 : toCritical ? 4 : 2;
  return toNormal ? 1 : fromCritical ? 2 : 4;
};
