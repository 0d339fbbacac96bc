import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Bridge } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { cardKey } from '../../renderer/data/relief/approvals.ts';
import { createAsking } from '../../renderer/data/relief/asking.ts';
import { frozen, proposal, withRelief } from '../fakes/sample-relief.ts';

type Calls = Pick<Bridge, 'approve' | 'deny' | 'resume' | 'markWrong' | 'setReliefMode' | 'pauseRelief'>;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const { gate } = withRelief({}).relief;
const make = (change: Partial<Calls> = {}) => {
  const calls: (readonly unknown[])[] = [];
  const note = <T>(name: string, answer: T) => {
    return async (...args: readonly unknown[]): Promise<T> => {
      calls.push([name, ...args]);
      return answer;
    };
  };
  const asking = createAsking(
    {
      approve: note('approve', { ok: true, result: { plan: 1, outcome: 'done', detail: 'Frozen.' } } as const),
      deny: note('deny', { ok: true, result: {} } as const),
      restore: note('restore', { ok: true, result: {} } as const),
      resume: note('resume', { ok: true, result: { resumed: 1 } } as const),
      markWrong: note('markWrong', { ok: true, result: { gate } } as const),
      pauseRelief: note('pauseRelief', { ok: true, result: { paused: null, said: 'Paused for so long.' } } as const),
      setReliefMode: note('setReliefMode', { ok: true, result: { mode: 'live', gate, said: 'Live now.' } } as const),
      ...change,
    },
    () => 5000,
  );
  return { asking, calls };
};

describe('what the operator asks for', () => {
  const wanted = proposal();

  test('an answered card is not asked twice, and forgotten once it is gone', async () => {
    const { asking, calls } = make();
    asking.approve(wanted, false);
    asking.approve(wanted, false);
    await settled();
    assert.deepEqual(calls, [['approve', 1, wanted.hash, false]]);
    assert.deepEqual(asking.said.value, { kind: 'done', title: wanted.title, text: 'Frozen.', atMs: 5000 });
    asking.keep([cardKey(wanted)]);
    assert.ok(asking.busy.value.has(cardKey(wanted)));
    asking.keep([]);
    assert.equal(asking.busy.value.size, 0);
  });

  test('what failed or was refused is said, and can be tried again', async () => {
    const failed = { ok: true, result: { plan: 1, outcome: 'failed', detail: 'It had ended.' } } as const;
    const tried = make({ approve: async () => failed });
    tried.asking.approve(wanted, true);
    await settled();
    assert.deepEqual([tried.asking.said.value?.kind, tried.asking.busy.value.size], ['failed', 0]);

    const refused = make({ deny: async () => ({ ok: false, failure: failure('approval_used') }) });
    refused.asking.deny(wanted);
    await settled();
    assert.equal(refused.asking.said.value?.kind, 'refused');
    assert.match(refused.asking.said.value?.text ?? '', /already answered.*castellan log/);
    assert.equal(refused.asking.busy.value.size, 0);

    const broken = make({ approve: () => Promise.reject(new Error('approve failed')) });
    broken.asking.approve(wanted, false);
    await settled();
    assert.match(broken.asking.said.value?.text ?? '', /could not ask the helper/);
  });

  test('resuming, calling wrong, and changing the mode say what came of it', async () => {
    const { asking, calls } = make();
    asking.resume(frozen());
    await settled();
    assert.equal(asking.said.value?.title, 'Resumed node');
    asking.markWrong(12, 'Freeze node');
    await settled();
    assert.match(asking.said.value?.text ?? '', /counts anew/);
    asking.wishFor('live');
    assert.deepEqual([asking.wish.value, calls.length], ['live', 2]);
    asking.setMode('live');
    assert.equal(asking.wish.value, null);
    await settled();
    assert.equal(asking.said.value?.text, 'Live now.');
    asking.pause(15);
    asking.pause(15);
    await settled();
    assert.deepEqual([asking.said.value?.title, asking.said.value?.text], ['Paused', 'Paused for so long.']);
    assert.deepEqual(calls, [
      ['resume', 3],
      ['markWrong', 12],
      ['setReliefMode', 'live'],
      ['pauseRelief', 15],
    ]);
    assert.equal(asking.busy.value.size, 0);
  });
});
