import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bucket, columnsOf } from '../../helper/journal/buckets.ts';
import { createRing } from '../../helper/journal/ring.ts';
import type { MachineSample } from '../../helper/journal/samples.ts';
import { type HistoryRange, historyRangeMs, historySchema } from '../../helper/protocol/index.ts';

const KiB = 1024;
const now = Date.UTC(2026, 10, 22, 12, 0, 1);
const total = 64 * 2 ** 30;

const kib = fc.integer({ min: 0, max: 2 ** 26 }).map((value) => value * KiB);
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const range = fc.constantFrom<HistoryRange>('15m', '1h', '6h', '24h');
const columns = fc.integer({ min: 1, max: 2000 });

const body = fc.record({
  tiers: orNull(fc.record({ wired: kib, compressed: kib, app: kib, cached: kib, free: kib })),
  swapUsedBytes: orNull(kib),
  level: fc.constantFrom<MachineSample['level']>(0, 1, 2, 3),
  kernelLevel: orNull(fc.constantFrom(1, 2, 4)),
  compressorGrowthBytesPerSecond: orNull(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((value) => value * KiB)),
  reserveLineBytes: orNull(fc.integer({ min: -(2 ** 20), max: 2 ** 26 }).map((value) => value * KiB)),
  seats: fc.constant([]),
});

/** Samples whose wall clock only goes forward, up to `now`. */
const steady = fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), body), { maxLength: 200 }).map((parts) => {
  let wallMs = now;
  return parts
    .map(([backMs, rest]): MachineSample => {
      wallMs -= backMs;
      return { wallMs, ...rest };
    })
    .toReversed();
});

/** Samples of a clock that jumps anywhere. */
const jumping = fc.array(
  fc
    .tuple(fc.integer({ min: now - 30 * 3_600_000, max: now + 3_600_000 }), body)
    .map(([wallMs, rest]) => ({ wallMs, ...rest })),
  { maxLength: 100 },
);

const ringOf = (samples: readonly MachineSample[], slots = 256) => {
  const ring = createRing({ slots });
  for (const sample of samples) ring.push(sample);
  return ring.view();
};

const max = (values: readonly (number | null)[]): number | null =>
  values.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);

