import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { ask, isReady, onCallSeat, release, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** What must hold of a seat whatever else goes wrong. */

type SeatKeeper = ReturnType<typeof startSeatKeeper>;

const serving = (options: Parameters<typeof startSeatKeeper>[0] = {}): SeatKeeper => {
  const keeper = startSeatKeeper(options);
  keeper.runUntil(100);
  keeper.post(isReady);
  keeper.runUntil(20_000);
  return keeper;
};

/** The gateway acknowledges whatever closes. */
const acknowledging = (keeper: SeatKeeper, untilMs: number): void => {
  while (keeper.nowMs() < untilMs) {
    keeper.runUntil(Math.min(untilMs, keeper.nowMs() + 50));
    const { closing } = keeper.seat();
    if (closing !== null && !closing.acknowledged)
      keeper.post({ type: 'closing_ack', seat: seatName, closing: closing.number, used: false });
  }
};

const outcomeOf = (keeper: SeatKeeper, request: number): string | undefined => {
  const answer = keeper.answers().find((each) => each.request === request);
  if (answer === undefined) return undefined;
  return answer.ok ? (answer.kind === 'keep' ? 'keep' : answer.answer.outcome) : answer.code;
};

const traffic = (inFlight: number, bytes = 0): KeeperEvent => ({
  type: 'seat_traffic',
  seat: seatName,
  inFlight,
  bytes,
  ticks: 0,
});

describe('a release', () => {
  for (const afterLookMs of [50, 250, 450, 900])
    test(`without cut leaves a seat alone that works, ${afterLookMs} ms after a look`, () => {
      const keeper = serving();
      keeper.see({ cpuShare: 0.5 });
      keeper.runUntil(28_000 + afterLookMs);
      keeper.post(release(1));
      acknowledging(keeper, keeper.nowMs() + 5_000);
      assert.equal(outcomeOf(keeper, 1), 'in_flight');
      assert.deepEqual(keeper.orders(), []);
    });

  test('without cut finds work that began a moment before it', () => {
    const keeper = serving();
    keeper.runUntil(28_050);
    keeper.see({ cpuShare: 0.5 });
    keeper.post(release(1));
    acknowledging(keeper, keeper.nowMs() + 5_000);
    assert.equal(outcomeOf(keeper, 1), 'in_flight');
    assert.deepEqual(keeper.orders(), []);
  });

  test('with cut ends it, and who asked for it before is not given it all the same', () => {
    const keeper = startSeatKeeper({ seen: { runs: false } });
    keeper.runUntil(3_000);
    keeper.post(ask(1));
    keeper.runUntil(6_000);
    assert.equal(keeper.seat().state, 'loading');
    keeper.post(release(2));
    assert.equal(outcomeOf(keeper, 2), 'in_flight', 'somebody waits for it');
    keeper.post(release(3, true));
    acknowledging(keeper, 20_000);
    assert.equal(outcomeOf(keeper, 1), 'refused');
    assert.equal(outcomeOf(keeper, 3), 'draining');
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['start', 'stop'],
    );
  });

  test('of a seat that loads for nobody is carried out: to load is no use', () => {
    const keeper = startSeatKeeper({ seen: { cpuShare: 0.9 } });
    keeper.runUntil(3_000);
    assert.equal(keeper.seat().state, 'loading');
    keeper.post(release(1));
    acknowledging(keeper, 8_000);
    assert.equal(outcomeOf(keeper, 1), 'draining');
  });

  test('is answered when the seat ends before it is told to', () => {
    const keeper = serving();
    keeper.post(release(1));
    keeper.see({ runs: false });
    keeper.runUntil(30_000);
    assert.equal(outcomeOf(keeper, 1), 'absent');
  });
});

describe('a claim', () => {
  test('of a start that never showed a process is let go', () => {
    const keeper = startSeatKeeper({ seat: { readySeconds: 20 }, seen: { runs: false, startsNothing: true } });
    keeper.runUntil(3_000);
    keeper.post(ask(1));
    keeper.runUntil(120_000);
    assert.equal(outcomeOf(keeper, 1), 'never_ready');
    assert.equal(keeper.seat().isHeld, false);
  });

  test('is not taken for returned while memory cannot be read', () => {
    const keeper = serving({ seat: { readySeconds: 20 } });
    keeper.see({ runs: false, availableBytes: null });
    keeper.runUntil(24_000);
    assert.equal(keeper.seat().isHeld, true);
  });
});

describe('a stop that is not known to have happened', () => {
  test('is waited for, told of to who asks, and in the end the seat serves again', () => {
    const keeper = serving({ seat: { idleSeconds: 0 }, seen: { orderOutcome: 'timed_out', drainMs: 10 ** 9 } });
    keeper.post(release(1));
    acknowledging(keeper, 30_000);
    assert.equal(keeper.seat().state, 'draining');
    keeper.post(ask(2));
    acknowledging(keeper, 200_000);
    assert.equal(outcomeOf(keeper, 2), 'failed');
    acknowledging(keeper, 700_000);
    assert.equal(keeper.seat().closing, null);
    assert.notEqual(keeper.seat().state, 'draining');
    keeper.post(ask(3));
    assert.equal(outcomeOf(keeper, 3), 'ready');
  });
});

