import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, isReady, release, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** When an on-call seat counts as idle, and how it is then unloaded. */

const minute = 60_000;
const hour = 60 * minute;

const ready = (options: Parameters<typeof startSeatKeeper>[0] = {}) => {
  const keeper = startSeatKeeper(options);
  keeper.runUntil(100);
  keeper.post(isReady);
  return keeper;
};

/** The gateway acknowledges whatever closes. */
const acknowledging = (keeper: ReturnType<typeof ready>, untilMs: number, used = false): void => {
  while (keeper.nowMs() < untilMs) {
    keeper.runUntil(Math.min(untilMs, keeper.nowMs() + 50));
    const { closing } = keeper.seat();
    if (closing !== null && !closing.acknowledged)
      keeper.post({ type: 'closing_ack', seat: seatName, closing: closing.number, used });
  }
};

const stopAfterMs = (keeper: ReturnType<typeof ready>): number | undefined =>
  keeper.orders().find(({ verb }) => verb === 'stop')?.atMs;

describe('an idle seat', () => {
  test('is unloaded when nobody has used it for its whole idle time, not before', () => {
    const keeper = ready();
    acknowledging(keeper, 100 + 299_900);
    assert.deepEqual(keeper.orders(), []);
    assert.equal(keeper.seat().state, 'idle');
    acknowledging(keeper, 100 + 302_000);
    assert.equal(keeper.orders().length, 1);
    assert.match(keeper.orders()[0]?.why ?? '', /Nobody has used Codestral for 5 min/);
  });

  test('a request through the API in the last second sets the clock back', () => {
    const keeper = ready();
    acknowledging(keeper, 299_000);
    keeper.post({ type: 'seat_traffic', seat: seatName, inFlight: 0, bytes: 0, ticks: 1 });
    acknowledging(keeper, 598_000);
    assert.deepEqual(keeper.orders(), []);
    acknowledging(keeper, 602_000);
    assert.equal(keeper.orders().length, 1);
  });

  test('bytes at its port are use, also past the proxy; a connection without a byte is none', () => {
    const keeper = ready();
    keeper.see({ connections: 1 });
    for (let at = 10_000; at <= 10 * minute; at += 10_000) {
      keeper.see({ mark: 1 + at });
      acknowledging(keeper, at);
    }
    assert.deepEqual(keeper.orders(), []);
    acknowledging(keeper, 10 * minute + 310_000);
    assert.equal(keeper.orders().length, 1);
  });

  test('work of its processes is use from two percent of a core on', () => {
    const working = ready();
    working.see({ cpuShare: 0.025 });
    acknowledging(working, 10 * minute);
    assert.deepEqual(working.orders(), []);
    const ticking = ready();
    ticking.see({ cpuShare: 0.015 });
    acknowledging(ticking, 10 * minute);
    assert.equal(ticking.orders().length, 1);
  });

  test('a request under way without a byte keeps it for thirty minutes', () => {
    const keeper = ready();
    keeper.post({ type: 'seat_traffic', seat: seatName, inFlight: 1, bytes: 200, ticks: 0 });
    acknowledging(keeper, 29 * minute);
    assert.deepEqual(keeper.orders(), []);
    assert.equal(keeper.seat().state, 'busy');
    acknowledging(keeper, 36 * minute);
    assert.equal(keeper.orders().length, 1);
  });

  test('what the gateway alone tells keeps it for a day', () => {
    const keeper = ready();
    for (let at = minute; at <= 26 * hour && keeper.orders().length === 0; at += minute) {
      keeper.post({ type: 'seat_traffic', seat: seatName, inFlight: 0, bytes: 0, ticks: 1 });
      acknowledging(keeper, at);
    }
    const stopMs = stopAfterMs(keeper) ?? 0;
    assert.ok(stopMs > 24 * hour && stopMs < 24 * hour + 10 * minute, `${stopMs / hour} h`);
  });

  test('what cannot be read counts as use for half an hour, and is then the operator’s to say', () => {
    const keeper = ready({ seen: { mark: null, connections: 1 } });
    acknowledging(keeper, 25 * minute);
    assert.notEqual(keeper.seat().state, 'idle');
    acknowledging(keeper, 60 * minute);
    assert.deepEqual(keeper.orders(), []);
    assert.ok(keeper.alerts().includes(`seat_use_unknown ${seatName}`));
  });

  test('a seat that was just loaded stays for two minutes', () => {
    const keeper = ready({ seat: { idleSeconds: 10 } });
    acknowledging(keeper, 119_000);
    assert.deepEqual(keeper.orders(), []);
    acknowledging(keeper, 124_000);
    assert.equal(keeper.orders().length, 1);
  });

  test('the operator keeps it', () => {
    const keeper = ready();
    keeper.post({ type: 'seat_keep', request: 1, seat: seatName, ms: hour, by: { uid: 501, client: 'app' } });
    acknowledging(keeper, 59 * minute);
    assert.deepEqual(keeper.orders(), []);
    acknowledging(keeper, 61 * minute);
    assert.equal(keeper.orders().length, 1);
  });

  test('without an idle time, or protected, it is never unloaded', () => {
    for (const seat of [{ idleSeconds: 0 }, { class: 'protected' as const }]) {
      const keeper = ready({ seat });
      acknowledging(keeper, 30 * minute);
      assert.deepEqual(keeper.orders(), []);
      assert.equal(keeper.seat().state, 'ready');
    }
  });
});