describe('columns of history', () => {
  test('each column says exactly what its samples say', () => {
    fc.assert(
      fc.property(steady, range, columns, (samples, asked, wide) => {
        const shown = bucket(ringOf(samples), asked, wide, now, total);
        historySchema.parse(shown);
        const { count, fromMs, columnMs } = columnsOf(asked, wide, now);
        let inside = 0;
        for (let column = 0; column < count; column++) {
          const here = samples.filter(({ wallMs }) => Math.floor((wallMs - fromMs) / columnMs) === column);
          inside += here.length;
          const peaks = here.flatMap(({ tiers }) => (tiers === null ? [] : [tiers.wired + tiers.compressed]));
          const { wired, compressed, app, cached, free } = shown.tiers;
          assert.equal(wired[column] === null, peaks.length === 0, 'a gap stays a gap, a sample shows');
          if (peaks.length > 0) {
            assert.equal((wired[column] ?? 0) + (compressed[column] ?? 0), Math.max(...peaks), 'no peak is lost');
            // The tiers and the line are those of one real sample, so they sum as it did.
            assert.ok(
              here.some(
                ({ tiers, reserveLineBytes }) =>
                  tiers?.wired === wired[column] &&
                  tiers?.compressed === compressed[column] &&
                  tiers?.app === app[column] &&
                  tiers?.cached === cached[column] &&
                  tiers?.free === free[column] &&
                  reserveLineBytes === shown.reserveLineBytes[column],
              ),
            );
          }
          assert.equal(shown.level[column], max(here.map(({ level }) => level)));
          assert.equal(shown.kernelLevel[column], max(here.map(({ kernelLevel }) => kernelLevel)));
          assert.equal(shown.swapUsedBytes[column], max(here.map(({ swapUsedBytes }) => swapUsedBytes)));
          assert.equal(
            shown.compressorGrowthBytesPerSecond[column],
            max(here.map(({ compressorGrowthBytesPerSecond }) => compressorGrowthBytesPerSecond)),
          );
        }
        assert.equal(inside, samples.filter(({ wallMs }) => wallMs >= fromMs).length, 'each sample has one column');
      }),
    );
  });

  test('a clock that jumps loses no sample that is new enough, and none lands in the future', () => {
    fc.assert(
      fc.property(jumping, range, columns, (samples, asked, wide) => {
        const shown = bucket(ringOf(samples), asked, wide, now, total);
        historySchema.parse(shown);
        // Newest first, each no later than the one after it: the time a sample is shown at.
        const { fromMs } = columnsOf(asked, wide, now);
        let later = now;
        let shift = 0;
        const visible: MachineSample[] = [];
        for (const sample of samples.toReversed()) {
          if (sample.wallMs + shift > later) shift = later - sample.wallMs;
          later = sample.wallMs + shift;
          if (later >= fromMs) visible.push(sample);
        }
        const peak = max(visible.map(({ tiers }) => (tiers === null ? null : tiers.wired + tiers.compressed)));
        const sums = shown.tiers.wired.map((wired, index) =>
          wired === null ? null : wired + (shown.tiers.compressed[index] ?? 0),
        );
        assert.equal(max(sums), peak);
        assert.equal(max(shown.level), max(visible.map(({ level }) => level)));
      }),
    );
  });

  test('the window is whole, ends after now, and holds still until a column has passed', () => {
    fc.assert(
      fc.property(range, columns, fc.integer({ min: 0, max: 10_000_000 }), (asked, wide, laterMs) => {
        const { count, columnMs, fromMs } = columnsOf(asked, wide, now);
        assert.ok(count >= 1 && count <= wide);
        assert.ok(Math.abs(count * columnMs - historyRangeMs[asked]) < 1e-3);
        assert.ok(columnMs >= 4000, 'no column narrower than two samples');
        const endMs = fromMs + historyRangeMs[asked];
        assert.ok(endMs > now && endMs - now <= columnMs + 1e-3);
        const moved = (columnsOf(asked, wide, now + laterMs).fromMs - fromMs) / columnMs;
        assert.ok(Math.abs(moved - Math.round(moved)) < 1e-3, 'it moves by whole columns');
      }),
    );
  });

  test('the left edge of a column belongs to it, the right edge to the next', () => {
    const { columnMs, fromMs } = columnsOf('1h', 60, now);
    const edge = fromMs + 10 * columnMs;
    const at = (wallMs: number): number =>
      bucket(
        ringOf([{ ...fc.sample(body, 1)[0], wallMs, tiers: null, level: 3 } as MachineSample]),
        '1h',
        60,
        now,
        total,
      ).level.indexOf(3);
    assert.equal(at(edge), 10);
    assert.equal(at(edge - 1), 9);
    assert.equal(at(fromMs), 0);
    assert.equal(at(fromMs - 1), -1);
    assert.equal(at(now), 59);
  });

  test('after the clock was set back an hour the samples before it end where the later ones begin', () => {
    const hour = 3_600_000;
    const one = fc.sample(body, 1)[0];
    const make = (wallMs: number, level: MachineSample['level']) =>
      ({ ...one, wallMs, level, tiers: null }) as MachineSample;
    const before = Array.from({ length: 30 }, (_, index) => make(now + hour - 120_000 + index * 2000, 2));
    const after = Array.from({ length: 30 }, (_, index) => make(now - 60_000 + index * 2000, 1));
    const shown = bucket(ringOf([...before, ...after]), '15m', 15, now, total);
    const filled = shown.level.flatMap((level, index) => (level === null ? [] : [[index, level]]));
    assert.deepEqual(filled.map(([, level]) => level).toSorted(), filled.map(([, level]) => level).toReversed());
    assert.ok(filled.length >= 2 && filled.length <= 4, JSON.stringify(shown.level));
  });
});
