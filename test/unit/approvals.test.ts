import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import type { Plan } from '../../helper/relief/acts.ts';
import {
  type ApprovalsState,
  type ApprovalsWorld,
  answer,
  approvalMs,
  endEpisode,
  noApprovals,
  observeApprovals,
  propose,
} from '../../helper/relief/approvals.ts';
import { bootoutAct, freezeAct, killAct, planOf, shedAct } from '../fakes/plans.ts';

const live = { mode: 'live', still: 'same' } as const;
const byOperator = { uid: 501 };

const yes = (id: number, plan: Plan, confirmed = true) =>
  ({ id, hash: plan.hash, confirmed, approve: true, by: byOperator }) as const;
const no = (id: number, plan: Plan) =>
  ({ id, hash: plan.hash, confirmed: false, approve: false, by: byOperator }) as const;

const hows = (rows: readonly AuditFacts[]): readonly string[] =>
  rows.map((row) => (row.kind === 'approval' ? `${row.proposal} ${row.how}` : row.kind));

const lasting: ApprovalsWorld = { causeLasts: () => true, refresh: (plan) => plan };
const ended: ApprovalsWorld = { causeLasts: () => false, refresh: (plan) => plan };

const proposed = (plan: Plan, nowMs = 0): ApprovalsState => propose(noApprovals, plan, [], nowMs).state;

describe('proposing', () => {
  const plan = planOf(1, killAct(7));

  test('a plan becomes one proposal with its row', () => {
    const { state, rows, proposal } = propose(noApprovals, plan, ['3 child processes'], 5);
    assert.deepEqual(state.open, [proposal]);
    assert.equal(proposal?.id, 1);
    assert.equal(proposal?.issuedMs, 5);
    assert.equal(proposal?.needsConfirmation, true);
    assert.deepEqual(proposal?.impact, ['3 child processes']);
    assert.deepEqual(rows, [{ kind: 'approval', proposal: 1, plan: 1, hash: plan.hash, how: 'proposed', byUid: null }]);
  });

  test('the same plan again leaves number, plan and expiry as they are and only renews its impact', () => {
    const first = propose(noApprovals, plan, [], 0);
    const unchanged = propose(first.state, planOf(2, killAct(7)), [], 2000);
    assert.equal(unchanged.state, first.state);
    const renewed = propose(first.state, planOf(2, killAct(7)), ['listens on 127.0.0.1:1234'], 2000);
    assert.deepEqual(renewed.rows, []);
    assert.deepEqual(renewed.proposal, { ...first.proposal, impact: ['listens on 127.0.0.1:1234'] });
    assert.deepEqual(renewed.state.open, [renewed.proposal]);
  });

  test('another plan for the same target takes the place of the open one under a new number', () => {
    const next = planOf(2, killAct(7), { cause: { kind: 'level', atLeast: 3 } });
    const { state, rows, proposal } = propose(proposed(plan), next, [], 2000);
    assert.deepEqual(hows(rows), ['1 changed', '2 reissued']);
    assert.equal(state.open.length, 1);
    assert.equal(proposal?.id, 2);
    assert.equal(proposal?.reissued, 1);
    assert.equal(proposal?.firstMs, 0);
    assert.equal(answer(state, yes(1, plan), 2000, live).result.ok, false);
    assert.deepEqual(answer(state, yes(2, next), 2000, live).result, { ok: true, plan: next });
  });

  test('one that has expired is issued again when it is proposed again', () => {
    const { rows, proposal } = propose(proposed(plan), plan, [], approvalMs);
    assert.deepEqual(hows(rows), ['1 expired', '2 reissued']);
    assert.equal(proposal?.issuedMs, approvalMs);
  });

  test('different targets and different verbs wait side by side', () => {
    let state = proposed(plan);
    state = propose(state, planOf(2, killAct(8)), [], 0).state;
    state = propose(state, planOf(3, freezeAct(7)), [], 0).state;
    assert.deepEqual(
      state.open.map(({ id, episode }) => [id, episode]),
      [
        [1, 'kill 7:s7'],
        [2, 'kill 8:s8'],
        [3, 'freeze 7:s7'],
      ],
    );
  });

  test('what was denied is not proposed again until the episode ends', () => {
    const denied = answer(proposed(plan), no(1, plan), 10, live).state;
    const again = propose(denied, planOf(2, killAct(7)), [], 20);
    assert.deepEqual(again, { state: denied, rows: [], proposal: null });
    assert.notEqual(propose(denied, planOf(2, killAct(8)), [], 20).proposal, null);
    assert.equal(propose(endEpisode(denied), planOf(2, killAct(7)), [], 20).proposal?.id, 2);
  });
});

