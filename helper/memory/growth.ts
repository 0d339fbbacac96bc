import { slotMs } from './level.ts';

/** A value at a time; a window of them is kept oldest first. */
export interface Point {
  readonly atMs: number;
  readonly bytes: number;
}

export const growthWindowMs = 30_000;

/** Appends to a window and drops what is older than `lengthMs`, but keeps one point at or beyond its far edge. */
export const extendWindow = (window: readonly Point[], point: Point, lengthMs: number): readonly Point[] => {
  const edge = point.atMs - lengthMs;
  let first = 0;
  for (let next = 1; next < window.length; next++) if ((window[next]?.atMs ?? edge + 1) <= edge) first = next;
  return [...window.slice(first), point];
};

/** Mean growth over the whole window, bytes a second; null until the window is full. */
export const windowGrowth = (window: readonly Point[], lengthMs: number): number | null => {
  const oldest = window[0];
  const newest = window.at(-1);
  // One slot of grace: the point at the far edge may have been taken a little late.
  if (!oldest || !newest || newest.atMs - oldest.atMs < lengthMs - slotMs / 2) return null;
  return ((newest.bytes - oldest.bytes) * 1000) / (newest.atMs - oldest.atMs);
};

/** Median of the slopes between neighbours, bytes a second; null until the window is full. */
export const medianSlope = (window: readonly Point[], lengthMs: number): number | null => {
  if (windowGrowth(window, lengthMs) === null) return null;
  const slopes: number[] = [];
  for (let index = 1; index < window.length; index++) {
    const before = window[index - 1];
    const after = window[index];
    if (before && after && after.atMs > before.atMs)
      slopes.push(((after.bytes - before.bytes) * 1000) / (after.atMs - before.atMs));
  }
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  const upper = slopes[middle];
  if (upper === undefined) return null;
  return slopes.length % 2 === 1 ? upper : (upper + (slopes[middle - 1] ?? upper)) / 2;
};

/** Samples kept for the fill rate; the fastest interval is 10 ms. */
const fillPoints = 4;

export const extendFill = (recent: readonly Point[], point: Point): readonly Point[] => [
  ...recent.slice(Math.max(0, recent.length - fillPoints + 1)),
  point,
];

/**
 * How fast available memory falls, bytes a second; negative while it rises; null until two samples exist. The steeper
 * of the last step and the last few: a ramp that has just begun must not hide behind the calm before it.
 */
export const fillRate = (recent: readonly Point[]): number | null => {
  const newest = recent.at(-1);
  const previous = recent.at(-2);
  const oldest = recent[0];
  if (!newest || !previous || !oldest || newest.atMs <= previous.atMs) return null;
  const slope = (from: Point): number => ((from.bytes - newest.bytes) * 1000) / (newest.atMs - from.atMs);
  return Math.max(slope(previous), slope(oldest));
};
