import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mayUse, tierOf } from '../../helper/keeper/server/caller.ts';
import { caps, placeFor, type Seated } from '../../helper/keeper/server/caps.ts';
import { fullBucket, requestRate, take } from '../../helper/keeper/server/rate.ts';

/** Seats everyone who comes, in order; who finds no place is not seated. */
const seatAll = (uids: readonly number[], consoleUid: number | null): readonly Seated[] => {
  const seated: Seated[] = [];
  for (const uid of uids) {
    const pool = placeFor(seated, uid, consoleUid);
    if (pool !== null) seated.push({ uid, pool });
  }
  return seated;
};

const of = (seated: readonly Seated[], uid: number): number => seated.filter((one) => one.uid === uid).length;

describe('places for connections', () => {
  test('the console user has 8, any other user 2, all others together 6', () => {
    const many = (uid: number): readonly number[] => Array.from({ length: 20 }, () => uid);
    assert.equal(of(seatAll(many(501), 501), 501), 8);
    assert.equal(of(seatAll(many(502), 501), 502), 2);
    const others = [502, 503, 504, 505, 506].flatMap(many);
    assert.equal(seatAll(others, 501).length, 6);
  });

  test('root has 2 that nobody can take, and then those of any other user', () => {
    const crowd = [502, 502, 503, 503, 504, 504];
    const root = Array.from({ length: 10 }, () => 0);
    assert.equal(of(seatAll([...crowd, ...root], 501), 0), 2);
    assert.equal(of(seatAll(root, 501), 0), 4);
    // A development keeper of root: root is at the console, too.
    assert.equal(of(seatAll(root.concat(root), 0), 0), 10);
  });

  test('nobody is at the console: everyone is one of the others', () => {
    assert.equal(seatAll([501, 501, 501], null).length, 2);
  });

  test('a user who left the console takes nothing from the one who came', () => {
    const seated = [
      ...seatAll(
        Array.from({ length: 9 }, () => 501),
        501,
      ),
    ];
    assert.equal(placeFor(seated, 502, 502), 'console');
  });

  test('whatever crowd comes first, console user and root get all of theirs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 300 }), (crowd) => {
        const mine = Array.from({ length: caps.console }, () => 501);
        const seated = seatAll([...crowd, ...mine, 0, 0], 501);
        assert.equal(of(seated, 501), caps.console);
        assert.equal(of(seated, 0), caps.root);
        for (const uid of new Set(crowd)) assert.ok(of(seated, uid) <= caps.othersPerUid);
        assert.ok(seated.length <= caps.root + caps.console + caps.others);
      }),
    );
  });
});

describe('rate of requests', () => {
  const attempts = (timesMs: readonly number[]): number => {
    let bucket = fullBucket(requestRate, timesMs[0] ?? 0);
    let passed = 0;
    for (const nowMs of timesMs) {
      const taken = take(bucket, requestRate, nowMs);
      bucket = taken.bucket;
      if (taken.ok) passed += 1;
    }
    return passed;
  };

  test('100 at once pass, then 50 a second', () => {
    assert.equal(attempts(Array.from({ length: 150 }, () => 0)), 100);
    assert.equal(attempts([...Array.from({ length: 150 }, () => 0), ...Array.from({ length: 100 }, () => 1000)]), 150);
  });

  test('in no stretch of time do more pass than the burst and what flowed in, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 400 }), { maxLength: 400 }), (steps) => {
        let nowMs = 0;
        const times = steps.map((step) => {
          nowMs += step;
          return nowMs;
        });
        const first = times[0] ?? 0;
        const forwardMs = Math.max(first, ...times) - first;
        assert.ok(attempts(times) <= requestRate.burst + (forwardMs / 1000) * requestRate.perSecond);
      }),
    );
  });
});

describe('tiers', () => {
  test('uid 0 is root, the console user console, everybody else reads', () => {
    assert.equal(tierOf(0, 501), 'root');
    assert.equal(tierOf(0, 0), 'root');
    assert.equal(tierOf(501, 501), 'console');
    assert.equal(tierOf(502, 501), 'read');
    assert.equal(tierOf(501, null), 'read');
  });

  test('to a keeper in development, who runs it is root, and nobody else becomes it', () => {
    assert.equal(tierOf(501, 501, 501), 'root');
    assert.equal(tierOf(502, 502, 501), 'console');
    assert.equal(tierOf(502, 501, 501), 'read');
    assert.equal(tierOf(0, 501, 501), 'root');
  });

  test('each tier may what those below it may', () => {
    const table = { read: [true, false, false], console: [true, true, false], root: [true, true, true] } as const;
    for (const tier of ['read', 'console', 'root'] as const)
      assert.deepEqual(
        (['read.status', 'approve', 'config.reload'] as const).map((verb) => mayUse(tier, verb)),
        table[tier],
      );
  });
});
