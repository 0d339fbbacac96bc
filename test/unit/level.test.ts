import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, GB, MB } from '../../helper/config/config.ts';
import {
  availableArm,
  carryArms,
  initialLevel,
  kernelArm,
  type Level,
  type LevelState,
  noArms,
  observeLevel,
  pendingLevel,
  rawLevel,
  swapArm,
} from '../../helper/memory/level.ts';

const { pressure } = defaultConfig;
const swap = (usedBytes: number, totalBytes: number) => ({ usedBytes, totalBytes, inBytes: null, outBytes: null });

describe('arms', () => {
  test('available memory: below 8, 4 and 2 GB, and exactly on a line is the better level', () => {
    const table: readonly (readonly [number, Level])[] = [
      [8 * GB, 0],
      [8 * GB - 1, 1],
      [4 * GB, 1],
      [4 * GB - 1, 2],
      [2 * GB, 2],
      [2 * GB - 1, 3],
      [0, 3],
    ];
    for (const [available, level] of table) assert.equal(availableArm(available, pressure), level, `${available}`);
    assert.equal(availableArm(null, pressure), 'unknown');
  });

  test('swap: 70, 85 and 95 percent, but only from 4 GB in use; no swap is green, not NaN', () => {
    const table: readonly (readonly [number, number, Level])[] = [
      [0, 0, 0],
      [3.9 * GB, 4 * GB, 0],
      [6.9 * GB, 10 * GB, 0],
      [7 * GB, 10 * GB, 1],
      [8.5 * GB, 10 * GB, 2],
      [9.5 * GB, 10 * GB, 3],
    ];
    for (const [used, total, level] of table)
      assert.equal(swapArm(swap(used, total), pressure), level, `${used}/${total}`);
    assert.equal(swapArm(null, pressure), 'unknown');
  });

  test('kernel: 1, 2, 3, 4 are known, everything else is unknown', () => {
    assert.deepEqual([1, 2, 3, 4].map(kernelArm), [0, 1, 2, 3]);
    for (const odd of [0, 8, -1, 5, Number.NaN, null]) assert.equal(kernelArm(odd), 'unknown');
  });

  test('an arm that fails keeps its last word', () => {
    const red = { available: 0, swap: 0, kernel: 3 } as const;
    const carried = carryArms({ available: 0, swap: 0, kernel: 'unknown' }, red);
    assert.equal(rawLevel(carried, null, pressure).level, 3);
    assert.equal(rawLevel(carryArms(noArms, noArms), null, pressure).level, 0);
  });

  test('the level is the worst arm, whichever it is', () => {
    for (const available of [0, 1, 2, 3] as const)
      for (const kernel of [0, 1, 2, 3] as const)
        assert.equal(rawLevel({ available, swap: 0, kernel }, null, pressure).level, Math.max(available, kernel));
  });

  test('compressor growth over 100 MB/s makes orange red, and only orange', () => {
    const at = (level: Level, growth: number | null) =>
      rawLevel({ available: level, swap: 0, kernel: 0 }, growth, pressure).level;
    assert.equal(at(2, 99 * MB), 2);
    assert.equal(at(2, 100 * MB), 2);
    assert.equal(at(2, 101 * MB), 3);
    assert.equal(at(2, null), 2);
    assert.equal(at(1, 900 * MB), 1);
    assert.equal(at(0, 900 * MB), 0);
  });
});

describe('debounce', () => {
  /** Samples on the 2 s grid, each closing its slot. */
  const grid = (levels: readonly Level[]): LevelState =>
    levels.reduce<LevelState>((state, raw, slot) => observeLevel(state, slot * 2000, raw, true), initialLevel(0));

  test('one bad slot changes nothing, and a better one between two bad ones starts over', () => {
    assert.equal(grid([0, 2]).level, 0);
    assert.equal(grid([2, 0, 2, 0, 2, 0, 2]).level, 0);
  });

  test('a worse level is believed at exactly five seconds, not before', () => {
    const twoSlots = grid([2, 2, 2]);
    assert.equal(twoSlots.level, 0);
    assert.deepEqual(pendingLevel(twoSlots), { level: 2, atMs: 5000 });
    assert.equal(observeLevel(twoSlots, 4999, 2, false).level, 0);
    const promoted = observeLevel(twoSlots, 5000, 2, false);
    assert.equal(promoted.level, 2);
    assert.equal(promoted.sinceMs, 5000);
    assert.equal(pendingLevel(promoted), null);
  });

  test('five seconds inside a single slot are not enough: two slots must agree', () => {
    let state = initialLevel(0);
    for (const at of [0, 2500, 5000]) state = observeLevel(state, at, 3, false);
    assert.equal(state.level, 0);
  });

  test('the promotion is to the level that every slot reached', () => {
    const state = observeLevel(grid([1, 3, 3]), 5000, 3, false);
    assert.equal(state.level, 1);
    assert.deepEqual(pendingLevel(state), { level: 3, atMs: 7000 });
  });

  test('one better slot recovers at once, to what that slot was at its worst', () => {
    const red = grid([3, 3, 3, 3]);
    assert.equal(red.level, 3);
    assert.equal(observeLevel(red, 8000, 1, true).level, 1);
    const dipped = observeLevel(observeLevel(red, 7000, 2, false), 8000, 0, true);
    assert.equal(dipped.level, 2);
  });

  test('a good fast sample inside a bad slot does not recover', () => {
    const red = grid([3, 3, 3, 3]);
    const mixed = observeLevel(observeLevel(observeLevel(red, 6500, 0, false), 7000, 3, false), 8000, 0, true);
    assert.equal(mixed.level, 3);
  });
});
