import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { History, Status } from '../../helper/protocol/status.ts';
import { sparkline } from '../../renderer/chart/sparkline.ts';
import { forecastView } from '../../renderer/data/charts/forecast.ts';
import { ratesNow, readoutAt } from '../../renderer/data/charts/readout.ts';
import {
  addStatus,
  columnTime,
  emptySeries,
  fromHistory,
  gapsOf,
  lastColumn,
  peakOf,
  tierNames,
} from '../../renderer/data/charts/series.ts';
import { tableHead, tableRows } from '../../renderer/data/charts/table.ts';
import { GB, MB, status } from '../e2e/popover-fixtures.ts';

const from = 1_700_000_000_000;
const column = (...values: (number | null)[]): (number | null)[] => values;

const history: History = {
  range: '15m',
  fromMs: from,
  columnMs: 4000,
  totalBytes: 64 * GB,
  tiers: {
    wired: column(null, 20 * GB, null, null, 21 * GB),
    compressed: column(null, 2 * GB, null, null, 3 * GB),
    app: column(null, 10 * GB, null, null, 10 * GB),
    cached: column(null, 8 * GB, null, null, 8 * GB),
    free: column(null, 24 * GB, null, null, 22 * GB),
  },
  swapUsedBytes: column(null, 1 * GB, null, null, null),
  level: column(null, 0, null, null, 1),
  kernelLevel: column(null, 1, null, null, 2),
  compressorGrowthBytesPerSecond: column(null, null, null, null, 5 * MB),
  reserveLineBytes: column(null, 44 * GB, null, null, 43 * GB),
  seats: [],
};

const at = (atMs: number, wired: number, over: Partial<Status> = {}): Status => {
  const base = status(atMs);
  return {
    ...base,
    machine: {
      ...base.machine,
      tiers: { wired, compressed: 0, app: 10 * GB, cached: 10 * GB, free: 44 * GB - wired },
    },
    ...over,
  };
};

describe('history with its live tail', () => {
  test('missing columns are NaN, never zero', () => {
    const series = fromHistory(history);
    assert.ok(Number.isNaN(series.tiers.wired[0]));
    assert.equal(series.tiers.wired[1], 20 * GB);
    assert.ok(Number.isNaN(series.swapUsed[4]));
  });

  test('a sample in the newest column keeps the tighter of the two', () => {
    const series = fromHistory(history);
    addStatus(series, at(from + 17_000, 20 * GB));
    assert.equal(series.tiers.wired[4], 21 * GB, 'the looser sample does not replace it');
    addStatus(series, at(from + 18_000, 25 * GB));
    assert.equal(series.tiers.wired[4], 25 * GB);
    assert.equal(series.tiers.free[4], 19 * GB, 'all tiers are of the same sample');
  });

  test('the worst level and the highest swap of a column stay', () => {
    const series = fromHistory(history);
    addStatus(series, at(from + 17_000, 22 * GB));
    assert.equal(series.level[4], 1, 'green does not hide the yellow before it');
    assert.equal(series.swapUsed[4], 0.8 * GB);
  });

  test('time moves the window and leaves what was missed empty', () => {
    const series = fromHistory(history);
    addStatus(series, at(from + 29_000, 30 * GB));
    assert.equal(series.fromMs, from + 12_000);
    assert.deepEqual(
      [...series.tiers.wired].map((value) => value / GB),
      [Number.NaN, 21, Number.NaN, Number.NaN, 30],
    );
  });

  test('a jump beyond the window empties it, a sample from before it is ignored', () => {
    const series = fromHistory(history);
    addStatus(series, at(from - 1, 60 * GB));
    assert.equal(peakOf(series.tiers.wired, 0, 5), 21 * GB);
    addStatus(series, at(from + 3_600_000, 5 * GB));
    assert.deepEqual(
      [...series.tiers.wired].map((value) => value / GB),
      [Number.NaN, Number.NaN, Number.NaN, Number.NaN, 5],
    );
    assert.equal(lastColumn(series), 4);
  });

  test('any run of samples: the window never loses the peak it covers, and its tiers sum to the total', () => {
    const samples = fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 9000 }), wired: fc.integer({ min: 1, max: 44 }) }),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(samples, (steps) => {
        const series = emptySeries('15m', 10, from, 64 * GB);
        let time = from;
        const seen: { readonly atMs: number; readonly wired: number }[] = [];
        for (const { step, wired } of steps) {
          time += step;
          seen.push({ atMs: time, wired: wired * GB });
          addStatus(series, at(time, wired * GB));
        }
        const covered = seen.filter((sample) => sample.atMs >= series.fromMs).map((sample) => sample.wired);
        assert.equal(peakOf(series.tiers.wired, 0, 10), Math.max(...covered));
        for (let index = 0; index < 10; index++) {
          const sum = tierNames.reduce((total, tier) => total + (series.tiers[tier][index] ?? 0), 0);
          assert.ok(Number.isNaN(sum) || sum === 64 * GB);
        }
      }),
    );
  });

  test('a status without tiers adds its level and leaves the tiers a gap', () => {
    const series = emptySeries('15m', 3, from, 64 * GB);
    addStatus(series, { ...status(from), machine: { ...status(from).machine, tiers: null, swap: null } });
    assert.equal(series.level[2], 0);
    assert.ok(Number.isNaN(series.tiers.wired[2]));
  });
});