describe('an end that could not be ordered', () => {
  test('leaves a seat that never served loading, and nobody is told that it serves', () => {
    const keeper = startSeatKeeper({ seat: { readySeconds: 600 }, seen: { runs: false } });
    keeper.runUntil(3_000);
    keeper.post(ask(1));
    keeper.runUntil(8_000);
    keeper.see({ orderOutcome: 'failed' });
    keeper.post(release(2, true));
    acknowledging(keeper, 12_000);
    assert.equal(outcomeOf(keeper, 2), 'failed');
    assert.equal(keeper.seat().state, 'loading');
    keeper.post(ask(3));
    assert.equal(outcomeOf(keeper, 3), undefined);
    keeper.post(isReady);
    assert.equal(outcomeOf(keeper, 3), 'ready');
  });

  test('or was ordered before anything ran, leaves nothing draining', () => {
    const keeper = startSeatKeeper({ seen: { runs: false, startsNothing: true } });
    keeper.runUntil(3_000);
    keeper.post(ask(1));
    keeper.runUntil(3_400);
    keeper.post(release(2, true));
    acknowledging(keeper, 20_000);
    assert.equal(keeper.seat().state, 'absent');
    assert.equal(keeper.seat().isHeld, false);
  });
});

describe('what an earlier keeper knew', () => {
  test('of a protected seat that did not stay up ends nothing', () => {
    const keeper = startSeatKeeper({ seat: { class: 'protected' } });
    keeper.post({
      type: 'remembered',
      ageMs: 1_000,
      memory: {
        choice: null,
        choiceOver: 'dry_run',
        gate: { observedMs: 0, plans: 0, wrong: 0 },
        sheds: [],
        remedyAgoMs: null,
        ending: [],
        braked: [],
        seats: [{ name: seatName, peakBytes: 13 * GB, failure: { kind: 'crash_loop', count: 1, agoMs: 9_000 } }],
        strikes: [],
        recovery: null,
      },
    });
    keeper.runUntil(120_000);
    assert.deepEqual(keeper.orders(), []);
    keeper.post(isReady);
    assert.equal(keeper.seat().state, 'ready');
  });
});

describe('requests', () => {
  test('for what can never fit do not wait', () => {
    const keeper = startSeatKeeper({ seat: { peakBytes: 900 * GB }, seen: { runs: false } });
    keeper.runUntil(3_000);
    keeper.post(ask(1, { waitMs: 30_000 }));
    keeper.runUntil(4_000);
    assert.equal(outcomeOf(keeper, 1), 'needs_shedding');
  });

  test('of one account do not take the places of others', () => {
    const keeper = startSeatKeeper({ seen: { runs: false }, seat: { readySeconds: 600 } });
    keeper.runUntil(3_000);
    for (let request = 1; request <= 100; request++) keeper.post({ ...ask(request), by: { uid: 1005, client: 'cli' } });
    assert.equal(outcomeOf(keeper, 100), 'too_many_waiting');
    keeper.post({ ...ask(201, { ask: 'load' }), by: { uid: 501, client: 'app' } });
    assert.equal(outcomeOf(keeper, 201), undefined, 'it waits with the others');
  });

  test('to release a protected seat do nothing without its name, and with it end it in order', () => {
    const keeper = serving({ seat: { class: 'protected' } });
    keeper.post(release(1, true));
    acknowledging(keeper, 60_000);
    assert.equal(outcomeOf(keeper, 1), 'protected');
    assert.deepEqual(keeper.orders(), []);
    keeper.post({ ...release(2), isConfirmed: true });
    acknowledging(keeper, keeper.nowMs() + 5_000);
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['stop'],
    );
    assert.equal(outcomeOf(keeper, 2), 'draining');
  });

  test('for a seat that serves are answered however many wait for another', () => {
    const keeper = serving({ others: [onCallSeat({ name: 'Gemma', label: 'com.sanctum.gemma', port: null })] });
    for (let request = 1; request <= 600; request++) keeper.post({ ...ask(request), seat: 'Gemma' });
    keeper.post(ask(1_000));
    assert.equal(outcomeOf(keeper, 1_000), 'ready');
  });

  test('of anybody do not start a protected seat; an operator’s does', () => {
    const keeper = startSeatKeeper({ seat: { class: 'protected' }, seen: { runs: false } });
    keeper.runUntil(3_000);
    keeper.post({ ...ask(1), by: { uid: 1005, client: 'cli' } });
    keeper.post({ ...ask(2, { ask: 'load' }), by: { uid: 501, client: 'gateway' } });
    keeper.runUntil(5_000);
    assert.deepEqual([outcomeOf(keeper, 1), outcomeOf(keeper, 2)], ['refused', 'refused']);
    assert.deepEqual(keeper.orders(), []);
    keeper.post({ ...ask(3, { ask: 'load' }), by: { uid: 501, client: 'app' } });
    keeper.runUntil(8_000);
    assert.equal(keeper.orders().length, 1);
  });
});

