import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB, MB } from '../../helper/config/config.ts';
import { recallSeats, sameMemories, seatMemories } from '../../helper/seats/remembered.ts';
import { initialSeating } from '../../helper/seats/seating.ts';
import { ask, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** What of a seat outlives the keeper. */

const memory = (failure: { kind: 'crash_loop' | 'never_ready'; count: number; agoMs: number } | null) => ({
  type: 'remembered' as const,
  ageMs: 1_000,
  memory: {
    choice: null,
    choiceOver: 'dry_run' as const,
    gate: { observedMs: 0, plans: 0, wrong: 0 },
    sheds: [],
    remedyAgoMs: null,
    ending: [],
    braked: [],
    seats: [{ name: seatName, peakBytes: 15 * GB, failure }],
    strikes: [],
    recovery: null,
  },
});

describe('what is remembered of seats', () => {
  test('the largest footprint of earlier runs, which proposes a higher reserve and claims nothing', () => {
    const keeper = startSeatKeeper();
    keeper.post(memory(null));
    keeper.runUntil(3_000);
    const { peakBytes } = keeper.seat();
    assert.ok(peakBytes > 15 * GB - 64 * MB && peakBytes <= 15 * GB);
    assert.deepEqual(seatMemories(keeper.state().seating, 3_000), [
      { name: seatName, peakBytes: 15 * GB, failure: null },
    ]);
  });

  test('a seat that did not stay up is not tried again for a request, but for an operator', () => {
    const keeper = startSeatKeeper({ seen: { runs: false } });
    keeper.post(memory({ kind: 'crash_loop', count: 1, agoMs: 60_000 }));
    keeper.runUntil(3_000);
    assert.equal(keeper.seat().state, 'failed');
    const [answer] = keeper.post(ask(1)).seatAnswers;
    assert.equal(answer?.ok === true && answer.kind === 'ensure' && answer.answer.outcome, 'refused');
    keeper.post(ask(2, { ask: 'load' }));
    keeper.runUntil(4_000);
    assert.deepEqual(
      keeper.orders().map(({ verb }) => verb),
      ['start'],
    );
  });

  test('one that was not ready in time is tried again when its time has passed, counted over the restart', () => {
    const keeper = startSeatKeeper({ seen: { runs: false } });
    keeper.post(memory({ kind: 'never_ready', count: 1, agoMs: 40_000 }));
    keeper.runUntil(3_000);
    const [early] = keeper.post(ask(1)).seatAnswers;
    assert.equal(early?.ok === true && early.kind === 'ensure' && early.answer.outcome, 'never_ready');
    keeper.runUntil(22_000);
    keeper.post(ask(2));
    keeper.runUntil(23_000);
    assert.equal(keeper.orders().length, 1);
  });

  test('a seat that has not been looked at yet is not forgotten by the next write', () => {
    const seats = [
      { name: 'A', peakBytes: 3 * GB, failure: null },
      { name: 'B', peakBytes: 64 * MB, failure: { kind: 'ended' as const, count: 2, agoMs: 5_000 } },
    ];
    const recalled = recallSeats(initialSeating(0), seats, 0, 10_000);
    assert.deepEqual(seatMemories(recalled, 10_000), seats);
    assert.ok(sameMemories(seatMemories(recalled, 90_000), seats), 'time alone is worth no write');
  });
});
