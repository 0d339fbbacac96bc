import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type KernelLevel, nextKernelLevel } from '../../helper/host/sim/pressure.ts';

/** A = 1,000,000 pages: nc of them not compressed, the rest in the compressor. */
const a = 1_000_000;
const next = (level: KernelLevel, nc: number, isLowOnSpace = false): KernelLevel =>
  nextKernelLevel(level, nc, a - nc, isLowOnSpace);

/** Lowest nc at which `level` is kept or reached when it starts from `from`. */
const edge = (from: KernelLevel, holds: (level: KernelLevel) => boolean): number => {
  let low = 0;
  let high = a;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(next(from, middle))) high = middle;
    else low = middle;
  }
  return high;
};

describe('the kernel level of the simulated Mac', () => {
  test('leaves normal below half of the memory that is not wired', () => {
    assert.equal(next(1, 500_000), 1);
    assert.equal(next(1, 499_999), 2);
  });

  test('returns to normal above six tenths only', () => {
    assert.equal(next(2, 600_000), 2);
    assert.equal(next(2, 600_001), 1);
    assert.equal(next(4, 600_001), 1);
  });

  test('becomes critical below 12/35, from normal directly too', () => {
    const line = edge(2, (level) => level === 2);
    assert.ok(Math.abs(line - 0.342857 * a) <= 2, `${line}`);
    assert.equal(next(2, line - 1), 4);
    assert.equal(next(1, line - 1), 4);
  });

  test('leaves critical above two fifths only', () => {
    const line = edge(4, (level) => level !== 4);
    assert.ok(Math.abs(line - 0.4 * a) <= 3, `${line}`);
    assert.equal(next(4, line - 1), 4);
    assert.equal(next(4, line), 2);
  });

  test('is critical when the compressor has no room, whatever the ratio', () => {
    assert.equal(next(1, 900_000, true), 4);
    assert.equal(next(2, 550_000, true), 4);
    assert.equal(next(2, 550_000, false), 2);
  });

  test('is never 3 or anything else', () => {
    const seen = new Set<KernelLevel>();
    let level: KernelLevel = 1;
    const falling = Array.from({ length: 1_000 }, (_, i) => a - i * 997);
    for (const nc of [...falling, ...falling.toReversed()]) {
      level = next(level, nc);
      seen.add(level);
    }
    assert.deepEqual([...seen].sort(), [1, 2, 4]);
  });
});
