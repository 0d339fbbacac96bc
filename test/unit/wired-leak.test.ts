import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { GB } from '../../helper/config/config.ts';
import type { AuditFacts } from '../../helper/journal/audit.ts';
import {
  clearLeak,
  type LeakState,
  leakers,
  leakFact,
  noLeak,
  observeLeak,
  type WiredReading,
  watchExit,
} from '../../helper/relief/wired-leak.ts';

/** A machine with 4 GB wired by itself, on which Codestral held 10 GB more and ended at 0. */
const restBytes = 4 * GB;
const shareBytes = 10 * GB;
const ended = watchExit(noLeak, 0, {
  seat: 'codestral',
  shareBytes,
  wiredBytes: restBytes + shareBytes,
  othersWiredBytes: 0,
});

const still = (missingBytes: number, change: Partial<WiredReading> = {}): WiredReading => ({
  wiredBytes: restBytes + missingBytes,
  seatsWiredBytes: 0,
  isLoading: false,
  ...change,
});

const look = (
  state: LeakState,
  looks: readonly (readonly [atMs: number, reading: WiredReading])[],
): { readonly state: LeakState; readonly rows: readonly AuditFacts[] } => {
  let now = state;
  const rows: AuditFacts[] = [];
  for (const [atMs, reading] of looks) {
    const turn = observeLeak(now, atMs, reading);
    now = turn.state;
    rows.push(...turn.rows);
  }
  return { state: now, rows };
};

const every2s = (
  fromMs: number,
  untilMs: number,
  reading: WiredReading,
): readonly (readonly [number, WiredReading])[] =>
  Array.from({ length: (untilMs - fromMs) / 2000 + 1 }, (_, at) => [fromMs + at * 2000, reading] as const);

describe('wired memory after a seat ended', () => {
  test('is a leak when more than half is missing 30 s and again 90 s after the exit', () => {
    const almost = look(ended, every2s(2000, 88_000, still(6 * GB)));
    assert.equal(leakFact(almost.state), null);
    const { state, rows } = look(almost.state, [[90_000, still(6 * GB)]]);
    assert.deepEqual(leakFact(state), { seat: 'codestral', bytes: 6 * GB, sinceMs: 90_000 });
    assert.deepEqual(leakers(state), ['codestral']);
    assert.deepEqual(rows, [
      {
        kind: 'observed',
        what: 'wired_leak',
        target: 'codestral',
        detail: '6.0 GB of 10.0 GB wired did not come back after it ended',
      },
    ]);
  });

  test('is none when half came back, and is one when a byte less did', () => {
    assert.equal(leakFact(look(ended, every2s(2000, 120_000, still(5 * GB))).state), null);
    assert.notEqual(leakFact(look(ended, every2s(2000, 120_000, still(5 * GB + 1))).state), null);
  });

  test('may take its time: only what is missing at both looks is missing', () => {
    const slow = look(ended, [...every2s(2000, 60_000, still(10 * GB)), ...every2s(62_000, 120_000, still(1 * GB))]);
    assert.deepEqual(slow.state, noLeak);
    const early = look(ended, [
      [10_000, still(10 * GB)],
      [30_000, still(0)],
      [90_000, still(10 * GB)],
    ]);
    assert.deepEqual(early.state, noLeak);
  });

  test('is not judged by one look alone, however late', () => {
    const once = look(ended, [[300_000, still(10 * GB)]]).state;
    assert.equal(leakFact(once), null);
    assert.equal(leakFact(look(once, [[302_000, still(10 * GB)]]).state), null);
    assert.notEqual(leakFact(look(once, [[330_000, still(10 * GB)]]).state), null);
  });

  test('tells nothing once another seat loaded in between', () => {
    const { state } = look(ended, [
      [30_000, still(10 * GB)],
      [60_000, still(10 * GB, { isLoading: true })],
      ...every2s(62_000, 120_000, still(10 * GB)),
    ]);
    assert.deepEqual(state, noLeak);
  });

  test('is told from what other seats hold', () => {
    const beside = watchExit(noLeak, 0, {
      seat: 'codestral',
      shareBytes,
      wiredBytes: restBytes + shareBytes + 20 * GB,
      othersWiredBytes: 20 * GB,
    });
    const other = (seatsWiredBytes: number, missing: number): WiredReading => ({
      wiredBytes: restBytes + seatsWiredBytes + missing,
      seatsWiredBytes,
      isLoading: false,
    });
    assert.equal(leakFact(look(beside, every2s(2000, 120_000, other(26 * GB, 0))).state), null);
    assert.equal(leakFact(look(beside, every2s(2000, 120_000, other(12 * GB, 8 * GB))).state)?.bytes, 8 * GB);
  });

  test('under 2 GB, or not known, is not watched', () => {
    const exit = { seat: 'small', shareBytes: 2 * GB, wiredBytes: 6 * GB, othersWiredBytes: 0 };
    assert.equal(watchExit(noLeak, 0, exit).watches.length, 1);
    for (const change of [
      { shareBytes: 2 * GB - 1 },
      { shareBytes: null },
      { shareBytes: Number.NaN },
      { wiredBytes: null },
    ])
      assert.equal(watchExit(noLeak, 0, { ...exit, ...change }), noLeak);
  });

  test('an unreadable counter changes nothing', () => {
    const { state } = look(ended, [
      [30_000, still(8 * GB)],
      [60_000, still(0, { wiredBytes: null })],
      [90_000, still(0, { wiredBytes: Number.NaN })],
      [92_000, still(8 * GB)],
    ]);
    assert.equal(leakFact(state)?.sinceMs, 92_000);
  });
});

