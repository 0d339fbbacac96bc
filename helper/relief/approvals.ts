import type { Cause, Plan } from './acts.ts';

/**
 * What waits for the operator. A proposal is bound to one exact plan, is answered once, expires after 120 s, is withdrawn
 * when its own cause has been gone for 30 s, and is re-issued silently in place while the cause lasts.
 */

export const approvalMs = 120_000;

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

export type { Cause };
