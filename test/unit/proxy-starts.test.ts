import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStarts, type StartResult } from '../../helper/gateway/proxy/starts.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { EnsureAnswer } from '../../helper/protocol/seats.ts';
import type { Answer } from '../../helper/protocol/session.ts';
import { failed, ready } from '../fakes/proxy-gateway.ts';

const rig = () => {
  const asked: PromiseWithResolvers<Answer<EnsureAnswer>>[] = [];
  const clock = { nowMs: 0 };
  const troubles: string[] = [];
  const starts = createStarts({
    ensure: () => {
      const one = Promise.withResolvers<Answer<EnsureAnswer>>();
      asked.push(one);
      return one.promise;
    },
    nowMs: () => clock.nowMs,
    backOffMs: { first: 1_000, last: 30_000 },
    onTrouble: (text) => troubles.push(text),
  });
  const join = (): Promise<StartResult> => new Promise((resolve) => starts.join('council', resolve));
  return { asked, clock, troubles, starts, join };
};

const retryAfter = (result: StartResult): number | null => (result.ok ? null : result.refusal.retryAfterSeconds);

test('many who wait ask once and get the same answer', async () => {
  const { asked, join } = rig();
  const waiting = [join(), join(), join()];
  assert.equal(asked.length, 1);
  asked[0]?.resolve(ready);
  assert.deepEqual(await Promise.all(waiting), [{ ok: true }, { ok: true }, { ok: true }]);
});

test('who leaves is not told, and the others are', async () => {
  const { asked, starts, join } = rig();
  const told: string[] = [];
  const leave = starts.join('council', () => told.push('left'));
  const stays = join();
  leave();
  asked[0]?.resolve(ready);
  await stays;
  assert.deepEqual(told, []);
  assert.equal(asked.length, 1);
});

test('what was taken back is no failure, and its answer is not that of the next question', async () => {
  const { asked, starts, join } = rig();
  starts.join('council', () => assert.fail('nobody is told'))();
  const second = join();
  assert.equal(asked.length, 2);
  asked[0]?.resolve(failed);
  await new Promise((resolve) => setImmediate(resolve));
  asked[1]?.resolve(ready);
  assert.deepEqual(await second, { ok: true });
});

test('within the back-off the last failure is the answer, with the seconds that are left', async () => {
  const { asked, clock, join } = rig();
  const first = join();
  asked[0]?.resolve(failed);
  assert.equal(retryAfter(await first), 7);
  clock.nowMs = 999;
  assert.equal(retryAfter(await join()), 7);
  assert.equal(asked.length, 1);
  clock.nowMs = 1_000;
  const second = join();
  assert.equal(asked.length, 2);
  asked[1]?.resolve(failed);
  await second;
  clock.nowMs = 2_999;
  void join();
  assert.equal(asked.length, 2, 'the wait has doubled');
  clock.nowMs = 3_000;
  void join();
  assert.equal(asked.length, 3);
});

test('a seat that was seen serving has no failures any more', async () => {
  const { asked, starts, join } = rig();
  const first = join();
  asked[0]?.resolve(failed);
  await first;
  starts.forget('council');
  void join();
  assert.equal(asked.length, 2);
});

test('a success ends the back-off', async () => {
  const { asked, clock, join } = rig();
  for (const [n, answer] of [failed, failed, ready, failed].entries()) {
    clock.nowMs += 60_000;
    const joined = join();
    asked[n]?.resolve(answer);
    await joined;
  }
  clock.nowMs += 1_000;
  void join();
  assert.equal(asked.length, 5, 'it begins with the first wait again');
});

test('what the keeper will not do is told with its sentence, and without a time when none is of use', async () => {
  const { asked, join } = rig();
  const refused = join();
  if (!failed.ok) throw new Error('the sample is an answer');
  asked[0]?.resolve({
    ok: true,
    result: { ...failed.result, outcome: 'refused', retryAfterSeconds: null, said: 'No.' },
  });
  const result = await refused;
  assert.ok(!result.ok);
  assert.equal(result.refusal.said, 'No.');
  assert.equal(result.refusal.code, 'refused');
  assert.equal(result.refusal.retryAfterSeconds, null);
  assert.equal(retryAfter(await join()), null, 'nor within the back-off');
});

test('a keeper that is gone, or a question that throws, is a refusal', async () => {
  const { asked, clock, troubles, join } = rig();
  const first = join();
  asked[0]?.resolve({ ok: false, failure: failure('connection_lost', 'seat.ensure') });
  const gone = await first;
  assert.ok(!gone.ok && gone.refusal.code === 'keeper_unavailable' && gone.refusal.said.includes('council'));
  clock.nowMs = 5_000;
  const second = join();
  asked[1]?.reject(new Error('boom'));
  const thrown = await second;
  assert.ok(!thrown.ok && thrown.refusal.code === 'keeper_unavailable');
  assert.match(troubles.join(), /council: .*boom/);
});
