import type { Plan } from './acts.ts';

/** What an act was expected to do against what was measured. An act counts only if it moved the needle. */

export interface OpenReceipt {
  readonly plan: Plan;
  /** When its effect completed. */
  readonly fromMs: number;
  /** The named counter at that moment: bytes, or bytes a second. */
  readonly before: number;
  /** Machine fill before a freeze, bytes a second. */
  readonly fillBefore: number | null;
}

export interface ReceiptsState {
  readonly open: readonly OpenReceipt[];
}

export const noReceipts: ReceiptsState = { open: [] };
