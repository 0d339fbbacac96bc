import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type GateState,
  gateMemory,
  gateNeededMs,
  gateStatus,
  initialGate,
  markWrong,
  mayGoLive,
  observeGate,
  planned,
  restoreGate,
} from '../../helper/relief/gate.ts';

const watching = { sensorsValid: true, mode: 'dry_run' } as const;

/** Looks every two seconds from `fromMs` until `untilMs`, both ends included. */
const watch = (state: GateState, fromMs: number, untilMs: number): GateState => {
  let next = state;
  for (let at = fromMs; at <= untilMs; at += 2000) next = observeGate(next, at, watching);
  return next;
};

describe('the gate', () => {
  test('opens after six hours of dry run, and not two seconds sooner', () => {
    const almost = watch(initialGate, 0, gateNeededMs - 2000);
    assert.equal(mayGoLive(almost), false);
    assert.equal(gateStatus(almost, 'dry_run').state, 'counting');
    const open = observeGate(almost, gateNeededMs, watching);
    assert.equal(mayGoLive(open), true);
    assert.deepEqual(gateStatus(open, 'dry_run'), {
      state: 'open',
      observedSeconds: 21_600,
      neededSeconds: 21_600,
      plans: 0,
      wrong: 0,
    });
  });

  test('does not count while a sensor fails, nor the time around it that one side did not see', () => {
    let state = watch(initialGate, 0, 10_000);
    state = observeGate(state, 12_000, { sensorsValid: false, mode: 'dry_run' });
    state = observeGate(state, 14_000, watching);
    assert.equal(state.observedMs, 10_000);
    assert.equal(observeGate(state, 16_000, watching).observedMs, 12_000);
  });

  test('does not count while live or only observing', () => {
    for (const mode of ['live', 'observe_only'] as const) {
      let state = watch(initialGate, 0, 10_000);
      for (let at = 12_000; at <= 20_000; at += 2000) state = observeGate(state, at, { sensorsValid: true, mode });
      assert.equal(state.observedMs, 10_000);
    }
  });

  test('a gap of more than ten seconds adds nothing, one of ten is counted', () => {
    const state = watch(initialGate, 0, 10_000);
    assert.equal(observeGate(state, 20_000, watching).observedMs, 20_000);
    const slept = observeGate(state, 20_001, watching);
    assert.equal(slept.observedMs, 10_000);
    assert.equal(observeGate(slept, 22_001, watching).observedMs, 12_000);
  });

  test('a plan marked as wrong starts the count anew, and that it was wrong stays on record', () => {
    let state = planned(planned(watch(initialGate, 0, gateNeededMs)));
    assert.equal(mayGoLive(state), true);
    state = markWrong(state);
    assert.equal(mayGoLive(state), false);
    assert.deepEqual(gateStatus(state, 'dry_run'), {
      state: 'counting',
      observedSeconds: 0,
      neededSeconds: 21_600,
      plans: 0,
      wrong: 1,
    });
    assert.equal(observeGate(state, gateNeededMs + 2000, watching).observedMs, 2000);
  });

  test('says live when it is, whatever was counted', () => {
    assert.equal(gateStatus(initialGate, 'live').state, 'live');
  });

  test('goes on over a restart without the time between', () => {
    const state = planned(watch(initialGate, 0, 60_000));
    const restored = restoreGate(gateMemory(state));
    assert.deepEqual(restored, { observedMs: 60_000, lastMs: null, plans: 1, wrong: 0 });
    assert.equal(observeGate(restored, 5, watching).observedMs, 60_000);
  });

  test('what cannot be a count is none', () => {
    const restored = restoreGate({ observedMs: Number.NaN, plans: -3, wrong: Number.POSITIVE_INFINITY });
    assert.deepEqual(restored, initialGate);
  });

  test('never counts more than what passed, whatever is seen', () => {
    const look = fc.record({
      stepMs: fc.integer({ min: 0, max: 30_000 }),
      sensorsValid: fc.boolean(),
      mode: fc.constantFrom('live', 'dry_run', 'observe_only'),
    });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 60 }), (looks) => {
        let state = initialGate;
        let nowMs = 0;
        let most = 0;
        for (const [at, each] of looks.entries()) {
          nowMs += each.stepMs;
          const isSeen = (index: number): boolean =>
            looks[index]?.sensorsValid === true && looks[index]?.mode === 'dry_run';
          if (isSeen(at) && isSeen(at - 1) && each.stepMs <= 10_000) most += each.stepMs;
          state = observeGate(state, nowMs, each);
          assert.equal(state.observedMs, most);
        }
      }),
    );
  });
});
