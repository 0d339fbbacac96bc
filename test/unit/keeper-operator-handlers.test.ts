import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ErrorCode } from '../../helper/protocol/errors.ts';
import { actWaitMs, type VerbResult, verbs } from '../../helper/protocol/verbs.ts';
import {
  caller,
  entry,
  freezePlan,
  type OperatorKeeper,
  operatorKeeper,
  planOf,
  target,
} from '../fakes/operator-keeper.ts';

/** Results are what the protocol says. */
const result = async <V extends keyof typeof verbs>(verb: V, answer: unknown): Promise<VerbResult<V>> => {
  const given = (await answer) as { readonly ok: boolean; readonly result?: unknown };
  assert.ok(given.ok, JSON.stringify(given));
  return verbs[verb].result.parse(given.result) as VerbResult<V>;
};

const code = async (answer: unknown): Promise<ErrorCode | null> => {
  const given = (await answer) as { readonly ok: boolean; readonly failure?: { readonly code: ErrorCode } };
  return given.ok ? null : (given.failure?.code ?? null);
};

/** What one who lists what waits may say to the proposal `id`. */
const shown = async ({ handlers }: OperatorKeeper, id: number) => {
  const { pending } = await result('read.pending', handlers['read.pending']({}, caller()));
  const found = pending.find(({ proposal }) => proposal.id === id);
  assert.ok(found !== undefined, `proposal ${id} is listed`);
  return { id, hash: found.proposal.hash, nonce: found.nonce, confirmed: false };
};

