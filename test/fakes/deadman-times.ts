import { type DeadmanTimes, deadmanTimes } from '../../helper/deadman/times.ts';

/** The deadman's times, all of them shorter by the same factor; a process still gets its time to run again. */
export const scaledTimes = (factor: number): DeadmanTimes => ({
  ...(Object.fromEntries(
    Object.entries(deadmanTimes).map(([name, ms]) => [name, Math.max(1, ms * factor)]),
  ) as unknown as DeadmanTimes),
  verifyMs: deadmanTimes.verifyMs,
});
