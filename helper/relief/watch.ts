import { MB } from '../config/config.ts';
import { type ProcessId, processKey } from '../host/reading.ts';
import type { Point } from '../memory/growth.ts';
import type { Seen } from './world.ts';

/**
 * Growth of what the policy matches. Two windows: one point a slot, by which the level path tells growth from a moment's
 * breath, and the last few samples however close they are, by which the brake tells who fills the machine now.
 */

export interface Watched {
  /** Key of the match; with a group, of its first process. */
  readonly key: string;
  readonly ids: readonly ProcessId[];
  readonly slow: readonly Point[];
  readonly fast: readonly Point[];
}

/** A hog grows when it gained this much a second, on average over at least four seconds. */
export const growingBytesPerSecond = 8 * MB;
const growingOverMs = 4_000;
const slowWindowMs = 10_000;
/** As many as the fill of the machine is judged by. */
const fastPoints = 4;

const slope = (points: readonly Point[], overMs: number): number | null => {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < overMs || last.atMs === first.atMs)
    return null;
  return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
};

/** Mean growth over up to ten seconds, bytes a second; null until four seconds have been seen. */
export const slowGrowth = (watched: Watched): number | null => slope(watched.slow, growingOverMs);

/** Growth over the last few samples, bytes a second; null until two exist. */
export const fastGrowth = (watched: Watched): number | null => slope(watched.fast, 0);

const sumOf = (ids: readonly ProcessId[], seen: Seen): number | null => {
  let bytes = 0;
  for (const id of ids) {
    const process = seen.get(processKey(id));
    if (process === undefined) return null;
    bytes += process.footprintBytes;
  }
  return bytes;
};

/** One more sample. What was not read in it, or not as a whole, keeps what it had. */
export const observeWatched = (
  watched: readonly Watched[],
  nowMs: number,
  seen: Seen,
  closesSlot: boolean,
): readonly Watched[] => {
  if (watched.length === 0 || seen.size === 0) return watched;
  return watched.map((each) => {
    const bytes = sumOf(each.ids, seen);
    if (bytes === null || each.fast.at(-1)?.atMs === nowMs) return each;
    const point: Point = { atMs: nowMs, bytes };
    return {
      ...each,
      fast: [...each.fast.slice(-(fastPoints - 1)), point],
      slow: closesSlot ? [...each.slow.filter(({ atMs }) => atMs >= nowMs - slowWindowMs), point] : each.slow,
    };
  });
};

/** Who is watched from now on. A group whose members changed begins anew: its sum would jump. */
export const rewatch = (
  before: readonly Watched[],
  wanted: readonly { readonly key: string; readonly ids: readonly ProcessId[] }[],
): readonly Watched[] =>
  wanted.map(({ key, ids }) => {
    const known = before.find((each) => each.key === key);
    const isSame =
      known !== undefined &&
      known.ids.length === ids.length &&
      known.ids.every((id, at) => id.pid === ids[at]?.pid && id.start === ids[at]?.start);
    return isSame ? known : { key, ids, slow: [], fast: [] };
  });
