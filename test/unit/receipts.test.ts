import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB, MB } from '../../helper/config/config.ts';
import type { Plan } from '../../helper/relief/acts.ts';
import {
  type Measurement,
  noReceipts,
  observeReceipts,
  openReceipt,
  type ReceiptsState,
  type SettledReceipt,
} from '../../helper/relief/receipts.ts';
import { bootoutAct, freezeAct, killAct, planOf, purgeAct, shedAct, terminateAct, unloadAct } from '../fakes/plans.ts';

const bytesNow = (counter: number): Measurement => ({ counter, fillBytesPerSecond: null });
const rates = (counter: number, fillBytesPerSecond: number | null): Measurement => ({ counter, fillBytesPerSecond });

/** Looks at one receipt at each of the times until it is settled. */
const watch = (
  plan: Plan,
  before: Measurement | null,
  looks: readonly (readonly [atMs: number, measured: Measurement | null])[],
): { readonly settled: SettledReceipt | null; readonly atMs: number; readonly state: ReceiptsState } => {
  let state = openReceipt(noReceipts, plan, 0, before);
  for (const [atMs, measured] of looks) {
    const turn = observeReceipts(state, atMs, () => measured);
    assert.ok(turn.settled.length <= 1);
    assert.equal(turn.rows.length, turn.settled.length);
    state = turn.state;
    const [settled] = turn.settled;
    if (settled !== undefined) return { settled, atMs, state };
  }
  return { settled: null, atMs: 0, state };
};

describe('bytes that come back', () => {
  const purge = planOf(1, purgeAct, { expected: { counter: 'cache', bytes: 2 * GB, bytesPerSecond: 0 } });

  test('half of what was expected is enough, a byte less is not', () => {
    const enough = watch(purge, bytesNow(4 * GB), [[2000, bytesNow(3 * GB)]]);
    assert.equal(enough.settled?.effective, true);
    assert.equal(enough.settled?.actual, GB);
    assert.equal(enough.settled?.expected, 2 * GB);
    assert.equal(enough.settled?.afterMs, 2000);
    assert.equal(enough.settled?.text, 'Gave back 1.0 GB of 2.0 GB expected, in 2 s.');
    const less = watch(purge, bytesNow(4 * GB), [
      [2000, bytesNow(3 * GB + 1)],
      [119_999, bytesNow(3 * GB + 1)],
      [120_000, bytesNow(3 * GB + 1)],
    ]);
    assert.equal(less.atMs, 120_000);
    assert.equal(less.settled?.effective, false);
  });

  test('256 MB must come back however little was expected', () => {
    const small = planOf(1, purgeAct, { expected: { counter: 'cache', bytes: 50 * MB, bytesPerSecond: 0 } });
    const all = watch(small, bytesNow(50 * MB), [[120_000, bytesNow(0)]]);
    assert.equal(all.settled?.effective, false);
    assert.equal(all.settled?.text, 'Gave back 50 MB of 50 MB expected; at least 256 MB must come back to count.');
    const more = watch(small, bytesNow(256 * MB), [[2000, bytesNow(0)]]);
    assert.equal(more.settled?.effective, true);
  });

  test('a counter that rose says so and gives nothing, not less than nothing', () => {
    const { settled } = watch(purge, bytesNow(GB), [[120_000, bytesNow(3 * GB)]]);
    assert.equal(settled?.effective, false);
    assert.equal(settled?.actual, 0);
    assert.equal(settled?.text, 'Grew by 2.0 GB instead of giving back 2.0 GB.');
  });

  test('what cannot be measured, before or after, proves nothing', () => {
    for (const [before, after] of [
      [bytesNow(4 * GB), null],
      [null, bytesNow(0)],
      [bytesNow(Number.NaN), bytesNow(0)],
      [bytesNow(4 * GB), bytesNow(Number.NEGATIVE_INFINITY)],
    ] as const) {
      const { settled, atMs } = watch(purge, before, [
        [2000, after],
        [120_000, after],
        [160_000, after],
      ]);
      assert.equal(atMs, 160_000);
      assert.equal(settled?.effective, false);
      assert.equal(settled?.actual, 0);
      assert.equal(settled?.text, 'What came of it could not be measured.');
    }
  });

  test('the figure that is due at 120 s may come with the next full pass', () => {
    const { settled, atMs } = watch(purge, bytesNow(4 * GB), [
      [120_000, null],
      [122_000, null],
      [148_000, bytesNow(2 * GB)],
    ]);
    assert.equal(atMs, 148_000);
    assert.equal(settled?.effective, true);
  });

  test('a model that is unloaded counts at once', () => {
    const unload = planOf(1, unloadAct, { expected: { counter: 'footprint', bytes: 40 * GB, bytesPerSecond: 0 } });
    assert.equal(watch(unload, bytesNow(42 * GB), [[500, bytesNow(2 * GB)]]).settled?.actual, 40 * GB);
  });
});

