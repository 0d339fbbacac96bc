import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bucket } from '../../helper/journal/buckets.ts';
import { createRing } from '../../helper/journal/ring.ts';
import { GiB, sampleAt } from './journal-support.ts';

const day = Date.UTC(2026, 10, 22);

describe('ring of samples', () => {
  test('holds a day in less than 3 MB and keeps the newest when full', () => {
    const ring = createRing();
    for (let index = 0; index < 43_210; index++) ring.push(sampleAt(day + index * 2000));
    const view = ring.view();
    const bytes = Object.values(view).reduce<number>(
      (sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0),
      0,
    );
    assert.ok(bytes < 3 * 2 ** 20, `${bytes} bytes`);
    assert.equal(view.length, 43_200);
    assert.equal(view.wallMs[view.newest], day + 43_209 * 2000);
    assert.equal(Math.min(...view.wallMs), day + 10 * 2000);
  });

  test('gives back what it was given, to the KiB, and nulls as nulls', () => {
    const ring = createRing({ slots: 4 });
    ring.push(sampleAt(day, { swapUsedBytes: 3 * GiB, compressorGrowthBytesPerSecond: -5 * 2 ** 20, level: 2 }));
    const full = bucket(ring.view(), '1h', 1, day, 64 * GiB);
    assert.deepEqual(full.tiers, {
      wired: [4 * GiB],
      compressed: [2 * GiB],
      app: [20 * GiB],
      cached: [10 * GiB],
      free: [28 * GiB],
    });
    assert.deepEqual(
      [full.swapUsedBytes, full.level, full.kernelLevel, full.compressorGrowthBytesPerSecond, full.reserveLineBytes],
      [[3 * GiB], [2], [1], [-5 * 2 ** 20], [44 * GiB]],
    );

    const blind = createRing({ slots: 4 });
    blind.push(
      sampleAt(day, {
        tiers: null,
        swapUsedBytes: null,
        kernelLevel: null,
        compressorGrowthBytesPerSecond: null,
        reserveLineBytes: null,
        level: 1,
      }),
    );
    const shown = bucket(blind.view(), '1h', 1, day, 64 * GiB);
    assert.deepEqual(shown.tiers.wired, [null]);
    assert.deepEqual(
      [
        shown.swapUsedBytes,
        shown.level,
        shown.kernelLevel,
        shown.compressorGrowthBytesPerSecond,
        shown.reserveLineBytes,
      ],
      [[null], [1], [null], [null], [null]],
    );
  });

  test('an empty ring is all gaps', () => {
    const shown = bucket(createRing().view(), '24h', 356, day, 64 * GiB);
    assert.ok(shown.level.every((value) => value === null) && shown.level.length === 356);
  });

  test('a declared peak beyond the machine gives a negative reserve line', () => {
    const ring = createRing({ slots: 2 });
    ring.push(sampleAt(day, { reserveLineBytes: -3 * GiB }));
    assert.deepEqual(bucket(ring.view(), '15m', 1, day, 64 * GiB).reserveLineBytes, [-3 * GiB]);
  });

  test('356 columns from a day of samples take less than 10 ms', (t) => {
    const ring = createRing();
    for (let index = 0; index < 43_200; index++) ring.push(sampleAt(day + index * 2000));
    const times = Array.from({ length: 15 }, () => {
      const start = performance.now();
      bucket(ring.view(), '24h', 356, day + 86_400_000, 64 * GiB);
      return performance.now() - start;
    }).toSorted((a, b) => a - b);
    t.diagnostic(`median ${times[7]?.toFixed(2)} ms, first (cold) and worst ${times.at(-1)?.toFixed(2)} ms`);
    assert.ok((times[7] ?? 99) < 10);
  });
});
