import type { Channel, ChannelStatus, HealthStatus, Verdict } from '../../../helper/protocol/health.ts';
import type { SeatStatus } from '../../../helper/protocol/status.ts';
import { agoText, spokenSpan } from '../../text/format.ts';

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

export const channelNames: Readonly<Record<Channel, string>> = { cheap: 'List', inference: 'Chat', integrity: 'Files' };

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

const failingIn = (health: HealthStatus | null): readonly ChannelStatus[] =>
  health?.channels.filter(({ state }) => state === 'fail') ?? [];

export const markOf = (health: HealthStatus | null): Marked => {
  const mark = health === null ? 'unchecked' : (health.verdict ?? 'unknown');
  const isPartial = mark === 'healthy' && health?.channels.some(({ state }) => state !== 'pass') === true;
  // Of one that does not run there is no verdict, and its files may be gone all the same.
  const tone = mark === 'unknown' && failingIn(health).length > 0 ? 'ill' : toneOf[mark];
  return { mark, word: markWords[mark], tone, isPartial };
};

const uncheckedSaid = 'castellan.toml does not say what to ask.';
const coldSaid = 'It does not run, and its next start would fail.';
export const saidOf = (health: HealthStatus | null): string => {
  if (health === null) return uncheckedSaid;
  return health.verdict === null && failingIn(health).length > 0 ? coldSaid : health.said;
};

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
  /** What the operator should read, a word and a sentence; null: nothing that needs one. */
  readonly line: { readonly title: string; readonly text: string } | null;
  /** Shown while the pointer rests on its sign. */
  readonly hover: string;
  /** Name of the sign for a screen reader. */
  readonly spoken: string;
}

const lineOf = (health: HealthStatus | null, { mark, word, tone }: Marked): CardHealth['line'] => {
  if (tone !== 'ill') return null;
  const [failing] = failingIn(health);
  if (mark !== 'unknown' || failing === undefined) return { title: word, text: saidOf(health) };
  return {
    title: `${channelNames[failing.channel]} ${failing.channel === 'integrity' ? 'fail' : 'fails'}`,
    text: failing.last?.detail ?? '',
  };
};

/** @param isLive the keeper answers: otherwise this is what was known last */
export const cardHealth = ({ name, health }: Pick<SeatStatus, 'name' | 'health'>, isLive: boolean): CardHealth => {
  const marked = markOf(health);
  const { word, tone } = marked;
  const ago = tone === 'well' ? workedAgo(health) : null;
  const said = saidOf(health);
  const old = isLive ? '' : 'Last known. ';
  return {
    ...marked,
    line: lineOf(health, marked),
    hover: `${old}${word}: ${ago === null ? '' : `worked ${agoText(ago)}. `}${said}`,
    spoken: `Health of ${name}: ${isLive ? '' : 'last known '}${word.toLowerCase()}${ago === null ? '' : `, worked ${spokenSpan(ago)} ago`}`,
  };
};

/** For the name of a seat's card; empty: nothing is known that it should say. */
export const spokenHealth = (health: HealthStatus | null): string => {
  const marked = markOf(health);
  const { tone } = marked;
  if (tone === 'ill') return (lineOf(health, marked)?.title ?? marked.word).toLowerCase();
  const ago = tone === 'well' ? workedAgo(health) : null;
  return ago === null ? '' : `worked ${spokenSpan(ago)} ago`;
};