describe('closing', () => {
  const closing = () => {
    const keeper = ready();
    keeper.runUntil(300_200);
    assert.notEqual(keeper.seat().closing, null);
    return keeper;
  };

  test('waits a second for the gateway and goes on without it', () => {
    const keeper = closing();
    const since = keeper.seat().closing?.sinceMs ?? 0;
    keeper.runUntil(since + 900);
    assert.deepEqual(keeper.orders(), []);
    keeper.runUntil(since + 1_500);
    assert.equal(keeper.orders().length, 1);
  });

  test('a gateway that is missing is not waited for', () => {
    const keeper = startSeatKeeper({ gateway: 'missing', seat: { ready: null } });
    keeper.runUntil(302_500);
    assert.equal(keeper.orders().length, 1);
  });

  test('a use that the acknowledgement tells of calls it back', () => {
    const keeper = closing();
    acknowledging(keeper, keeper.nowMs() + 3_000, true);
    assert.deepEqual(keeper.orders(), []);
    assert.equal(keeper.seat().closing, null);
    assert.ok(keeper.seat().state === 'ready' || keeper.seat().state === 'idle');
  });

  test('a request before its end is answered at once and calls it back', () => {
    const keeper = closing();
    const { seatAnswers } = keeper.post(ask(7));
    assert.equal(
      seatAnswers[0]?.ok === true && seatAnswers[0].kind === 'ensure' && seatAnswers[0].answer.outcome,
      'ready',
    );
    assert.equal(keeper.seat().closing, null);
  });

  test('bytes at its port in the last look call it back', () => {
    const keeper = closing();
    keeper.see({ mark: 99 });
    keeper.runUntil(keeper.nowMs() + 3_000);
    assert.deepEqual(keeper.orders(), []);
  });

  test('an acknowledgement of another closing is none', () => {
    const keeper = closing();
    const { number = 0, sinceMs = 0 } = keeper.seat().closing ?? {};
    keeper.post({ type: 'closing_ack', seat: seatName, closing: number + 1, used: false });
    keeper.runUntil(sinceMs + 900);
    assert.deepEqual(keeper.orders(), []);
  });

  test('an order that fails leaves it serving, and says so', () => {
    const keeper = ready({ seen: { orderOutcome: 'failed' } });
    acknowledging(keeper, 6_000);
    keeper.post(release(3));
    acknowledging(keeper, keeper.nowMs() + 3_000);
    const answer = keeper.answers().find(({ request }) => request === 3);
    assert.equal(answer?.ok === true && answer.kind === 'release' && answer.answer.outcome, 'failed');
    assert.equal(keeper.seat().closing, null);
    assert.equal(keeper.seat().state, 'ready');
  });

  test('a request while it ends waits for the end, and is admitted afresh', () => {
    const keeper = ready({ seen: { drainMs: 5_000 } });
    acknowledging(keeper, 6_000);
    keeper.post(release(3));
    acknowledging(keeper, keeper.nowMs() + 2_000);
    assert.equal(keeper.seat().state, 'draining');
    keeper.post(ask(8));
    acknowledging(keeper, keeper.nowMs() + 12_000);
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['stop', 'start'],
    );
    keeper.post(isReady);
    const answer = keeper.answers().find(({ request }) => request === 8);
    assert.equal(answer?.ok === true && answer.kind === 'ensure' && answer.answer.outcome, 'ready');
  });
});
