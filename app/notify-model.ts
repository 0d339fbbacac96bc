import type { Proposal, Status } from '../helper/protocol/index.ts';

/**
 * Which proposals to tell the operator of by notification, and what a press on one means. Pure: given what was told
 * before and what waits now. One notification for a proposal however often it is re-issued, one more after half an hour,
 * and it goes when the proposal goes.
 */

/** What a notification on the desktop shows, and therefore what pressing it can mean. */
export interface Shown {
  readonly episode: string;
  readonly id: number;
  readonly hash: string;
  readonly title: string;
}

export interface Told {
  /** How often it was notified: once, and once again. */
  readonly times: number;
  /** Wall time, ms. */
  readonly lastToldMs: number;
  readonly lastSeenMs: number;
  /** Null once it is off the desktop. */
  readonly standing: Shown | null;
  /** When the proposal expires unless the keeper says otherwise. Wall time, ms. */
  readonly expiresMs: number;
}

/** By episode. Kept for one run of the app: after a restart what is open is told once more. */
export type NotifyMemory = ReadonlyMap<string, Told>;
export const nothingTold: NotifyMemory = new Map();

export const againAfterMs = 30 * 60_000;
const mostTimes = 2;

export interface NotifyInput {
  /** Null: nothing is known of the keeper now. */
  readonly status: Status | null;
  /** Whether this account may answer; who may not is not asked. */
  readonly mayAnswer: boolean;
  readonly nowMs: number;
}

export interface Judged {
  readonly memory: NotifyMemory;
  /** To be shown; one that still stands for the episode is taken off first. */
  readonly show: readonly Proposal[];
  /** Episodes whose notification is to be taken off the desktop. */
  readonly withdraw: readonly string[];
}

const asked = ({ status, mayAnswer }: NotifyInput): readonly Proposal[] =>
  status === null || !mayAnswer ? [] : status.relief.pending.filter((proposal) => !proposal.dryRun);

const shownOf = ({ episode, id, hash, title }: Proposal): Shown => ({ episode, id, hash, title });

const seen = (before: Told | undefined, proposal: Proposal, nowMs: number): Told & { readonly due: boolean } => {
  const expiresMs = nowMs + proposal.expiresInSeconds * 1000;
  const due = before === undefined || (before.times < mostTimes && nowMs - before.lastToldMs >= againAfterMs);
  if (due) {
    const times = (before?.times ?? 0) + 1;
    return { times, lastToldMs: nowMs, lastSeenMs: nowMs, standing: shownOf(proposal), expiresMs, due };
  }
  return { ...before, lastSeenMs: nowMs, expiresMs, due };
};

/** What was told and is not among the proposals now; null: forgotten, so that it may be told afresh. */
const unseen = (told: Told, knows: boolean, nowMs: number): Told | null => {
  if (nowMs - told.lastSeenMs >= againAfterMs) return null;
  // Without the keeper a proposal is believed in until it would have expired: a short loss takes nothing away.
  const keeps = !knows && nowMs < told.expiresMs;
  return keeps ? told : { ...told, standing: null };
};

export const judgeNotifications = (memory: NotifyMemory, input: NotifyInput): Judged => {
  const { nowMs } = input;
  const proposals = new Map(asked(input).map((proposal) => [proposal.episode, proposal]));
  const next = new Map<string, Told>();
  const withdraw: string[] = [];
  for (const [episode, told] of memory) {
    if (proposals.has(episode)) continue;
    const kept = unseen(told, input.status !== null, nowMs);
    if (kept !== null) next.set(episode, kept);
    if (told.standing !== null && (kept === null || kept.standing === null)) withdraw.push(episode);
  }
  const show: Proposal[] = [];
  for (const [episode, proposal] of proposals) {
    const { due, ...told } = seen(memory.get(episode), proposal, nowMs);
    if (due) show.push(proposal);
    next.set(episode, told);
  }
  return { memory: next, show, withdraw };
};

/** The operator, or the desktop, took it away: not shown again before its time. */
export const dismissed = (memory: NotifyMemory, episode: string): NotifyMemory => {
  const told = memory.get(episode);
  return told === undefined ? memory : new Map(memory).set(episode, { ...told, standing: null });
};

/** What cannot be undone is never done by one press, whatever the proposal says of confirmation. */
const actsAtOnce = ({ needsConfirmation, verb }: Proposal): boolean =>
  !needsConfirmation && verb !== 'kill' && verb !== 'terminate' && verb !== 'recover';

export interface NotificationWords {
  readonly title: string;
  readonly body: string;
  /** In this order: index 0 goes ahead, index 1 does not. */
  readonly actions: readonly [string, string];
}

export const notificationWords = (proposal: Proposal): NotificationWords => ({
  title: proposal.title,
  body: `${proposal.reason} ${proposal.expected}`.trim(),
  actions: [actsAtOnce(proposal) ? 'Approve' : 'Review…', 'Not now'],
});

/** On the body, or on one of the two buttons (macOS only). */
export type Press = 'body' | 'approve' | 'not_now';
export const pressOfAction = (index: number): Press => (index === 0 ? 'approve' : index === 1 ? 'not_now' : 'body');

export type PressMeaning =
  | { readonly kind: 'approve'; readonly id: number; readonly hash: string }
  | { readonly kind: 'deny'; readonly id: number; readonly hash: string }
  /** Show the card; `changed`: it asks for something else than the notification did. */
  | { readonly kind: 'card'; readonly episode: string; readonly confirm: boolean; readonly changed: boolean }
  /** It waits no longer. */
  | { readonly kind: 'gone' };

/**
 * A press never reaches beyond what was shown: the same act re-issued (same hash) counts as shown, another act of the
 * same episode is only ever put before the operator's eyes.
 */
export const meaningOf = (press: Press, shown: Shown, input: NotifyInput): PressMeaning => {
  const proposal = asked(input).find(({ episode }) => episode === shown.episode);
  if (proposal === undefined) return { kind: 'gone' };
  const { id, hash, episode } = proposal;
  const changed = hash !== shown.hash;
  if (press === 'body' || changed) return { kind: 'card', episode, confirm: false, changed };
  if (press === 'not_now') return { kind: 'deny', id, hash };
  return actsAtOnce(proposal)
    ? { kind: 'approve', id, hash }
    : { kind: 'card', episode, confirm: true, changed: false };
};
