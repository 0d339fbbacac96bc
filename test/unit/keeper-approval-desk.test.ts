import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createApprovalDesk } from '../../helper/keeper/acting/approval-desk.ts';

describe('the approval desk', () => {
  test('tells everybody who asks the same nonce of a proposal, and another one for each proposal', () => {
    const desk = createApprovalDesk();
    const first = desk.tell({ id: 1, hash: 'a' });
    assert.match(first, /^[0-9a-f]{32}$/);
    assert.equal(desk.tell({ id: 1, hash: 'a' }), first);
    assert.notEqual(desk.tell({ id: 2, hash: 'a' }), first);
  });

  test('knows only the nonce that it told, for the proposal and the plan it told it for', () => {
    const desk = createApprovalDesk();
    const nonce = desk.tell({ id: 1, hash: 'a' });
    const other = desk.tell({ id: 2, hash: 'b' });
    assert.ok(desk.isRight({ id: 1, hash: 'a', nonce }));
    assert.ok(!desk.isRight({ id: 1, hash: 'b', nonce }));
    assert.ok(!desk.isRight({ id: 2, hash: 'b', nonce }));
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce: other }));
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce: '' }));
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce: nonce.slice(1) }));
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce: nonce.toUpperCase() === nonce ? 'x' : nonce.toUpperCase() }));
    assert.ok(!desk.isRight({ id: 9, hash: 'a', nonce }));
  });

  test('a proposal whose plan has changed has another nonce; the old one is worth nothing', () => {
    const desk = createApprovalDesk();
    const old = desk.tell({ id: 1, hash: 'a' });
    const now = desk.tell({ id: 1, hash: 'b' });
    assert.notEqual(now, old);
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce: old }));
    assert.ok(desk.isRight({ id: 1, hash: 'b', nonce: now }));
  });

  test('forgets what is closed: a number that comes again begins anew', () => {
    const desk = createApprovalDesk();
    const nonce = desk.tell({ id: 1, hash: 'a' });
    const kept = desk.tell({ id: 2, hash: 'b' });
    desk.keep([{ id: 2 }]);
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce }));
    assert.ok(desk.isRight({ id: 2, hash: 'b', nonce: kept }));
    assert.notEqual(desk.tell({ id: 1, hash: 'a' }), nonce);
  });

  test('told to nobody, a proposal has no nonce that would be right', () => {
    const desk = createApprovalDesk(() => '');
    assert.ok(!desk.isRight({ id: 1, hash: 'a', nonce: '' }));
  });
});
