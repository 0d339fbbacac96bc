import { type Channel, channelRules, type Finding } from './channels.ts';

/** One channel of one seat: when it is asked, and how often it failed in a row. Times are milliseconds. */

export interface Track {
  /** Failures since the last success. Only a success takes them back, not a restart of the seat or of the keeper. */
  readonly strikes: number;
  /** Said last of the run that there is now; null: nothing yet. */
  readonly found: (Finding & { readonly atMs: number }) | null;
  readonly lastOkMs: number | null;
  readonly asking: { readonly number: number; readonly sinceMs: number } | null;
  /** When the last question ended; null: none has. */
  readonly endedMs: number | null;
  readonly nextMs: number;
  /** It is due and not asked, because the seat is at work; null: it is asked in its time. */
  readonly waits: 'busy' | null;
}

export const newTrack = (nowMs: number, strikes = 0): Track => ({
  strikes,
  found: null,
  lastOkMs: null,
  asking: null,
  endedMs: null,
  nextMs: nowMs,
  waits: null,
});

/** More says nothing more, and fits the file in which it is remembered. */
const mostStrikes = 9_999;

/** Whoever asks may be gone: that says nothing of the seat. */
const graceMs = 10_000;

export const isDue = ({ asking, nextMs }: Track, nowMs: number): boolean => asking === null && nowMs >= nextMs;

export const asked = (track: Track, number: number, nowMs: number): Track => ({
  ...track,
  asking: { number, sinceMs: nowMs },
  waits: null,
});

/** Nobody answers for the question any more: it is asked again in its time, and the seat is not blamed. */
export const withoutAsker = (track: Track, channel: Channel, nowMs: number): Track =>
  track.asking === null || nowMs - track.asking.sinceMs < channelRules[channel].withinMs + graceMs
    ? track
    : { ...track, asking: null, endedMs: nowMs, nextMs: nowMs + channelRules[channel].everyMs };

/** @param isExcused the seat was frozen or at work: that it did not answer is no strike */
export const heard = (track: Track, channel: Channel, finding: Finding, isExcused: boolean, nowMs: number): Track => {
  const left = { ...track, asking: null, endedMs: nowMs, nextMs: nowMs + channelRules[channel].everyMs };
  if (finding.ok) return { ...left, strikes: 0, found: { ...finding, atMs: nowMs }, lastOkMs: nowMs };
  if (isExcused) return left;
  return { ...left, strikes: Math.min(track.strikes + 1, mostStrikes), found: { ...finding, atMs: nowMs } };
};

/** What is known of a channel: `unknown` until the seat's present run has said something, and when that is too long ago. */
export type Standing = 'pass' | 'fail' | 'unknown';

export const standingOf = ({ found, strikes }: Track, channel: Channel, nowMs: number): Standing => {
  const { everyMs, withinMs, strikes: limit } = channelRules[channel];
  if (found === null) return 'unknown';
  if (!found.ok && strikes >= limit) return 'fail';
  // One question may have been lost; two, and nobody asks any more.
  return nowMs - found.atMs > 2 * everyMs + withinMs + graceMs ? 'unknown' : 'pass';
};
