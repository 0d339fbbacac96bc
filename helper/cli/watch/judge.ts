import type { Finding, Look } from './look.ts';

/**
 * From looks to a verdict. Pure. Each channel has its own strikes, and one success takes them back. Well is only a machine of which
 * somebody has seen that a seat does its work: a port that answers has been green for sixteen hours before.
 */

export const verdicts = ['well', 'unproven', 'unreachable', 'refused', 'stale', 'no_work'] as const;
export type Verdict = (typeof verdicts)[number];

export const isTrouble = (verdict: Verdict): boolean => verdict !== 'well' && verdict !== 'unproven';

interface Channel {
  readonly strikes: number;
  /** Believed. */
  readonly isDown: boolean;
  /** Null: it has said nothing. */
  readonly last: Finding;
}

export interface Judged {
  readonly reach: Channel;
  readonly heartbeat: Channel;
  /** Our own question. */
  readonly chat: Channel;
  /** What the keeper says of seats. */
  readonly seats: Channel;
  readonly isRefused: boolean;
}

const untold: Channel = { strikes: 0, isDown: false, last: null };
export const nothingJudged: Judged = {
  reach: untold,
  heartbeat: untold,
  chat: untold,
  seats: untold,
  isRefused: false,
};

const stepped = (before: Channel, finding: Finding, most: number): Channel => {
  if (finding === null) return before;
  if (finding.ok) return { strikes: 0, isDown: false, last: finding };
  const strikes = before.strikes + 1;
  return { strikes, isDown: before.isDown || strikes >= most, last: finding };
};

/** What a keeper that is silent said of seats before is worth nothing. */
const seatsAfter = (before: Channel, { heartbeat, seats }: Look, most: number): Channel =>
  heartbeat?.ok === true && seats === null ? untold : stepped(before, seats, most);

/** @param most strikes until it is believed */
export const judge = (before: Judged, seen: Look, chat: Finding, most: number): Judged => ({
  reach: stepped(before.reach, seen.reach, most),
  heartbeat: stepped(before.heartbeat, seen.heartbeat, most),
  chat: stepped(before.chat, chat, most),
  seats: seatsAfter(before.seats, seen, most),
  isRefused: seen.reach.isRefused,
});

const isUp = ({ last, isDown }: Channel): boolean => !isDown && last?.ok === true;

const isPending = ({ last, isDown }: Channel): boolean => !isDown && last?.ok === false;

/** @returns what it was `before` while a failure is being confirmed; null: nothing can be said yet */
export const verdictOf = (judged: Judged, before: Verdict | null): Verdict | null => {
  const { reach, heartbeat, chat, seats, isRefused } = judged;
  if (reach.isDown) return isRefused ? 'refused' : 'unreachable';
  if (heartbeat.isDown) return 'stale';
  if (chat.isDown || seats.isDown) return 'no_work';
  if ([reach, heartbeat, chat, seats].some(isPending))
    return before !== null && isTrouble(before) ? 'unproven' : before;
  return isUp(chat) || isUp(seats) ? 'well' : 'unproven';
};
