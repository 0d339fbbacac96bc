import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stepPaths } from '../../renderer/chart/step-path.ts';
import { forecastView } from '../../renderer/data/charts/forecast.ts';
import { columnsFor } from '../../renderer/data/charts/history.ts';
import { clippedAt, growthTop, swapShares, swapSizes, swapTop } from '../../renderer/data/charts/scales.ts';
import { GB, MB, status } from '../e2e/popover-fixtures.ts';

const values = (...of: readonly (number | null)[]): Float64Array =>
  Float64Array.from(of, (value) => value ?? Number.NaN);
const frame = { width: 40, height: 10, top: 10 };

describe('rows of the overview', () => {
  test('steps have two points a column at most, and equal neighbours share theirs', () => {
    assert.equal(stepPaths(values(0, 0, 5, 5), frame).line, 'M0.0 10.0H20.0V5.0H40.0');
    const busy = Float64Array.from({ length: 900 }, (_, index) => index % 2);
    const { line } = stepPaths(busy, { width: 900, height: 10, top: 1 });
    assert.ok((line.match(/[MHV]/g) ?? []).length <= 2 * busy.length);
  });
  test('where nothing was measured the line breaks and the area is closed', () => {
    const { line, area } = stepPaths(values(5, null, null, 2), frame);
    assert.equal(line, 'M0.0 5.0H10.0M30.0 8.0H40.0');
    assert.equal(area, 'M0.0 5.0H10.0V10H0.0ZM30.0 8.0H40.0V10H30.0Z');
    assert.deepEqual(stepPaths(values(null, null), frame), { line: '', area: '' });
  });
  test('what leaves the axis is drawn at its edge', () => {
    assert.equal(stepPaths(values(-3, 99), frame).line, 'M0.0 10.0H20.0V0.0H40.0');
  });
  test('there are no more columns than pixels, samples, or one answer holds', () => {
    assert.equal(columnsFor('15m', 300), 300);
    assert.equal(columnsFor('15m', 1000), 360, 'narrower ones would be empty by turns');
    assert.equal(columnsFor('24h', 5000), 2000);
  });
});

describe('axis of swap', () => {
  const { thresholds } = status(0);
  test('everything used fits under it, and the total while that is not far off', () => {
    assert.equal(swapTop({ swapUsed: values(0.8 * GB) }, 2 * GB), 4 * GB);
    assert.equal(swapTop({ swapUsed: values(7.4 * GB) }, 8 * GB), 10 * GB);
    assert.ok(swapTop({ swapUsed: values(900 * GB) }, 0) > 900 * GB);
    assert.ok(swapTop({ swapUsed: values(null) }, 0) > 0);
  });
  test('shares are of the present total as configured; sizes are marked where there is room', () => {
    const shares = swapShares({ ...thresholds, swapPercent: { yellow: 50, orange: 85, red: 95 } }, 20 * GB, 24 * GB);
    assert.deepEqual(
      shares.map(({ value, text }) => [value / GB, text]),
      [
        [10, '50 %'],
        [17, '85 %'],
        [19, '95 %'],
      ],
    );
    assert.deepEqual(swapShares(thresholds, 0, GB), [], 'no swap, no shares');
    assert.deepEqual(
      swapSizes(48 * GB).map(({ text }) => text),
      ['15', '20', '30'],
    );
    assert.deepEqual(swapSizes(256 * GB), []);
  });
});

describe('axis of compressor growth', () => {
  test('ends at 1,000 MB/s, and what is cut off is told with its column', () => {
    const growth = values(20 * MB, 1400 * MB, 1200 * MB);
    assert.equal(growthTop({ growth: values(20 * MB, null) }), 150 * MB);
    assert.equal(growthTop({ growth }), 1000 * MB);
    assert.deepEqual(clippedAt({ growth }, 1000 * MB), { column: 1, value: 1400 * MB });
    assert.equal(clippedAt({ growth: values(850 * MB) }, 1000 * MB), null);
  });
});

describe('forecast in words', () => {
  const base = status(0).forecast;
  assert.ok(base.kind === 'evaluated');
  const line = (change: Partial<typeof base>): string => {
    const { distance, time, victim } = forecastView({ forecast: { ...base, ...change } });
    return [distance, time, victim].filter((text) => text !== '').join(' · ');
  };
  test('distance, time and next victim', () => {
    assert.equal(line({}), '19.8 GB before the kernel warns · not approaching · next victim unknown');
    const victim = { pid: 7, name: 'node', compressedBytes: 6 * GB, share: 0.64 };
    assert.equal(
      line({ secondsToWarn: 41, nextVictim: victim }),
      '19.8 GB before the kernel warns · in about 41 s · next victim node',
    );
  });
  test('with half of what is compressed or less nobody is a victim', () => {
    const nextVictim = { pid: 7, name: 'node', compressedBytes: 6 * GB, share: 0.5 };
    assert.match(line({ nextVictim }), /most compressed: node, 50 %$/);
  });
  test('past the line there is no time to it', () => {
    assert.equal(line({ distanceBytes: -GB }), '1.0 GB past the kernel’s warning line · next victim unknown');
  });
});
