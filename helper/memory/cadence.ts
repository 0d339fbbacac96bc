import { GB, MB } from '../config/config.ts';
import { slotMs } from './level.ts';

const fastestMs = 10;
/** Never faster than this while memory is not being filled: standing close to the edge is not falling. */
const calmFastestMs = 100;
/** Below this a fill counts as none. The forecast's noise floor is the same. */
export const calmFillBytesPerSecond = 64 * MB;
/** A model load reaches several GB/s: assume at least this, so that the first sample of a burst is not the last. */
const assumedFillBytesPerSecond = GB;

/**
 * Milliseconds to the next sample: a quarter of the time in which the fill would use up the headroom.
 * At 8 GB of headroom and a calm machine that is 2 s, the slot length.
 */
export const sampleIntervalMs = (headroomBytes: number | null, fillBytesPerSecond: number | null): number => {
  if (headroomBytes === null) return slotMs;
  const fill = fillBytesPerSecond ?? 0;
  const interval = (1000 * headroomBytes) / (4 * Math.max(fill, assumedFillBytesPerSecond));
  const fastest = fill < calmFillBytesPerSecond ? calmFastestMs : fastestMs;
  return Number.isNaN(interval) ? fastest : Math.min(Math.max(interval, fastest), slotMs);
};
