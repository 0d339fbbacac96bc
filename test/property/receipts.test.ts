import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GB, MB } from '../../helper/config/config.ts';
import type { Act } from '../../helper/relief/acts.ts';
import {
  type Measurement,
  noReceipts,
  observeReceipts,
  openReceipt,
  type SettledReceipt,
} from '../../helper/relief/receipts.ts';
import { bootoutAct, freezeAct, killAct, planOf, purgeAct, shedAct, terminateAct } from '../fakes/plans.ts';

const acts: readonly Act[] = [
  shedAct('com.example.vault'),
  bootoutAct('coder', 'on_call'),
  killAct(7),
  terminateAct(7),
  terminateAct(8),
  freezeAct(7),
  freezeAct(9, 10),
  purgeAct,
];

const figure = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 8 * GB }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -GB) },
);
const measurement: fc.Arbitrary<Measurement | null> = fc.option(
  fc.record({ counter: figure, fillBytesPerSecond: fc.option(figure, { nil: null }) }),
  { nil: null, freq: 6 },
);

const step = fc.record({
  afterMs: fc.integer({ min: 1, max: 40_000 }),
  act: fc.option(fc.constantFrom(...acts), { nil: null }),
  expectedBytes: fc.integer({ min: 0, max: 6 * GB }),
  expectedRate: fc.integer({ min: 0, max: 4 * GB }),
  measured: measurement,
});

test('every act is settled exactly once, in time, with finite figures, whatever is measured', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = noReceipts;
      let nowMs = 0;
      let nextId = 1;
      const opened = new Map<number, number>();
      const settled = new Map<number, SettledReceipt>();
      const look = (measured: Measurement | null): void => {
        const turn = observeReceipts(state, nowMs, () => measured);
        state = turn.state;
        assert.equal(turn.rows.length, turn.settled.length);
        for (const each of turn.settled) {
          assert.ok(!settled.has(each.plan.id), 'settled once');
          assert.ok(opened.has(each.plan.id), 'settled what was opened');
          assert.ok([each.actual, each.expected, each.afterMs].every((value) => Number.isFinite(value) && value >= 0));
          assert.doesNotMatch(each.text, /NaN|Infinity|null|undefined/);
          settled.set(each.plan.id, each);
        }
        for (const { plan, fromMs, backSinceMs } of state.open) {
          const staysAway = backSinceMs !== null && nowMs - backSinceMs < 10_000;
          assert.ok(nowMs - fromMs < (plan.act.verb === 'freeze' ? 6000 : 160_000) || staysAway, 'none waits too long');
        }
      };
      for (const { afterMs, act, expectedBytes, expectedRate, measured } of steps) {
        nowMs += afterMs;
        if (act !== null) {
          const isFreeze = act.verb === 'freeze';
          const expected = {
            counter: isFreeze ? 'growth' : 'footprint',
            bytes: isFreeze ? 0 : expectedBytes,
            bytesPerSecond: isFreeze ? expectedRate : 0,
          } as const;
          state = openReceipt(state, planOf(nextId, act, { expected }), nowMs, measured);
          opened.set(nextId++, nowMs);
        } else look(measured);
      }
      nowMs += 200_000;
      look(null);
      assert.deepEqual(state.open, [], 'nothing waits longer than its limit');
      assert.deepEqual([...settled.keys()].sort(), [...opened.keys()].sort());
    }),
    { numRuns: 1000 },
  );
});

test('receipts add up: what single acts gave back is never more than their counters moved', () => {
  const move = fc.record({
    afterMs: fc.integer({ min: 500, max: 30_000 }),
    /** How the footprint of the one target moves in this time. */
    changeBytes: fc.integer({ min: -2 * GB, max: 2 * GB }),
    acts: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), fc.boolean(), (moves, respawns) => {
      let state = noReceipts;
      let nowMs = 0;
      let footprint = 6 * GB;
      let fellBytes = 0;
      let givenBack = 0;
      let nextId = 1;
      for (const { afterMs, changeBytes, acts: isAct } of moves) {
        nowMs += afterMs;
        const next = Math.max(0, footprint + (respawns ? changeBytes : -Math.abs(changeBytes)));
        fellBytes += Math.max(0, footprint - next);
        footprint = next;
        const measured = { counter: footprint, fillBytesPerSecond: null };
        if (isAct) state = openReceipt(state, planOf(nextId++, shedAct('com.example.vault')), nowMs, measured);
        const turn = observeReceipts(state, nowMs, () => measured);
        state = turn.state;
        for (const { actual } of turn.settled) givenBack += actual;
      }
      assert.ok(givenBack <= fellBytes, `${givenBack} was credited, ${fellBytes} came back`);
    }),
    { numRuns: 1000 },
  );
});

test('an act is effective only if its counter moved by 256 MB and half of what was expected', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 8 * GB }),
      fc.integer({ min: 0, max: 8 * GB }),
      fc.integer({ min: 0, max: 8 * GB }),
      (before, after, expected) => {
        const plan = planOf(1, purgeAct, { expected: { counter: 'cache', bytes: expected, bytesPerSecond: 0 } });
        const state = openReceipt(noReceipts, plan, 0, { counter: before, fillBytesPerSecond: null });
        const { settled } = observeReceipts(state, 120_000, () => ({ counter: after, fillBytesPerSecond: null }));
        const back = before - after;
        assert.equal(settled[0]?.effective, back >= 256 * MB && 2 * back >= expected);
        assert.equal(settled[0]?.actual, Math.max(0, back));
      },
    ),
    { numRuns: 1000 },
  );
});