describe('a leak that is latched', () => {
  const leaked = look(ended, every2s(2000, 90_000, still(8 * GB))).state;

  test('stays while seats come and go, and clears when the memory is back', () => {
    const busy = look(
      leaked,
      every2s(92_000, 200_000, still(8 * GB + 20 * GB, { seatsWiredBytes: 20 * GB, isLoading: true })),
    );
    assert.deepEqual(leakers(busy.state), ['codestral']);
    const { state, rows } = look(busy.state, [[202_000, still(1 * GB)]]);
    assert.deepEqual(state, noLeak);
    assert.equal(rows.length, 1);
  });

  test('clears by the operator and is unknown to a new boot', () => {
    assert.notEqual(leakFact(leaked), null);
    assert.equal(leakFact(clearLeak()), null);
    assert.equal(leakFact(noLeak), null);
  });

  test('adds up with the next one, under the name of the first', () => {
    const second = watchExit(leaked, 100_000, {
      seat: 'council',
      shareBytes: 20 * GB,
      wiredBytes: restBytes + 8 * GB + 20 * GB,
      othersWiredBytes: 0,
    });
    const { state } = look(second, every2s(102_000, 200_000, still(8 * GB + 15 * GB)));
    assert.deepEqual(leakers(state), ['codestral', 'council']);
    assert.deepEqual(leakFact(state), { seat: 'codestral', bytes: 23 * GB, sinceMs: 90_000 });
  });
});

test('a share that came back by half is never called a leak, whatever else is wired', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2 * GB, max: 40 * GB }),
      fc.integer({ min: 0, max: 20 * GB }),
      fc.array(
        fc.record({
          others: fc.integer({ min: 0, max: 20 * GB }),
          share: fc.double({ min: 0.5, max: 1, noNaN: true }),
        }),
        {
          minLength: 1,
          maxLength: 60,
        },
      ),
      (held, rest, looks) => {
        let state = watchExit(noLeak, 0, { seat: 's', shareBytes: held, wiredBytes: rest + held, othersWiredBytes: 0 });
        for (const [at, { others, share }] of looks.entries()) {
          const missing = Math.floor(held * (1 - share));
          const reading = { wiredBytes: rest + others + missing, seatsWiredBytes: others, isLoading: false };
          state = observeLeak(state, at * 5000, reading).state;
        }
        assert.deepEqual(state.leaks, []);
      },
    ),
  );
});