describe('what something may start again', () => {
  test('must stay away for ten seconds', () => {
    for (const act of [shedAct('com.example.vault'), bootoutAct('coder', 'on_call'), killAct(7), terminateAct(7)]) {
      const { settled, atMs } = watch(planOf(1, act), bytesNow(3 * GB), [
        [2000, bytesNow(0)],
        [11_999, bytesNow(0)],
        [12_000, bytesNow(0)],
      ]);
      assert.equal(atMs, 12_000);
      assert.equal(settled?.effective, true);
      assert.equal(settled?.actual, 3 * GB);
    }
  });

  test('a label that respawns gave nothing back, and the text says why', () => {
    const { settled } = watch(planOf(1, shedAct('com.example.vault')), bytesNow(3 * GB), [
      [2000, bytesNow(0)],
      [6000, bytesNow(2.9 * GB)],
      [120_000, bytesNow(3 * GB)],
    ]);
    assert.equal(settled?.effective, false);
    assert.equal(settled?.actual, 0);
    assert.equal(settled?.text, 'Gave back 3.0 GB of 3.0 GB expected, and took it again: something starts it anew.');
  });

  test('a respawn begins the ten seconds anew', () => {
    const { atMs } = watch(planOf(1, shedAct('com.example.vault')), bytesNow(3 * GB), [
      [2000, bytesNow(0)],
      [6000, bytesNow(3 * GB)],
      [8000, bytesNow(0)],
      [14_000, bytesNow(0)],
      [18_000, bytesNow(0)],
    ]);
    assert.equal(atMs, 18_000);
  });

  test('bytes that came back just before the end are given their ten seconds', () => {
    const { settled, atMs } = watch(planOf(1, killAct(7)), bytesNow(3 * GB), [
      [118_000, bytesNow(0)],
      [124_000, bytesNow(0)],
      [128_000, bytesNow(0)],
    ]);
    assert.equal(atMs, 128_000);
    assert.equal(settled?.effective, true);
  });
});