describe('observing', () => {
  const plan = planOf(1, freezeAct(7));

  test('nothing happens before 120 s while the cause lasts', () => {
    const state = proposed(plan);
    assert.deepEqual(observeApprovals(state, approvalMs - 1, lasting), { state, rows: [] });
  });

  test('while the cause lasts an expired one is issued again in place with what it would be now', () => {
    const fresh = planOf(9, freezeAct(7, 8));
    const { state, rows } = observeApprovals(proposed(plan), approvalMs, {
      causeLasts: () => true,
      refresh: () => fresh,
    });
    assert.deepEqual(hows(rows), ['1 expired', '2 reissued']);
    const [open] = state.open;
    assert.equal(state.open.length, 1);
    assert.deepEqual(open?.plan, fresh);
    assert.equal(open?.episode, 'freeze 7:s7');
    assert.equal(open?.reissued, 1);
    assert.equal(open?.firstMs, 0);
    assert.equal(open?.issuedMs, approvalMs);
    assert.deepEqual(answer(state, yes(1, plan), approvalMs, live).result, { ok: false, code: 'approval_expired' });
  });

  test('what was shown as needing a second look keeps needing it', () => {
    const busy = planOf(1, bootoutAct('coder', 'on_call'));
    const state = propose(noApprovals, busy, [], 0, true).state;
    assert.equal(observeApprovals(state, approvalMs, lasting).state.open[0]?.needsConfirmation, true);
    assert.equal(propose(noApprovals, busy, [], 0).proposal?.needsConfirmation, false);
  });

  test('re-issues keep their place among those that wait', () => {
    let state = proposed(plan);
    state = propose(state, planOf(2, shedAct('com.example.vault')), [], 1000).state;
    const turn = observeApprovals(state, approvalMs, lasting);
    assert.deepEqual(
      turn.state.open.map(({ id }) => id),
      [3, 2],
    );
  });

  test('one whose cause has been gone for 30 s is withdrawn, and not sooner', () => {
    const gone = observeApprovals(proposed(plan), 1000, ended).state;
    assert.equal(gone.open[0]?.goneSinceMs, 1000);
    const waiting = observeApprovals(gone, 30_999, ended).state;
    assert.equal(waiting.open.length, 1);
    const { state, rows } = observeApprovals(waiting, 31_000, ended);
    assert.deepEqual(hows(rows), ['1 withdrawn']);
    assert.deepEqual(answer(state, yes(1, plan), 31_001, live).result, { ok: false, code: 'approval_withdrawn' });
  });

  test('a cause that comes back in time starts the 30 s anew', () => {
    let state = observeApprovals(proposed(plan), 1000, ended).state;
    state = observeApprovals(state, 20_000, lasting).state;
    state = observeApprovals(state, 40_000, ended).state;
    assert.equal(observeApprovals(state, 69_999, ended).state.open.length, 1);
    assert.equal(observeApprovals(state, 70_000, ended).state.open.length, 0);
  });

  test('one that expires while its cause is gone is not issued again', () => {
    const gone = observeApprovals(proposed(plan), 110_000, ended).state;
    const { state, rows } = observeApprovals(gone, approvalMs, ended);
    assert.deepEqual(hows(rows), ['1 expired']);
    assert.deepEqual(state.open, []);
  });

  test('one whose target does not fit any more ends when it expires, or at once when that is watched', () => {
    const state = proposed(plan);
    const atExpiry = observeApprovals(state, approvalMs, { causeLasts: () => true, refresh: () => null });
    assert.deepEqual(hows(atExpiry.rows), ['1 changed']);
    const atOnce = observeApprovals(state, 2000, { ...lasting, stillFits: () => false });
    assert.deepEqual(hows(atOnce.rows), ['1 changed']);
    assert.deepEqual(atOnce.state.open, []);
  });

  test('a refreshed plan for another target never stands in its place', () => {
    const { state, rows } = observeApprovals(proposed(plan), approvalMs, {
      causeLasts: () => true,
      refresh: () => planOf(2, freezeAct(8)),
    });
    assert.deepEqual(hows(rows), ['1 changed']);
    assert.deepEqual(state.open, []);
  });
});

