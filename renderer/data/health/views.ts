import type { Channel, ChannelStatus } from '../../../helper/protocol/health.ts';
import type { SeatStatus } from '../../../helper/protocol/status.ts';
import { agoText, roughSpan } from '../../text/format.ts';
import { stateWords } from '../seats/seats.ts';
import { channelNames, type Marked, markOf, saidOf } from './health.ts';

/** The page of health: each seat with what its three channels have said, and how many stand how. */

/** What each says, and when it is asked. */
const channelAsks: Readonly<Record<Channel, string>> = {
  cheap: 'Its list of models answers; asked each minute',
  inference: 'It answers a chat of one word; asked every ten minutes, never while it is at work',
  integrity: 'What its next start needs is there and whole; looked at every five minutes',
};

/** The key of `[seat.health]` that has it asked. */
const channelKeys: Readonly<Record<Channel, string>> = { cheap: 'list', inference: 'chat', integrity: 'program' };

export interface ChannelView {
  readonly channel: Channel;
  readonly name: string;
  readonly asks: string;
  readonly state: ChannelStatus['state'];
  /** Its state in words; `waits: busy` with it where that is so. */
  readonly word: string;
  /** "1 of 3 strikes"; empty when it is not asked. */
  readonly strikes: string;
  /** What was said last, as it was said; empty: nothing was, or it was well and there is no more to it. */
  readonly said: string;
  /** Code, age and how long it took: "timeout, 4 min ago, after 5000 ms". */
  readonly about: string;
  /** "last success 4 min ago"; empty where what was said last is that success. */
  readonly success: string;
}

const stateWord: Readonly<Record<ChannelStatus['state'], string>> = {
  pass: 'ok',
  fail: 'fails',
  unknown: 'not asked yet',
  off: 'not asked',
};

const successOf = ({ last, okAgoSeconds }: ChannelStatus): string => {
  if (last?.ok === true) return '';
  return okAgoSeconds === null ? 'no success yet' : `last success ${agoText(okAgoSeconds)}`;
};

const aboutOf = ({ last }: ChannelStatus): string =>
  last === null
    ? ''
    : `${last.code}, ${agoText(last.agoSeconds)}${last.ms === null ? '' : `, after ${Math.round(last.ms)} ms`}`;

export const channelView = (status: ChannelStatus): ChannelView => {
  const { channel, state, strikes, limit, last, waits } = status;
  const isOff = state === 'off';
  const word = waits === null ? stateWord[state] : `${stateWord[state]}, waits: ${waits}`;
  return {
    channel,
    name: channelNames[channel],
    asks: channelAsks[channel],
    state,
    word: isOff ? `${word}: [seat.health] has no \`${channelKeys[channel]}\`` : word,
    strikes: isOff ? '' : `${strikes} of ${limit} ${limit === 1 ? 'strike' : 'strikes'}`,
    said: isOff ? '' : (last?.detail ?? ''),
    about: isOff ? '' : aboutOf(status),
    success: isOff ? '' : successOf(status),
  };
};

/** A seat on the page of health. */
export interface SeatHealthView extends Marked {
  readonly name: string;
  /** What it does now: "Ready". */
  readonly state: string;
  /** How long the verdict has been this one; empty: there is none. */
  readonly lasting: string;
  readonly said: string;
  /** None of a seat that is not checked. */
  readonly channels: readonly ChannelView[];
}

const seatHealthView = ({ name, state, health }: SeatStatus): SeatHealthView => ({
  ...markOf(health),
  name,
  state: stateWords[state],
  lasting: health === null || health.verdict === null ? '' : `for ${roughSpan(health.forSeconds)}`,
  said: saidOf(health),
  channels: health?.channels.map(channelView) ?? [],
});

/** What is not well goes first; apart from that they stand as castellan.toml has them. */
export const seatHealthViews = (seats: readonly SeatStatus[]): readonly SeatHealthView[] => {
  const views = seats.map(seatHealthView);
  return [...views.filter(({ tone }) => tone === 'ill'), ...views.filter(({ tone }) => tone !== 'ill')];
};

/** How many seats stand how, one line: "1 not well, 2 well, 1 not checked". */
export const healthSummary = (seats: readonly SeatStatus[]): string => {
  if (seats.length === 0) return 'There are no seats: castellan.toml declares none.';
  const marks = seats.map(({ health }) => markOf(health));
  if (marks.every(({ mark }) => mark === 'unchecked')) return 'Nothing is asked of the seats, and nothing is claimed.';
  const count = (is: (marked: Marked) => boolean, word: string): readonly string[] => {
    const found = marks.filter(is).length;
    return found === 0 ? [] : [`${found} ${word}`];
  };
  const counts = [
    ...count(({ tone }) => tone === 'ill', 'not well'),
    ...count(({ tone }) => tone === 'well', 'well'),
    ...count(({ mark, tone }) => mark === 'unknown' && tone === 'open', 'not known'),
    ...count(({ mark }) => mark === 'unchecked', 'not checked'),
  ];
  return `${seats.length === 1 ? '1 seat' : `${seats.length} seats`}: ${counts.join(', ')}.`;
};

/** What has a seat asked about its health, as it stands in castellan.toml below that seat's own lines. */
export const healthLines: readonly string[] = [
  '[seat.health]',
  'list = ["http://127.0.0.1:1337/v1/models"]',
  'chat = "http://127.0.0.1:1337/v1/chat/completions"',
  'program = "/opt/sanctum/bin/sanctum-mlx"',
];
