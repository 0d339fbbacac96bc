import { failure } from '../helper/protocol/errors.ts';
import type { HelperLink } from './helper-client/link.ts';
import type { AnswerOf } from './ipc/contract.ts';

/** The operator's answers on their way to the keeper. What it takes to approve is fetched right before, and not kept. */

export interface Approvals {
  /** Only ever the act of that hash. Never rejects. */
  approve(id: number, hash: string, confirmed: boolean): Promise<AnswerOf<'approve'>>;
  deny(id: number, hash: string): Promise<AnswerOf<'deny'>>;
  /** Why a proposal waits no longer, in the keeper's words. */
  whyGone(id: number, hash: string): Promise<Extract<AnswerOf<'approve'>, { ok: false }>>;
}

/** No nonce: the keeper answers what became of the proposal, and can approve nothing by it. */
const noNonce = 'none';

export const createApprovals = (link: Pick<HelperLink, 'request'>): Approvals => {
  const whyGone: Approvals['whyGone'] = async (id, hash) => {
    const answer = await link.request('approve', { id, hash, nonce: noNonce });
    return answer.ok ? { ok: false, failure: failure('approval_used') } : answer;
  };

  return {
    whyGone,
    deny: (id, hash) => link.request('deny', { id, hash }),
    approve: async (id, hash, confirmed) => {
      const answer = await link.request('read.pending', {});
      if (!answer.ok) return answer;
      const found = answer.result.pending.find(({ proposal }) => proposal.id === id);
      if (found === undefined) return whyGone(id, hash);
      if (found.proposal.hash !== hash) return { ok: false, failure: failure('approval_changed') };
      return link.request('approve', { id, hash, nonce: found.nonce, confirmed });
    },
  };
};
