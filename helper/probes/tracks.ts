import type { FindingCode } from '../protocol/health.ts';
import { type Channel, channelRules, type Finding } from './channels.ts';

/** One channel of one seat: when it is asked, and how often it failed in a row. Times are milliseconds. */

export interface Track {
  /** Failures since the last success. Only a success takes them back, not a restart of the seat or of the keeper. */
  readonly strikes: number;
  /** Said last of the run that there is now; null: nothing yet. */
  readonly found: (Finding & { readonly atMs: number }) | null;
  /** When the run that there is now passed last; null: it never has. */
  readonly passedMs: number | null;
  /** When any run did. */
  readonly lastOkMs: number | null;
  /** Since when it could have said something and has not: no failure, and yet nobody knows. */
  readonly silentSinceMs: number;
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
  passedMs: null,
  lastOkMs: null,
  silentSinceMs: nowMs,
  asking: null,
  endedMs: null,
  nextMs: nowMs,
  waits: null,
});

/** More says nothing more, and fits the file in which it is remembered. */
const mostStrikes = 9_999;

/** Counted from question to question: an answer that takes a minute must not stretch the time until a failure is believed. */
const nextAfter = ({ asking }: Track, channel: Channel, nowMs: number): number =>
  (asking?.sinceMs ?? nowMs) + channelRules[channel].everyMs;

/** Whoever asks may be gone: that says nothing of the seat. */
const graceMs = 10_000;

/** A generation of half an hour is not stood in the way of; what is at work for longer than that is asked besides. */
const patienceMs = 1_200_000;

/** Whether a question that is due waits until the seat rests. What is believed to fail has to be able to take that back. */
export const mayWait = (track: Track, channel: Channel, nowMs: number): boolean =>
  track.strikes < channelRules[channel].strikes && nowMs - track.nextMs < patienceMs;

/** Long enough for a question to have waited, to have been asked, and to have been asked again. */
const silenceMs = 2_700_000;

export const isSilent = ({ silentSinceMs }: Track, nowMs: number): boolean => nowMs - silentSinceMs >= silenceMs;

export const isDue = ({ asking, nextMs }: Track, nowMs: number): boolean => asking === null && nowMs >= nextMs;

export const asked = (track: Track, number: number, nowMs: number): Track => ({
  ...track,
  asking: { number, sinceMs: nowMs },
  waits: null,
});

export const isLate = ({ asking }: Track, channel: Channel, nowMs: number): boolean =>
  asking !== null && nowMs - asking.sinceMs >= channelRules[channel].withinMs + graceMs;

/** Nobody answers for the question any more: it is asked again in its time, and the seat is not blamed. */
export const withoutAsker = (track: Track, channel: Channel, nowMs: number): Track =>
  !isLate(track, channel, nowMs)
    ? track
    : { ...track, asking: null, endedMs: nowMs, nextMs: nextAfter(track, channel, nowMs) };

/** Whoever is to answer slept, or nobody listened: whatever was found is of another time. It is asked again at once. */
export const unheard = (track: Track, nowMs: number): Track => ({
  ...track,
  asking: null,
  endedMs: track.asking === null ? track.endedMs : nowMs,
  nextMs: nowMs,
});

/**
 * What a server may answer for no other reason than that it has much to do. A port that is closed, a chat without a word and a
 * wrong model have another.
 */
const ofLoad: readonly FindingCode[] = ['timeout', 'bad_status', 'bad_answer'];

/** Why the seat need not answer well now: a process that is stopped does nothing, one at work may be slow. */
export type Excuse = 'stopped' | 'busy' | null;

export const heard = (track: Track, channel: Channel, finding: Finding, excuse: Excuse, nowMs: number): Track => {
  const left = { ...track, asking: null, endedMs: nowMs, nextMs: nextAfter(track, channel, nowMs) };
  if (finding.ok)
    return {
      ...left,
      strikes: 0,
      found: { ...finding, atMs: nowMs },
      passedMs: nowMs,
      lastOkMs: nowMs,
      silentSinceMs: nowMs,
    };
  if (excuse === 'stopped' || (excuse === 'busy' && ofLoad.includes(finding.code))) return left;
  return {
    ...left,
    // A little sooner, so that a server that takes all its time to fail is found out within two rounds all the same.
    nextMs: left.nextMs - 2 * channelRules[channel].withinMs,
    silentSinceMs: nowMs,
    strikes: Math.min(track.strikes + 1, mostStrikes),
    found: { ...finding, atMs: nowMs },
  };
};

/** What was well so long ago is not vouched for any more, whyever nothing has been heard since. */
const longestPassMs = 1_200_000;

/** What is known of a channel: `unknown` until the seat's present run has passed or is believed to fail, and when the pass is too long ago. */
export type Standing = 'pass' | 'fail' | 'unknown';

export const standingOf = ({ found, passedMs, strikes }: Track, channel: Channel, nowMs: number): Standing => {
  const { everyMs, withinMs, strikes: limit } = channelRules[channel];
  if (found?.ok === false && strikes >= limit) return 'fail';
  if (passedMs === null) return 'unknown';
  // One question may have been lost, or have failed; two, and nobody asks any more.
  const passForMs = Math.min(2 * everyMs + withinMs + graceMs, longestPassMs);
  return nowMs - passedMs > passForMs ? 'unknown' : 'pass';
};
