import type { AuditFacts } from '../journal/audit.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Plan } from './acts.ts';
import { episodeOf, needsConfirmation } from './plan-identity.ts';

/**
 * What waits for the operator. A proposal is bound to one exact plan, is answered once, expires after 120 s, is withdrawn
 * when its own cause has been gone for 30 s, and is re-issued silently in place while the cause lasts.
 */

export const approvalMs = 120_000;
/** A cause that is gone for less may be back with the next sample. */
export const withdrawAfterMs = 30_000;
const closedKept = 64;

export interface OpenProposal {
  readonly id: number;
  readonly plan: Plan;
  /** The same for all re-issues: verb and target without the number of the plan. */
  readonly episode: string;
  readonly firstMs: number;
  readonly issuedMs: number;
  readonly reissued: number;
  readonly needsConfirmation: boolean;
  readonly impact: readonly string[];
  /** Since when the cause is gone; null: it lasts. */
  readonly goneSinceMs: number | null;
}

/** What became of a proposal: remembered, so that a late click gets the right sentence. */
export interface ClosedProposal {
  readonly id: number;
  readonly hash: string;
  readonly how: 'approved' | 'denied' | 'expired' | 'withdrawn' | 'changed';
  readonly atMs: number;
}

export interface ApprovalsState {
  readonly nextId: number;
  readonly open: readonly OpenProposal[];
  /** The latest 64. */
  readonly closed: readonly ClosedProposal[];
  /** Denied in this episode: not asked again in it. */
  readonly denied: readonly string[];
}

export const noApprovals: ApprovalsState = { nextId: 1, open: [], closed: [], denied: [] };

export interface ApprovalsTurn {
  readonly state: ApprovalsState;
  /** For the audit log; every proposal has a row when it comes and one when it ends. */
  readonly rows: readonly AuditFacts[];
}

type How = ClosedProposal['how'] | 'proposed' | 'reissued';

const rowOf = (proposal: OpenProposal, how: How, byUid: number | null = null): AuditFacts => ({
  kind: 'approval',
  proposal: proposal.id,
  plan: proposal.plan.id,
  hash: proposal.plan.hash,
  how,
  byUid,
});

const close = (
  state: ApprovalsState,
  proposal: OpenProposal,
  how: ClosedProposal['how'],
  nowMs: number,
  byUid: number | null = null,
): ApprovalsTurn => ({
  state: {
    ...state,
    open: state.open.filter(({ id }) => id !== proposal.id),
    closed: [...state.closed, { id: proposal.id, hash: proposal.plan.hash, how, atMs: nowMs }].slice(-closedKept),
  },
  rows: [rowOf(proposal, how, byUid)],
});

const isExpired = (proposal: OpenProposal, nowMs: number): boolean => nowMs - proposal.issuedMs >= approvalMs;

/** The old number answers to nothing any more, the new one stands where it stood. */
const reissue = (
  state: ApprovalsState,
  old: OpenProposal,
  how: 'expired' | 'changed',
  plan: Plan,
  impact: readonly string[],
  isBusy: boolean,
  nowMs: number,
): ApprovalsTurn & { readonly proposal: OpenProposal } => {
  const proposal: OpenProposal = {
    ...old,
    id: state.nextId,
    plan,
    issuedMs: nowMs,
    reissued: old.reissued + 1,
    // Once shown as one that takes a second look, it stays one.
    needsConfirmation: old.needsConfirmation || needsConfirmation(plan.act, isBusy),
    impact,
    goneSinceMs: null,
  };
  const closed = close(state, old, how, nowMs);
  return {
    state: {
      ...closed.state,
      nextId: state.nextId + 1,
      open: state.open.map((each) => (each.id === old.id ? proposal : each)),
    },
    rows: [...closed.rows, rowOf(proposal, 'reissued')],
    proposal,
  };
};

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index]);

/**
 * Puts a plan to the operator. One that is open for the same verb and target is kept as it is, number and all, while it
 * is the same plan by its hash: what is being read must not change under the hand that clicks. `proposal` is null when
 * the operator has said no to it in this episode.
 */
export const propose = (
  state: ApprovalsState,
  plan: Plan,
  impact: readonly string[],
  nowMs: number,
  isBusy = false,
): ApprovalsTurn & { readonly proposal: OpenProposal | null } => {
  const episode = episodeOf(plan.act);
  if (state.denied.includes(episode)) return { state, rows: [], proposal: null };
  const open = state.open.find((each) => each.episode === episode);
  if (open !== undefined) {
    if (open.plan.hash !== plan.hash) return reissue(state, open, 'changed', plan, impact, isBusy, nowMs);
    if (isExpired(open, nowMs)) return reissue(state, open, 'expired', plan, impact, isBusy, nowMs);
    if (open.goneSinceMs === null && sameTexts(open.impact, impact)) return { state, rows: [], proposal: open };
    const kept = { ...open, impact, goneSinceMs: null };
    return {
      state: { ...state, open: state.open.map((each) => (each.id === open.id ? kept : each)) },
      rows: [],
      proposal: kept,
    };
  }
  const proposal: OpenProposal = {
    id: state.nextId,
    plan,
    episode,
    firstMs: nowMs,
    issuedMs: nowMs,
    reissued: 0,
    needsConfirmation: needsConfirmation(plan.act, isBusy),
    impact,
    goneSinceMs: null,
  };
  return {
    state: { ...state, nextId: state.nextId + 1, open: [...state.open, proposal] },
    rows: [rowOf(proposal, 'proposed')],
    proposal,
  };
};

