import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createApprovals } from '../../app/approvals.ts';
import type { HelperLink } from '../../app/helper-client/link.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { PendingApproval } from '../../helper/protocol/relief.ts';
import { proposal } from '../fakes/sample-relief.ts';

const make = (pending: readonly PendingApproval[], approveAnswer: unknown) => {
  const calls: (readonly [string, unknown])[] = [];
  const request = async (verb: string, args: unknown): Promise<unknown> => {
    calls.push([verb, args]);
    return verb === 'read.pending' ? { ok: true, result: { pending } } : approveAnswer;
  };
  return { approvals: createApprovals({ request: request as HelperLink['request'] }), calls };
};
const shown = proposal();
const done = { ok: true, result: { plan: 1, outcome: 'done', detail: '' } };

describe('approving', () => {
  test('the nonce is fetched right before, for exactly what was shown', async () => {
    const other = proposal({ id: 2, hash: 'other', episode: 'b' });
    const pending = [
      { proposal: other, nonce: 'n2' },
      { proposal: shown, nonce: 'n1' },
    ];
    const { approvals, calls } = make(pending, done);
    assert.deepEqual(await approvals.approve(shown.id, shown.hash, true), done);
    assert.deepEqual(calls, [
      ['read.pending', {}],
      ['approve', { id: shown.id, hash: shown.hash, nonce: 'n1', confirmed: true }],
    ]);
  });

  test('another act under the same number is not approved', async () => {
    const { approvals, calls } = make([{ proposal: { ...shown, hash: 'other' }, nonce: 'n1' }], done);
    const answer = await approvals.approve(shown.id, shown.hash, true);
    assert.deepEqual(answer, { ok: false, failure: failure('approval_changed') });
    assert.deepEqual(
      calls.map(([verb]) => verb),
      ['read.pending'],
    );
  });

  test('of what waits no longer the keeper says what became of it, without anything that could approve', async () => {
    const { approvals, calls } = make([], { ok: false, failure: failure('approval_withdrawn') });
    const answer = await approvals.approve(shown.id, shown.hash, true);
    assert.equal(answer.ok ? '' : answer.failure.code, 'approval_withdrawn');
    assert.deepEqual(calls[1], ['approve', { id: shown.id, hash: shown.hash, nonce: 'none' }]);
  });

  test('a keeper that is away is said to be', async () => {
    const request = async () => ({ ok: false, failure: failure('not_running') });
    const approvals = createApprovals({ request: request as HelperLink['request'] });
    const answer = await approvals.approve(1, 'h', false);
    assert.equal(answer.ok ? '' : answer.failure.code, 'not_running');
  });
});
