import { randomHex, sameSecret } from '../random.ts';

/**
 * The secrets that approving takes. Each open proposal has one, told only to who may approve; it belongs to exactly the
 * plan that was shown with it. Kept outside `decide`, which knows no randomness.
 */
export interface ApprovalDesk {
  /** The nonce of a proposal: the same for all who ask, another one when its plan has changed. */
  readonly tell: (proposal: { readonly id: number; readonly hash: string }) => string;
  /** Whether this nonce was told for this proposal with this plan. Takes equally long wherever they differ. */
  readonly isRight: (claim: { readonly id: number; readonly hash: string; readonly nonce: string }) => boolean;
  /** Forgets all but these. */
  readonly keep: (open: readonly { readonly id: number }[]) => void;
}

const nonceBytes = 16;

export const createApprovalDesk = (random: (bytes: number) => string = randomHex): ApprovalDesk => {
  const told = new Map<number, { readonly hash: string; readonly nonce: string }>();
  return {
    tell: ({ id, hash }) => {
      const known = told.get(id);
      if (known !== undefined && known.hash === hash) return known.nonce;
      const nonce = random(nonceBytes);
      told.set(id, { hash, nonce });
      return nonce;
    },
    isRight: ({ id, hash, nonce }) => {
      const known = told.get(id);
      return known !== undefined && known.hash === hash && sameSecret(known.nonce, nonce);
    },
    keep: (open) => {
      const ids = new Set(open.map(({ id }) => id));
      for (const id of [...told.keys()]) if (!ids.has(id)) told.delete(id);
    },
  };
};
