import { GB, MB } from '../config/config.ts';
import { slotMs } from './level.ts';

const fastestMs = 10;
/** Never faster than this while memory is not being filled: standing close to the edge is not falling. */
const calmFastestMs = 100;
/** Below this a fill counts as none. The forecast's noise floor is the same. */
export const calmFillBytesPerSecond = 64 * MB;
/** A model load reaches several GB/s: assume at least this, so that the first sample of a burst is not the last. */
const assumedFillBytesPerSecond = GB;

/** A fill that has just begun looks slower than it is, by the part of the last interval in which there was none. */
const onsetMs = 50;
/** The next sample meets the line where the fill promises to cross it; sooner than this it would see no difference. */
const soonestMs = 2;
const tellingBytes = MB;

/**
 * Milliseconds to the next sample: a quarter of the time in which the fill would use up the headroom.
 * At 8 GB of headroom and a calm machine that is 2 s, the slot length.
 */
export const sampleIntervalMs = (
  headroomBytes: number | null,
  fillBytesPerSecond: number | null,
  hasJustBegun = false,
): number => {
  if (headroomBytes === null) return slotMs;
  const fill = fillBytesPerSecond ?? 0;
  const interval = (headroomBytes / (4 * Math.max(fill, assumedFillBytesPerSecond))) * 1000;
  const isCalm = fill < calmFillBytesPerSecond;
  const fastest = isCalm ? calmFastestMs : fastestMs;
  const usual = Number.isNaN(interval) ? fastest : Math.min(Math.max(interval, fastest), slotMs);
  if (isCalm || !(headroomBytes > 0)) return usual;
  const tellingMs = Math.max(soonestMs, (1000 * tellingBytes) / fill);
  // In this order, so that figures beyond all machines do not meet as infinities.
  const soon = Math.max((headroomBytes / fill) * 1000, tellingMs);
  return Math.min(usual, soon, hasJustBegun ? Math.max(onsetMs, tellingMs) : slotMs);
};