describe('answering', () => {
  const plan = planOf(1, killAct(7));
  const state = proposed(plan);
  const codeOf = (turn: ReturnType<typeof answer>): string => (turn.result.ok ? 'ok' : turn.result.code);

  test('a yes that fits is carried out once, and said who gave it', () => {
    const turn = answer(state, yes(1, plan), 1000, live);
    assert.deepEqual(turn.result, { ok: true, plan });
    assert.deepEqual(turn.rows, [
      { kind: 'approval', proposal: 1, plan: 1, hash: plan.hash, how: 'approved', byUid: 501 },
    ]);
    assert.deepEqual(turn.state.open, []);
    const again = answer(turn.state, yes(1, plan), 1001, live);
    assert.equal(codeOf(again), 'approval_used');
    assert.equal(again.state, turn.state);
  });

  test('a no ends it without live mode and without confirmation', () => {
    const turn = answer(state, no(1, plan), 1000, { mode: 'observe_only', still: 'gone' });
    assert.deepEqual(turn.result, { ok: true, plan });
    assert.deepEqual(hows(turn.rows), ['1 denied']);
    assert.deepEqual(turn.state.denied, ['kill 7:s7']);
    assert.equal(codeOf(answer(turn.state, yes(1, plan), 1001, live)), 'approval_used');
  });

  test('a number nobody gave out is unknown', () => {
    assert.equal(codeOf(answer(state, yes(2, plan), 0, live)), 'approval_unknown');
    assert.equal(codeOf(answer(noApprovals, yes(1, plan), 0, live)), 'approval_unknown');
  });

  test('a hash of another plan is refused, open or closed', () => {
    const other = planOf(1, killAct(8));
    const turn = answer(state, yes(1, other), 0, live);
    assert.equal(codeOf(turn), 'approval_refused');
    assert.equal(turn.state, state);
    const used = answer(state, yes(1, plan), 0, live).state;
    assert.equal(codeOf(answer(used, yes(1, other), 0, live)), 'approval_refused');
    assert.equal(codeOf(answer(state, no(1, other), 0, live)), 'approval_refused');
  });

  test('the last moment before 120 s counts, 120 s does not, even before anyone looked', () => {
    assert.equal(codeOf(answer(state, yes(1, plan), approvalMs - 1, live)), 'ok');
    const late = answer(state, yes(1, plan), approvalMs, live);
    assert.equal(codeOf(late), 'approval_expired');
    assert.equal(late.state, state);
  });

  test('what cannot be undone needs the second confirmation and waits for it', () => {
    const turn = answer(state, yes(1, plan, false), 0, live);
    assert.equal(codeOf(turn), 'confirmation_needed');
    assert.equal(turn.state, state);
    assert.equal(codeOf(answer(turn.state, yes(1, plan, true), 1, live)), 'ok');
    const mild = planOf(1, freezeAct(7));
    assert.equal(codeOf(answer(proposed(mild), yes(1, mild, false), 0, live)), 'ok');
  });

  test('nothing is carried out in a dry run or while only observing, and the proposal stays', () => {
    for (const [mode, code] of [
      ['dry_run', 'only_dry_run'],
      ['observe_only', 'observing_only'],
    ] as const) {
      const turn = answer(state, yes(1, plan), 0, { mode, still: 'same' });
      assert.equal(codeOf(turn), code);
      assert.equal(turn.state, state);
    }
  });

  test('a target that is another by now, or gone, ends it with nothing done', () => {
    const changed = answer(state, yes(1, plan), 0, { mode: 'live', still: 'changed' });
    assert.equal(codeOf(changed), 'approval_changed');
    assert.deepEqual(hows(changed.rows), ['1 changed']);
    assert.equal(codeOf(answer(changed.state, yes(1, plan), 1, live)), 'approval_changed');
    const gone = answer(state, yes(1, plan, false), 0, { mode: 'live', still: 'gone' });
    assert.equal(codeOf(gone), 'approval_withdrawn');
    assert.deepEqual(hows(gone.rows), ['1 withdrawn']);
  });

  test('the latest 64 that ended are remembered, older ones are unknown', () => {
    let many = noApprovals;
    for (let at = 1; at <= 70; at++) {
      const each = planOf(at, killAct(at));
      many = answer(propose(many, each, [], at).state, yes(at, each), at, live).state;
    }
    assert.equal(many.closed.length, 64);
    assert.equal(codeOf(answer(many, yes(6, planOf(6, killAct(6))), 99, live)), 'approval_unknown');
    assert.equal(codeOf(answer(many, yes(7, planOf(7, killAct(7))), 99, live)), 'approval_used');
  });
});