describe('a freeze', () => {
  const freeze = planOf(1, freezeAct(7));
  const before = rates(800 * MB, 900 * MB);

  test('is expected to free nothing and to end growth', () => {
    const { settled, atMs } = watch(freeze, before, [[100, rates(0, 100 * MB)]]);
    assert.equal(atMs, 100);
    assert.equal(settled?.effective, true);
    assert.equal(settled?.expected, 800 * MB);
    assert.equal(settled?.actual, 800 * MB);
    assert.equal(settled?.text, 'Stopped growth of 800 MB/s, in 0 s.');
  });

  test('five percent of its growth, or less than 1 MB/s, is standing still', () => {
    assert.equal(watch(freeze, before, [[2000, rates(40 * MB, 0)]]).settled?.effective, true);
    assert.equal(watch(freeze, before, [[2000, rates(40 * MB + 1, 0)]]).settled?.effective, false);
    const slow = planOf(1, freezeAct(7), { expected: { counter: 'growth', bytes: 0, bytesPerSecond: 8 * MB } });
    assert.equal(watch(slow, rates(8 * MB, 8 * MB), [[2000, rates(MB - 1, 0)]]).settled?.effective, true);
    assert.equal(watch(slow, rates(8 * MB, 8 * MB), [[2000, rates(MB, 0)]]).settled?.effective, false);
  });

  test('the fill of the machine must fall by half of that', () => {
    assert.equal(watch(freeze, before, [[2000, rates(0, 500 * MB)]]).settled?.effective, true);
    const { settled } = watch(freeze, before, [[2000, rates(0, 500 * MB + 1)]]);
    assert.equal(settled?.effective, false);
    assert.equal(
      settled?.text,
      'It stands still, but the machine goes on filling: by 400 MB/s less, at least 400 MB/s was expected.',
    );
  });

  test('is judged by the first look at 2 s or later', () => {
    const { atMs, settled } = watch(freeze, before, [
      [1000, rates(800 * MB, 900 * MB)],
      [1999, rates(800 * MB, 900 * MB)],
      [2500, rates(700 * MB, 900 * MB)],
    ]);
    assert.equal(atMs, 2500);
    assert.equal(settled?.effective, false);
    assert.equal(settled?.actual, 100 * MB);
    assert.equal(settled?.text, 'It still grows by 700 MB/s.');
  });

  test('waits for a figure that is missing, and not for ever', () => {
    const late = watch(freeze, before, [
      [2000, null],
      [4000, rates(0, null)],
      [4500, rates(0, 100 * MB)],
    ]);
    assert.equal(late.settled?.effective, true);
    const never = watch(freeze, before, [
      [4000, null],
      [6000, null],
    ]);
    assert.equal(never.settled?.text, 'What came of it could not be measured.');
  });

  test('of something that did not grow is effective when it stands still', () => {
    const calm = planOf(1, freezeAct(7), { expected: { counter: 'growth', bytes: 0, bytesPerSecond: 0 } });
    assert.equal(watch(calm, rates(0, null), [[10, rates(0, null)]]).settled?.effective, true);
  });
});

describe('the book of receipts', () => {
  test('a settled one has its row in the audit log', () => {
    const plan = planOf(4, shedAct('com.example.vault'));
    const state = openReceipt(noReceipts, plan, 1000, bytesNow(GB));
    const { rows } = observeReceipts(state, 121_000, () => bytesNow(GB));
    assert.deepEqual(rows, [
      {
        kind: 'receipt',
        plan: 4,
        verb: 'shed',
        target: 'com.example.vault',
        counter: 'footprint',
        expected: 3 * GB,
        actual: 0,
        effective: false,
        afterMs: 120_000,
        text: 'Nothing came back of 3.0 GB expected; at least 1.5 GB must come back to count.',
      },
    ]);
  });

  test('what brings back has none, and no plan has two', () => {
    const restore = planOf(1, { verb: 'restore', label: 'com.example.vault' });
    assert.equal(openReceipt(noReceipts, restore, 0, bytesNow(0)), noReceipts);
    const once = openReceipt(noReceipts, planOf(1, killAct(7)), 0, bytesNow(GB));
    assert.equal(openReceipt(once, planOf(1, killAct(7)), 5, bytesNow(GB)), once);
  });

  test('a second act on the same target ends the count of the first, so that no byte counts twice', () => {
    let state = openReceipt(noReceipts, planOf(1, terminateAct(7)), 0, bytesNow(3 * GB));
    state = openReceipt(state, planOf(2, killAct(7)), 40_000, bytesNow(2 * GB));
    const first = observeReceipts(state, 42_000, () => bytesNow(0));
    assert.deepEqual(
      first.settled.map(({ plan, effective, actual, afterMs }) => [plan.id, effective, actual, afterMs]),
      [[1, false, GB, 40_000]],
    );
    const second = observeReceipts(first.state, 52_000, () => bytesNow(0));
    assert.deepEqual(
      second.settled.map(({ plan, effective, actual }) => [plan.id, effective, actual]),
      [[2, true, 2 * GB]],
    );
    assert.deepEqual(second.state.open, []);
  });

  test('the measuring is told since when', () => {
    const state = openReceipt(noReceipts, planOf(1, freezeAct(7)), 777, rates(MB, MB));
    const asked: number[] = [];
    observeReceipts(state, 900, (_, sinceMs) => {
      asked.push(sinceMs);
      return null;
    });
    assert.deepEqual(asked, [777]);
  });
});
