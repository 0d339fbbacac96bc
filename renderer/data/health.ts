import type { Channel, ChannelStatus, HealthStatus, Verdict } from '../../helper/protocol/health.ts';
import type { SeatStatus } from '../../helper/protocol/status.ts';
import { agoText, roughSpan, spokenSpan } from '../text/format.ts';
import { stateWords } from './seats.ts';

/**
 * A seat's health as the popover shows it: words, nothing of the page. What was not asked is neither well nor ill, and is said
 * to be so.
 */

/** `unknown`: it is asked and has not said anything yet. `unchecked`: castellan.toml does not say what to ask. */
export type HealthMark = Verdict | 'unknown' | 'unchecked';

/** The words of `castellan health`. */
export const markWords: Readonly<Record<HealthMark, string>> = {
  healthy: 'Healthy',
  busy: 'Busy',
  zombie: 'Zombie',
  doomed: 'Doomed',
  hollow: 'Hollow',
  frozen: 'Frozen',
  config_error: 'Config error',
  unreachable: 'Unreachable',
  unknown: 'Unknown',
  unchecked: 'Not checked',
};

/** `well`: asked, and well. `ill`: needs the operator. `open`: nothing is claimed. */
export type HealthTone = 'well' | 'ill' | 'open';

const toneOf: Readonly<Record<HealthMark, HealthTone>> = {
  healthy: 'well',
  busy: 'well',
  zombie: 'ill',
  doomed: 'ill',
  hollow: 'ill',
  frozen: 'ill',
  config_error: 'ill',
  unreachable: 'ill',
  unknown: 'open',
  unchecked: 'open',
};

export interface Marked {
  readonly mark: HealthMark;
  readonly word: string;
  readonly tone: HealthTone;
  /** It is well as far as it was asked, and not everything was. */
  readonly isPartial: boolean;
}

export const markOf = (health: HealthStatus | null): Marked => {
  const mark = health === null ? 'unchecked' : (health.verdict ?? 'unknown');
  const isPartial = mark === 'healthy' && health?.channels.some(({ state }) => state !== 'pass') === true;
  return { mark, word: markWords[mark], tone: toneOf[mark], isPartial };
};

const uncheckedSaid = 'castellan.toml does not say what to ask.';
const saidOf = (health: HealthStatus | null): string => health?.said ?? uncheckedSaid;

/**
 * Since when it is known to have worked; null: it was not asked to, or its present run has not answered. Seconds, at the time of
 * the status.
 */
const workedAgo = (health: HealthStatus | null): number | null => {
  const chat = health?.channels.find(({ channel }) => channel === 'inference');
  return chat?.state === 'pass' ? chat.okAgoSeconds : null;
};

/** A seat's health on its card. */
export interface CardHealth extends Marked {
  /** Sentence that the operator should read; null: nothing that needs one. */
  readonly line: string | null;
  /** Shown while the pointer rests on its sign. */
  readonly hover: string;
  /** Name of the sign for a screen reader. */
  readonly spoken: string;
}

export const cardHealth = ({ name, health }: Pick<SeatStatus, 'name' | 'health'>): CardHealth => {
  const marked = markOf(health);
  const { word, tone } = marked;
  const ago = tone === 'well' ? workedAgo(health) : null;
  const said = saidOf(health);
  return {
    ...marked,
    line: tone === 'ill' ? said : null,
    hover: ago === null ? `${word}: ${said}` : `${word}: worked ${agoText(ago)}. ${said}`,
    spoken: `Health of ${name}: ${word.toLowerCase()}${ago === null ? '' : `, worked ${spokenSpan(ago)} ago`}`,
  };
};

/** For the name of a seat's card; empty: nothing is known that it should say. */
export const spokenHealth = (health: HealthStatus | null): string => {
  const { word, tone } = markOf(health);
  if (tone === 'ill') return word.toLowerCase();
  const ago = tone === 'well' ? workedAgo(health) : null;
  return ago === null ? '' : `worked ${spokenSpan(ago)} ago`;
};

export const channelNames: Readonly<Record<Channel, string>> = { cheap: 'List', inference: 'Chat', integrity: 'Files' };

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
    ...count(({ mark }) => mark === 'unknown', 'not known'),
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