describe('gaps', () => {
  const values = (...list: (number | null)[]) => Float64Array.from(list, (value) => value ?? Number.NaN);
  test('what lies before the first sample is no gap', () => {
    assert.deepEqual(gapsOf(values(null, null, 1, 2)), { beforeFirst: 2, gaps: [] });
  });
  test('runs between samples are gaps', () => {
    assert.deepEqual(gapsOf(values(1, null, null, 2, null, 3)).gaps, [
      { from: 1, to: 2 },
      { from: 4, to: 4 },
    ]);
  });
  test('the newest column alone is only waiting, more of them are missed', () => {
    assert.deepEqual(gapsOf(values(1, 2, null)).gaps, []);
    assert.deepEqual(gapsOf(values(1, null, null)).gaps, [{ from: 1, to: 2 }]);
  });
  test('nothing at all', () => {
    assert.deepEqual(gapsOf(values(null, null)), { beforeFirst: 2, gaps: [] });
  });
});

describe('text beside the chart', () => {
  test('the read-out names time, level and every tier', () => {
    const series = fromHistory(history);
    const readout = readoutAt(series, 1, columnTime(series, 1) + 75_000);
    assert.match(readout.head, /^\d\d:\d\d:\d\d, 1:15 ago · Normal · kernel normal$/);
    assert.equal(readout.figures, 'wired 20.0, compressed 2.0, app 10.0, cached 8.0, free 24.0, swap 1.0');
  });
  test('in a gap it says that nothing was measured', () => {
    assert.equal(readoutAt(fromHistory(history), 2, from).figures, 'Nothing was measured here.');
  });
  test('without a cursor it says rates and the distance to the kernel’s warning', () => {
    const base = status(from);
    const filling = { ...base, machine: { ...base.machine, fillBytesPerSecond: 120 * MB } };
    assert.deepEqual(
      ratesNow(filling).map(({ text }) => text),
      ['Memory fills 120 MB/s', 'compressor steady'],
    );
    assert.deepEqual(forecastView(filling), {
      distance: '19.8 GB before the kernel warns',
      time: 'not approaching',
      victim: 'next victim unknown',
    });
    const linux = { ...base, forecast: { kind: 'not_evaluated', reason: 'no queues' } as const };
    assert.deepEqual(forecastView(linux), {
      distance: 'Kernel forecast not evaluated on this system',
      time: '',
      victim: '',
    });
  });
  test('the table has a row for each span, newest first, and a dash where nothing was measured', () => {
    const rows = tableRows(fromHistory(history), 5);
    assert.equal(rows.length, 5);
    assert.equal(rows[0]?.length, tableHead(fromHistory(history)).length);
    assert.deepEqual(rows[0]?.slice(1), ['tight', '21.0', '3.0', '10.0', '8.0', '22.0', '–']);
    assert.deepEqual(rows[1]?.slice(1), ['–', '–', '–', '–', '–', '–', '–']);
  });
  test('fewer rows than columns: each shows the tightest of its columns', () => {
    assert.equal(tableRows(fromHistory(history), 1)[0]?.[2], '21.0');
  });
});

describe('sparkline', () => {
  test('breaks at gaps and keeps a single peak of many columns', () => {
    const values = new Float64Array(100).fill(1);
    values[50] = 10;
    values.fill(Number.NaN, 20, 40);
    const runs = sparkline(values, 10, 12);
    assert.equal(runs.length, 2);
    assert.ok(runs[1]?.includes(',1.0'), 'the peak reaches the top');
  });
  test('no data, no line', () => assert.deepEqual(sparkline(new Float64Array(5).fill(Number.NaN), 10, 12), []));
});