/** Lets what is waiting go on: promises only, no time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('approving', () => {
  test('what was shown is carried out, and the answer says what came of it', async () => {
    for (const [outcome, said] of [
      ['ok', 'done'],
      ['failed', 'failed'],
    ] as const) {
      const keeper = operatorKeeper();
      const word = await shown(keeper, keeper.propose(freezePlan(17)));
      const answer = keeper.handlers.approve(word, caller());
      await settle();
      keeper.end(outcome, 'it was stopped');
      assert.deepEqual(await result('approve', answer), { plan: 17, outcome: said, detail: 'it was stopped' });
      assert.deepEqual(keeper.rows, [
        { kind: 'mutation', verb: 'approve', detail: 'proposal 1: Approved.', byUid: 501 },
      ]);
    }
  });

  test('the account and the client that asked go into the judgement', async () => {
    const keeper = operatorKeeper();
    const word = await shown(keeper, keeper.propose(freezePlan()));
    void keeper.handlers.approve(word, caller({ uid: 0, client: 'app', tier: 'root' }));
    const [event] = keeper.events;
    assert.deepEqual(event !== undefined && 'by' in event && event.by, { uid: 0, client: 'app' });
    assert.equal(keeper.rows[0]?.kind === 'mutation' && keeper.rows[0].byUid, 0);
  });

  test('what times out, is not known after twelve seconds, or was under way when the keeper stopped is no success', async () => {
    const keeper = operatorKeeper();
    const timedOut = keeper.handlers.approve(await shown(keeper, keeper.propose(freezePlan())), caller());
    await settle();
    keeper.end('timed_out', 'no answer');
    assert.match((await result('approve', timedOut)).detail, /may still take effect/);

    const late = operatorKeeper();
    const waiting = late.handlers.approve(await shown(late, late.propose(freezePlan())), caller());
    await settle();
    late.advance(actWaitMs);
    assert.deepEqual(await result('approve', waiting), {
      plan: 1,
      outcome: 'failed',
      detail: 'It is not known yet what came of it.',
    });

    const stopping = operatorKeeper({ isStopping: true });
    const word = await shown(stopping, stopping.propose(freezePlan()));
    assert.equal((await result('approve', stopping.handlers.approve(word, caller()))).outcome, 'failed');
  });

  test('a wrong nonce, that of another proposal, or none that was ever told: refused, and the proposal stays open', async () => {
    const keeper = operatorKeeper();
    const first = keeper.propose(freezePlan(1));
    assert.equal(
      await code(keeper.handlers.approve({ id: first, hash: 'hash-1', nonce: '', confirmed: true }, caller())),
      'approval_refused',
    );
    const second = keeper.propose(planOf({ verb: 'terminate', entry, target: target(9), label: null }, 2));
    const word = await shown(keeper, first);
    const other = await shown(keeper, second);
    for (const wrong of [
      { ...word, nonce: '0'.repeat(32) },
      { ...word, nonce: other.nonce },
      { ...word, hash: other.hash },
      { ...word, hash: '' },
    ])
      assert.equal(await code(keeper.handlers.approve(wrong, caller())), 'approval_refused');
    assert.equal(keeper.events.length, 0);
    assert.equal(keeper.rows.length, 5);
    for (const row of keeper.rows)
      assert.deepEqual(row, {
        kind: 'refusal',
        verb: 'approve',
        code: 'approval_refused',
        detail: 'proposal 1',
        byUid: 501,
      });
    void keeper.handlers.approve(word, caller());
    assert.equal(keeper.events.length, 1);
  });

  test('two apps approve at once: one wins, the other is told that it was answered', async () => {
    const keeper = operatorKeeper();
    const id = keeper.propose(freezePlan());
    const mine = await shown(keeper, id);
    const yours = await shown(keeper, id);
    const first = keeper.handlers.approve(mine, caller({ pid: 1, client: 'app' }));
    const second = keeper.handlers.approve(yours, caller({ pid: 2, client: 'app' }));
    await settle();
    keeper.end('ok', '');
    assert.equal((await result('approve', first)).outcome, 'done');
    assert.equal(await code(second), 'approval_used');
  });

  test('the same click again is not carried out again, also for one who saw nothing but the number', async () => {
    const keeper = operatorKeeper();
    const word = await shown(keeper, keeper.propose(freezePlan()));
    void keeper.handlers.approve(word, caller());
    await settle();
    assert.equal(await code(keeper.handlers.approve(word, caller())), 'approval_used');
    const number = { id: word.id, hash: '', nonce: '', confirmed: false };
    assert.equal(await code(keeper.handlers.approve(number, caller())), 'approval_used');
    // A hash that was never shown is told nothing.
    assert.equal(await code(keeper.handlers.approve({ ...number, hash: 'x' }, caller())), 'approval_refused');
  });

  test('an expired proposal is refused by name', async () => {
    const keeper = operatorKeeper();
    const word = await shown(keeper, keeper.propose(freezePlan()));
    keeper.advance(120_001);
    assert.equal(await code(keeper.handlers.approve(word, caller())), 'approval_expired');
    assert.equal(keeper.rows.at(-1)?.kind, 'refusal');
  });

  test('each other answer has its code, its row, and does nothing', async () => {
    for (const [options, expected] of [
      [{ still: 'changed' }, 'approval_changed'],
      [{ still: 'gone' }, 'approval_withdrawn'],
      [{ mode: 'dry_run' }, 'only_dry_run'],
      [{ mode: 'observe_only' }, 'observing_only'],
      [{ isDead: true }, 'internal'],
    ] as const) {
      const keeper = operatorKeeper(options);
      const word = await shown(keeper, keeper.propose(freezePlan()));
      assert.equal(await code(keeper.handlers.approve(word, caller())), expected);
      assert.deepEqual(
        keeper.rows.map((row) => row.kind === 'refusal' && row.code),
        [expected],
      );
    }
    const nothing = operatorKeeper();
    const unknown = { id: 99, hash: 'h', nonce: 'n', confirmed: false };
    assert.equal(await code(nothing.handlers.approve(unknown, caller())), 'approval_unknown');
  });

  test('what cannot be undone takes a second confirmation', async () => {
    const keeper = operatorKeeper();
    const word = await shown(keeper, keeper.propose(planOf({ verb: 'kill', entry, target: target(), label: null })));
    assert.equal(await code(keeper.handlers.approve(word, caller())), 'confirmation_needed');
    const answer = keeper.handlers.approve({ ...word, confirmed: true }, caller());
    await settle();
    keeper.end('ok', 'it has ended');
    assert.equal((await result('approve', answer)).outcome, 'done');
  });

  test('what waits is listed with a nonce each, and what is closed no more', async () => {
    const keeper = operatorKeeper();
    const id = keeper.propose(freezePlan());
    const word = await shown(keeper, id);
    assert.equal(await code(keeper.handlers.deny({ id, hash: word.hash }, caller())), null);
    assert.deepEqual(await result('read.pending', keeper.handlers['read.pending']({}, caller())), { pending: [] });
  });
});

describe('denying', () => {
  test('takes no nonce, is answered once, and has its row', async () => {
    const keeper = operatorKeeper();
    const { id, hash } = await shown(keeper, keeper.propose(freezePlan()));
    assert.equal(await code(keeper.handlers.deny({ id, hash: 'x' }, caller())), 'approval_refused');
    assert.deepEqual(await result('deny', keeper.handlers.deny({ id, hash }, caller())), {});
    assert.equal(await code(keeper.handlers.deny({ id, hash }, caller())), 'approval_used');
    assert.deepEqual(
      keeper.rows.map(({ kind }) => kind),
      ['refusal', 'mutation', 'refusal'],
    );
  });
});

describe('the other verbs of relief', () => {
  test('marking a plan as wrong answers with the gate', async () => {
    const keeper = operatorKeeper();
    const { gate } = await result('relief.wrong', keeper.handlers['relief.wrong']({ plan: 3 }, caller()));
    assert.equal(gate.neededSeconds, 21_600);
    assert.deepEqual(keeper.rows, [{ kind: 'mutation', verb: 'relief.wrong', detail: 'plan 3: Granted.', byUid: 501 }]);
  });

  test('a change of the mode answers with mode, gate and what was said', async () => {
    const keeper = operatorKeeper();
    const changed = await result('relief.mode', keeper.handlers['relief.mode']({ to: 'live' }, caller()));
    assert.deepEqual([changed.mode, changed.gate.state, changed.said], ['live', 'live', 'Granted.']);
  });

  test('a mode that could not be written down is said', async () => {
    const keeper = operatorKeeper({ acts: [freezePlan()] });
    const answer = keeper.handlers['relief.mode']({ to: 'dry_run' }, caller());
    await settle();
    keeper.end('failed', 'the disk is full');
    assert.match((await result('relief.mode', answer)).said, /^Granted\. It could not be written down/);
  });

  test('resuming waits for every freeze and counts them; one that fails is a failure', async () => {
    const plans = [1, 2].map((freeze) =>
      planOf({ verb: 'resume', freeze, targets: [target(freeze)], why: 'asked' }, freeze),
    );
    const keeper = operatorKeeper({ acts: plans });
    const answer = keeper.handlers['relief.resume']({ freeze: null }, caller());
    await settle();
    keeper.end('ok', '');
    assert.deepEqual(await result('relief.resume', answer), { resumed: 2 });

    const failing = operatorKeeper({ acts: plans });
    const failed = failing.handlers['relief.resume']({ freeze: null }, caller());
    await settle();
    failing.end('failed', 'node (pid 1) vanished');
    const given = (await failed) as { readonly ok: false; readonly failure: { code: string; detail: string } };
    assert.equal(given.failure.code, 'act_failed');
    assert.match(given.failure.detail, /^0 of 2 resumed: node/);
  });

  test('restoring waits for the service', async () => {
    const restore = planOf({ verb: 'restore', label: 'com.example' });
    for (const [outcome, expected] of [
      ['ok', null],
      ['failed', 'act_failed'],
    ] as const) {
      const keeper = operatorKeeper({ acts: [restore] });
      const answer = keeper.handlers['relief.restore']({ label: 'com.example' }, caller());
      await settle();
      keeper.end(outcome, '');
      assert.equal(await code(answer), expected);
    }
  });

  test('whatever decide refuses is answered with its code and has its row', async () => {
    for (const [verb, expected, ask] of [
      ['relief.wrong', 'plan_unknown', (keeper) => keeper.handlers['relief.wrong']({ plan: 9 }, caller())],
      ['relief.mode', 'gate_closed', (keeper) => keeper.handlers['relief.mode']({ to: 'live' }, caller())],
      ['relief.resume', 'not_frozen', (keeper) => keeper.handlers['relief.resume']({ freeze: 9 }, caller())],
      ['relief.restore', 'not_shed', (keeper) => keeper.handlers['relief.restore']({ label: 'x' }, caller())],
      ['relief.clear_leak', 'audit_unwritable', (keeper) => keeper.handlers['relief.clear_leak']({}, caller())],
    ] as const satisfies readonly (readonly [string, ErrorCode, (keeper: OperatorKeeper) => unknown])[]) {
      const keeper = operatorKeeper({ judge: () => ({ code: expected }) });
      assert.equal(await code(ask(keeper)), expected);
      const [row] = keeper.rows;
      assert.ok(row?.kind === 'refusal');
      assert.deepEqual([row.verb, row.code, row.byUid], [verb, expected, 501]);
      assert.notEqual(row.detail, '');
    }
  });

  test('every request has a number of its own', () => {
    const keeper = operatorKeeper();
    for (let at = 0; at < 3; at += 1) void keeper.handlers['relief.clear_leak']({}, caller());
    const numbers = keeper.events.map((event) => 'request' in event && event.request);
    assert.equal(new Set(numbers).size, 3);
  });

  test('explain and log answer what they are given', async () => {
    const keeper = operatorKeeper({ log: { rows: [{ kind: 'plan' }], cursor: 'c' } });
    const explained = await result('read.explain', keeper.handlers['read.explain']({}, caller()));
    assert.equal(explained.noop, 'Nothing has been judged yet.');
    const page = await result('read.log', keeper.handlers['read.log']({ limit: 5 }, caller()));
    assert.deepEqual([page.rows.length, page.cursor], [1, 'c']);
  });
});
