import type { ActVerbName, Proposal } from '../../../helper/protocol/relief.ts';
import { size, spokenSpan } from '../../text/format.ts';

/** What waits for the operator, as its cards show it. */

/** Changes when what is asked changes: a card never turns into another under the pointer. */
export const cardKey = ({ episode, hash }: Proposal): string => `${hash} ${episode}`;

/** Cards that were there stay in their order; new ones come below. `held`: keys in the order of the last drawing. */
export const cardsOf = (pending: readonly Proposal[], held: readonly string[]): readonly Proposal[] => {
  const place = new Map(held.map((key, index) => [key, index]));
  return pending
    .filter(({ dryRun }) => !dryRun)
    .map((proposal, index) => ({ proposal, at: place.get(cardKey(proposal)) ?? held.length, index }))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ proposal }) => proposal);
};

/** Of a dry run: nothing is asked, this would be. */
export const wouldAsk = (pending: readonly Proposal[]): readonly Proposal[] => pending.filter(({ dryRun }) => dryRun);

/** Of a span that the keeper told at `receivedAtMs`; both wall times are the app's own. Seconds, never negative. */
export const secondsLeft = (toldSeconds: number, receivedAtMs: number | null, nowMs: number): number =>
  Math.max(0, toldSeconds - Math.max(0, nowMs - (receivedAtMs ?? nowMs)) / 1000);

/** Said when they are reached, not each second. */
const announcedSeconds = [10, 30, 60] as const;

/** What a screen reader hears of the countdown: changes at 60, 30 and 10 s only. */
export const spokenCountdown = (left: number): string => {
  const reached = announcedSeconds.find((mark) => left <= mark);
  return reached === undefined || left <= 0 ? '' : `${spokenSpan(reached)} left to answer.`;
};

/** Name where the title does not have it, footprint, number of processes. */
export const targetLine = ({ title, target }: Proposal): string => {
  const { name, pid, count, footprintBytes } = target;
  return [
    ...(name === '' || title.includes(name) ? [] : [pid === null ? name : `${name}, pid ${pid}`]),
    ...(footprintBytes > 0 ? [`${size(footprintBytes)} footprint`] : []),
    ...(count > 1 ? [`${count} processes`] : []),
  ].join(' · ');
};

const yesWords: Readonly<Record<ActVerbName, string>> = {
  freeze: 'Yes, freeze it',
  resume: 'Yes, resume it',
  shed: 'Yes, shed it',
  restore: 'Yes, bring it back',
  bootout: 'Yes, stop it',
  recover: 'Yes, end it and start it again',
  fallback: 'Yes, start it',
  fallback_end: 'Yes, stop it',
  terminate: 'Yes, end it',
  kill: 'Yes, kill it',
  unload: 'Yes, unload it',
  purge: 'Yes, flush them',
};

const confirmWords = (verb: ActVerbName): string => {
  if (verb === 'kill' || verb === 'terminate') return 'This cannot be undone. What it has not saved is lost.';
  if (verb === 'recover')
    return 'This cannot be undone. It is killed if it does not end by itself, then started again and asked ten prompts.';
  return 'What uses it is cut off until it runs again.';
};

/** The second confirmation: what it says, and the words of its button. */
export const confirmation = ({ verb }: Proposal): { readonly text: string; readonly yes: string } => ({
  text: confirmWords(verb),
  yes: yesWords[verb],
});

/** The act in the terms of the log, for whoever wants to compare. */
export const planLine = ({ id, hash, verb, target, reissued }: Proposal): string =>
  [
    `Proposal ${id}`,
    verb,
    ...(target.pid === null ? [] : [`pid ${target.pid} started ${target.start ?? 'unknown'}`]),
    `plan ${hash.slice(0, 16)}`,
    ...(reissued === 0 ? [] : [`asked again ${reissued === 1 ? 'once' : `${reissued} times`}`]),
  ].join(' · ');

/** Said once when a card appears. */
export const spokenCard = (proposal: Proposal, left: number): string =>
  `${proposal.title} ${proposal.reason} Expires in ${spokenSpan(left)}.`;