describe('what is seen', () => {
  test('a process that cannot be read has not lost its model', () => {
    const keeper = serving();
    keeper.see({ isUnreadable: true });
    keeper.runUntil(40_000);
    assert.equal(keeper.seat().state === 'hollow', false);
    assert.equal(
      keeper.alerts().some((alert) => alert.startsWith('seat_hollow')),
      false,
    );
  });

  test('a model that is gone is, and what comes back is ready again', () => {
    const keeper = serving();
    keeper.see({ footprintBytes: 0.01 * GB });
    keeper.runUntil(25_000);
    assert.equal(keeper.seat().state, 'hollow');
    keeper.see({ footprintBytes: 13 * GB });
    keeper.runUntil(30_000);
    assert.equal(keeper.seat().state === 'ready' || keeper.seat().state === 'idle', true);
  });

  test('what the gateway was not asked is not heard', () => {
    const keeper = startSeatKeeper({ seen: { runs: false } });
    keeper.runUntil(3_000);
    keeper.post(isReady);
    assert.equal(keeper.seat().state, 'absent');
    keeper.post(ask(1));
    keeper.post(isReady);
    assert.equal(outcomeOf(keeper, 1), undefined);
  });
});

describe('a seat that does not stay up', () => {
  const crash = (keeper: SeatKeeper): void => {
    keeper.respawn();
    keeper.runUntil(keeper.nowMs() + 4_000);
  };

  test('protected, it is told of and left alone, and serves when it does', () => {
    const keeper = startSeatKeeper({ seat: { class: 'protected' } });
    keeper.runUntil(100);
    keeper.post(isReady);
    keeper.runUntil(4_000);
    for (let time = 0; time < 3; time++) crash(keeper);
    assert.equal(keeper.seat().state, 'failed');
    assert.deepEqual(keeper.orders(), []);
    keeper.post(isReady);
    keeper.runUntil(60_000);
    assert.equal(keeper.seat().state, 'ready');
    assert.equal(keeper.alerts().filter((alert) => alert.startsWith('seat_failed')).length, 1);
  });

  test('orderly rounds are none', () => {
    const keeper = serving();
    for (let round = 0; round < 4; round++) {
      keeper.post(release(10 + round, true));
      acknowledging(keeper, keeper.nowMs() + 4_000);
      keeper.post(ask(20 + round));
      keeper.runUntil(keeper.nowMs() + 6_000);
      keeper.post(isReady);
      assert.equal(outcomeOf(keeper, 20 + round), 'ready', `round ${round}`);
    }
  });

  test('an end that could not be ordered at once is ordered later', () => {
    const keeper = startSeatKeeper({ seat: { readySeconds: 20 }, seen: { runs: false } });
    keeper.runUntil(3_000);
    keeper.post(ask(1));
    keeper.runUntil(15_000);
    keeper.post({ type: 'cannot_act', reasons: ['a test'] });
    keeper.runUntil(40_000);
    assert.equal(outcomeOf(keeper, 1), 'never_ready');
    assert.equal(keeper.orders().length, 1);
    keeper.post({ type: 'cannot_act', reasons: [] });
    keeper.runUntil(45_000);
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['start', 'stop'],
    );
  });
});

describe('time in which nobody looked', () => {
  test('is neither time to load nor idle time', () => {
    const loading = startSeatKeeper({ seat: { readySeconds: 60 }, seen: { runs: false } });
    loading.runUntil(3_000);
    loading.post(ask(1));
    loading.runUntil(10_000);
    loading.sleepUntil(200_000);
    loading.runUntil(202_000);
    assert.equal(loading.seat().state, 'loading');
    loading.post(isReady);
    assert.equal(outcomeOf(loading, 1), 'ready');

    const woken = serving();
    woken.sleepUntil(8 * 3_600_000);
    woken.post(traffic(0, 5));
    acknowledging(woken, 8 * 3_600_000 + 400_000);
    assert.equal(woken.orders().length, 1, 'a use after the sleep is no use hours from now');

    const idle = serving();
    idle.sleepUntil(400_000);
    acknowledging(idle, 405_000);
    assert.deepEqual(idle.orders(), []);
    acknowledging(idle, 700_000);
    assert.equal(idle.orders().length, 1);
  });
});

describe('a gateway that is not to be trusted', () => {
  test('keeps a seat loaded for a day, whatever it reports', () => {
    const keeper = serving();
    const hour = 3_600_000;
    for (let at = 60_000; at <= 27 * hour && keeper.orders().length === 0; at += 60_000) {
      keeper.post(traffic(1, 1));
      keeper.post(ask(at));
      while (keeper.nowMs() < at) {
        keeper.runUntil(Math.min(at, keeper.nowMs() + 500));
        const { closing } = keeper.seat();
        if (closing !== null && !closing.acknowledged)
          keeper.post({ type: 'closing_ack', seat: seatName, closing: closing.number, used: true });
      }
    }
    assert.equal(keeper.orders().length, 1);
    assert.ok((keeper.orders()[0]?.atMs ?? 0) > 24 * hour);
  });
});