export interface ApprovalsWorld {
  /** Whether what the plan answers to still holds. */
  readonly causeLasts: (plan: Plan) => boolean;
  /** The same act as it would be planned now; null when its target does not fit any more. Asked when one expires. */
  readonly refresh: (plan: Plan) => Plan | null;
  /** Whether the target is still what was shown; asked every time. Absent: seen when it expires. */
  readonly stillFits?: (plan: Plan) => boolean;
}

const observeOne = (
  state: ApprovalsState,
  proposal: OpenProposal,
  nowMs: number,
  world: ApprovalsWorld,
): ApprovalsTurn => {
  if (world.stillFits?.(proposal.plan) === false) return close(state, proposal, 'changed', nowMs);
  const goneSinceMs = world.causeLasts(proposal.plan) ? null : (proposal.goneSinceMs ?? nowMs);
  if (goneSinceMs !== null && nowMs - goneSinceMs >= withdrawAfterMs) return close(state, proposal, 'withdrawn', nowMs);
  if (isExpired(proposal, nowMs)) {
    if (goneSinceMs !== null) return close(state, proposal, 'expired', nowMs);
    const plan = world.refresh(proposal.plan);
    if (plan === null || episodeOf(plan.act) !== proposal.episode) return close(state, proposal, 'changed', nowMs);
    return reissue(state, proposal, 'expired', plan, proposal.impact, false, nowMs);
  }
  if (goneSinceMs === proposal.goneSinceMs) return { state, rows: [] };
  return {
    state: { ...state, open: state.open.map((each) => (each.id === proposal.id ? { ...each, goneSinceMs } : each)) },
    rows: [],
  };
};

/** Nothing can be carried out any more: nothing waits. */
export const withdrawAll = (state: ApprovalsState, nowMs: number): ApprovalsTurn =>
  state.open.reduce<ApprovalsTurn>(
    (turn, proposal) => {
      const next = close(turn.state, proposal, 'withdrawn', nowMs);
      return { state: next.state, rows: [...turn.rows, ...next.rows] };
    },
    { state, rows: [] },
  );

/** Once a slot: withdraws, expires or re-issues what is due. */
export const observeApprovals = (state: ApprovalsState, nowMs: number, world: ApprovalsWorld): ApprovalsTurn =>
  state.open.reduce<ApprovalsTurn>(
    (turn, proposal) => {
      const next = observeOne(turn.state, proposal, nowMs, world);
      return { state: next.state, rows: [...turn.rows, ...next.rows] };
    },
    { state, rows: [] },
  );

export interface OperatorWord {
  readonly id: number;
  /** Of the plan that was shown. */
  readonly hash: string;
  /** Approved with the whole card in view, or with `--confirm`. */
  readonly confirmed: boolean;
  readonly approve: boolean;
  readonly by: { readonly uid: number };
}

export interface AnswerWorld {
  readonly mode: 'live' | 'dry_run' | 'observe_only';
  /** The target, re-read now: as it was shown, another one, or gone with its cause. */
  readonly still: 'same' | 'changed' | 'gone';
}

export type AnswerTurn = ApprovalsTurn & {
  readonly result: { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly code: ErrorCode };
};

const closedCodes = {
  approved: 'approval_used',
  denied: 'approval_used',
  expired: 'approval_expired',
  withdrawn: 'approval_withdrawn',
  changed: 'approval_changed',
} as const satisfies Readonly<Record<ClosedProposal['how'], ErrorCode>>;

/**
 * The operator's word. A yes is carried out at most once and only for what was shown; whatever stands in its way has its
 * own code, and then nothing is done. A no needs neither live mode nor confirmation: it does nothing.
 */
export const answer = (state: ApprovalsState, word: OperatorWord, nowMs: number, world: AnswerWorld): AnswerTurn => {
  const refuse = (code: ErrorCode, turn: ApprovalsTurn = { state, rows: [] }): AnswerTurn => ({
    ...turn,
    result: { ok: false, code },
  });
  const proposal = state.open.find(({ id }) => id === word.id);
  if (proposal === undefined) {
    const closed = state.closed.find(({ id }) => id === word.id);
    if (closed === undefined) return refuse('approval_unknown');
    return refuse(closed.hash === word.hash ? closedCodes[closed.how] : 'approval_refused');
  }
  if (proposal.plan.hash !== word.hash) return refuse('approval_refused');
  if (isExpired(proposal, nowMs)) return refuse('approval_expired');
  if (!word.approve) {
    const turn = close(state, proposal, 'denied', nowMs, word.by.uid);
    return {
      state: { ...turn.state, denied: [...turn.state.denied, proposal.episode].slice(-closedKept) },
      rows: turn.rows,
      result: { ok: true, plan: proposal.plan },
    };
  }
  if (world.mode === 'dry_run') return refuse('only_dry_run');
  if (world.mode === 'observe_only') return refuse('observing_only');
  if (world.still === 'changed') return refuse('approval_changed', close(state, proposal, 'changed', nowMs));
  if (world.still === 'gone') return refuse('approval_withdrawn', close(state, proposal, 'withdrawn', nowMs));
  if (proposal.needsConfirmation && !word.confirmed) return refuse('confirmation_needed');
  return { ...close(state, proposal, 'approved', nowMs, word.by.uid), result: { ok: true, plan: proposal.plan } };
};

/** Pressure is over: what was refused in it may be asked again in the next. */
export const endEpisode = (state: ApprovalsState): ApprovalsState =>
  state.denied.length === 0 ? state : { ...state, denied: [] };
