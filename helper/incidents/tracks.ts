/**
 * A figure that changes over time: straight lines between points. Two points at one time are a jump, and the later one
 * holds from that time on. Times are ms, values whatever the track is of (bytes, a level).
 */
export interface Track {
  readonly points: readonly [TrackPoint, ...TrackPoint[]];
  /** The points come again after this long; null: the last value stays. */
  readonly everyMs: number | null;
}

export interface TrackPoint {
  readonly atMs: number;
  readonly value: number;
}

export const constant = (value: number): Track => ({ points: [{ atMs: 0, value }], everyMs: null });

/** Before the first point its value holds, after the last one its own. */
export const valueAt = (track: Track, atMs: number): number => {
  const time = track.everyMs === null ? atMs : atMs % track.everyMs;
  let before = track.points[0];
  for (const point of track.points) {
    if (point.atMs > time) {
      if (before.atMs > time || point.atMs === before.atMs) return before.value;
      const share = (time - before.atMs) / (point.atMs - before.atMs);
      return before.value + share * (point.value - before.value);
    }
    before = point;
  }
  return before.value;
};

/** The value of the last point at or before the time: for what cannot lie between two values. */
export const stepAt = (track: Track, atMs: number): number => {
  const time = track.everyMs === null ? atMs : atMs % track.everyMs;
  let value = track.points[0].value;
  for (const point of track.points) if (point.atMs <= time) value = point.value;
  return value;
};
