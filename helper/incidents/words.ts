import type { TargetName } from './happenings.ts';

/** Times, sizes and targets as sentences of a replay have them. */

/** `1:02:05.020`, hours only when there are some. */
export const clockText = (atMs: number): string => {
  const hours = Math.floor(atMs / 3_600_000);
  const minutes = Math.floor(atMs / 60_000) % 60;
  const seconds = ((atMs % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
};

export const targetText = (target: TargetName | undefined): string =>
  target === undefined ? 'anything' : typeof target === 'number' ? `pid ${target}` : target;

export const gbText = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GB`;
