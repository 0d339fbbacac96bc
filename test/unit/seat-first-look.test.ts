import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, isReady, release, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** A keeper answers from its first moment on, and looks at its seats a moment later. */

describe('a seat that is asked for before the first look', () => {
  test('is judged as soon as it has been looked at', () => {
    const keeper = startSeatKeeper({ seen: { runs: false } });
    keeper.post(ask(1, { waitMs: 30_000 }));
    assert.deepEqual(keeper.answers(), []);
    keeper.runUntil(5_000);
    keeper.post(isReady);
    const [answer, ...more] = keeper.answers();
    assert.deepEqual(more, []);
    assert.deepEqual(answer?.ok === true && answer.kind === 'ensure' && [answer.request, answer.answer.outcome], [
      1,
      'ready',
    ]);
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['start'],
    );
  });

  test('is not waited for longer than ten seconds when the machine cannot be read', () => {
    const keeper = startSeatKeeper({ seen: { runs: false } });
    keeper.post(ask(1));
    keeper.sleepUntil(9_999);
    keeper.post(ask(2));
    assert.deepEqual(keeper.answers(), []);
    keeper.sleepUntil(10_000);
    keeper.post(ask(3));
    assert.deepEqual(keeper.answers(), [{ request: 1, ok: false, code: 'not_ready', detail: seatName }]);
  });

  test('is not released: nothing is known of it', () => {
    const keeper = startSeatKeeper();
    keeper.post(release(1));
    assert.deepEqual(keeper.answers(), [{ request: 1, ok: false, code: 'not_ready', detail: seatName }]);
  });
});
