import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB, MB } from '../../helper/config/config.ts';
import { sampleIntervalMs } from '../../helper/memory/cadence.ts';
import { forecastStatus, initialForecast, observeForecast } from '../../helper/memory/forecast.ts';
import {
  extendFill,
  extendWindow,
  fillRate,
  medianSlope,
  type Point,
  windowGrowth,
} from '../../helper/memory/growth.ts';
import { checkSensors, initialSensors, type SensorState } from '../../helper/memory/sensors.ts';
import { tiersOf } from '../../helper/memory/tiers.ts';
import { machineReading } from '../fakes/readings.ts';

describe('tiers', () => {
  const sum = (tiers: ReturnType<typeof tiersOf>): number =>
    tiers.wired + tiers.compressed + tiers.app + tiers.cached + tiers.free;

  test('what no counter explains is wired', () => {
    const tiers = tiersOf(machineReading());
    assert.equal(sum(tiers), 64 * GB);
    assert.equal(tiers.wired, 21 * GB);
  });

  test('an overlap is taken from the cache first', () => {
    const tiers = tiersOf(machineReading({ cachedBytes: 12 * GB }));
    assert.equal(sum(tiers), 64 * GB);
    assert.deepEqual(tiers, { wired: 20 * GB, compressed: 2 * GB, app: 19 * GB, cached: 10 * GB, free: 13 * GB });
  });
});

describe('growth', () => {
  const ramp = (seconds: number, bytesPerSecond: number): readonly Point[] => {
    let window: readonly Point[] = [];
    for (let at = 0; at <= seconds * 1000; at += 2000)
      window = extendWindow(window, { atMs: at, bytes: (at / 1000) * bytesPerSecond }, 30_000);
    return window;
  };

  test('says nothing until the window is full', () => {
    assert.equal(windowGrowth(ramp(28, 200 * MB), 30_000), null);
    assert.equal(windowGrowth(ramp(30, 200 * MB), 30_000), 200 * MB);
    assert.equal(windowGrowth([], 30_000), null);
  });

  test('looks back thirty seconds and no further', () => {
    const window = ramp(120, 50 * MB);
    assert.equal(window[0]?.atMs, 90_000);
    assert.equal(windowGrowth(window, 30_000), 50 * MB);
  });

  test('the median of the slopes ignores one spike', () => {
    const window = ramp(60, 10 * MB).map((point, index) =>
      index === 5 ? { ...point, bytes: point.bytes + 9 * GB } : point,
    );
    assert.equal(medianSlope(window, 30_000), 10 * MB);
  });

  test('the fill rate is the steeper of the last step and the last few', () => {
    let recent: readonly Point[] = [];
    assert.equal(fillRate(recent), null);
    for (const [atMs, bytes] of [
      [0, 20 * GB],
      [2000, 20 * GB],
      [4000, 20 * GB],
      [4100, 19.9 * GB],
    ] as const)
      recent = extendFill(recent, { atMs, bytes });
    assert.equal(Math.round((fillRate(recent) ?? 0) / MB), 1024);
    const risen = extendFill(recent, { atMs: 4200, bytes: 21 * GB });
    assert.ok((fillRate(risen) ?? 0) < 0);
  });
});

describe('cadence', () => {
  test('two seconds with room and calm, a quarter of the time to orange otherwise', () => {
    assert.equal(sampleIntervalMs(18 * GB, 0), 2000);
    assert.equal(sampleIntervalMs(8 * GB, 0), 2000);
    assert.equal(sampleIntervalMs(4 * GB, 0), 1000);
    assert.equal(sampleIntervalMs(4 * GB, 4 * GB), 250);
    assert.equal(sampleIntervalMs(null, null), 2000);
  });

  test('never under 10 ms, and never under 100 ms while nothing fills', () => {
    assert.equal(sampleIntervalMs(-1 * GB, 2 * GB), 10);
    assert.equal(sampleIntervalMs(-1 * GB, 0), 100);
    assert.equal(sampleIntervalMs(10 * MB, 63 * MB), 100);
    assert.equal(sampleIntervalMs(10 * MB, 65 * MB), 10);
  });

  test('a fill that has just begun is looked at again soon', () => {
    assert.equal(sampleIntervalMs(2 * GB, 600 * MB, false), 500);
    assert.equal(sampleIntervalMs(2 * GB, 600 * MB, true), 50);
    assert.equal(sampleIntervalMs(2 * GB, 60 * MB, true), 500);
  });

  test('a sample meets the line where the fill will cross it, never under 2 ms and never before a megabyte is gone', () => {
    assert.equal(sampleIntervalMs(5 * MB, 1000 * MB), 5);
    assert.equal(sampleIntervalMs(12 * MB, 1000 * MB), 10);
    assert.equal(sampleIntervalMs(1, 8000 * MB), 2);
    assert.equal(sampleIntervalMs(1, 200 * MB), 5);
    assert.equal(sampleIntervalMs(1, 100 * MB), 10);
  });
});

describe('forecast', () => {
  const queues = (freeGb: number) => ({
    activeBytes: 10 * GB,
    inactiveBytes: 10 * GB,
    freeBytes: freeGb * GB,
    speculativeBytes: 0,
    purgeableBytes: 0,
    fileBackedBytes: 0,
  });
  /** NC shrinks by what the compressor takes. */
  const fall = (seconds: number, gbPerSecond: number) => {
    let state = initialForecast;
    for (let at = 0; at <= seconds * 1000; at += 2000) {
      const taken = (at / 1000) * gbPerSecond;
      state = observeForecast(
        state,
        at,
        machineReading({ atMs: at, queues: queues(20 - taken), compressorBytes: taken * GB }),
      );
    }
    return state;
  };

  test('without page queues it is not evaluated, and says so', () => {
    const state = observeForecast(initialForecast, 0, machineReading({ queues: null }));
    assert.equal(forecastStatus(state, null).kind, 'not_evaluated');
  });

  test('distance is NC − 0.50·A; a calm machine has no time to WARN', () => {
    const status = forecastStatus(fall(60, 0), null);
    assert.ok(status.kind === 'evaluated');
    assert.equal(status.ratio, 1);
    assert.equal(status.distanceBytes, 20 * GB);
    assert.equal(status.rateBytesPerSecond, null);
    assert.equal(status.secondsToWarn, null);
  });

  test('a steady fall is predicted to the second', () => {
    // A stays 40 GB, so that the distance shrinks as fast as the compressor grows: 20 − 0.25·40 = 10 GB at 40 s.
    const status = forecastStatus(fall(40, 0.25), null);
    assert.ok(status.kind === 'evaluated');
    assert.ok(Math.abs((status.rateBytesPerSecond ?? 0) - 0.25 * GB) < MB);
    assert.ok(Math.abs((status.secondsToWarn ?? 0) - 40) < 0.5);
  });

  test('under 64 MB/s there is no rate', () => {
    const status = forecastStatus(fall(60, 0.06), null);
    assert.ok(status.kind === 'evaluated');
    assert.equal(status.rateBytesPerSecond, null);
  });

  test('when the kernel warns, the standing prediction is scored once', () => {
    const before = fall(40, 0.25);
    const warned = observeForecast(
      before,
      78_000,
      machineReading({ queues: queues(5), compressorBytes: 20 * GB, kernelLevel: 2 }),
    );
    assert.ok(warned.lastScore !== null);
    assert.equal(warned.lastScore.actualSeconds, 48);
    assert.ok(Math.abs(warned.lastScore.predictedSeconds - 50) < 1);
    const later = observeForecast(
      warned,
      80_000,
      machineReading({ queues: queues(5), compressorBytes: 20 * GB, kernelLevel: 2 }),
    );
    assert.equal(later.lastScore, warned.lastScore);
  });
});

describe('sensor self-test', () => {
  const check = (change: Parameters<typeof machineReading>[0], state: SensorState = initialSensors) =>
    checkSensors(state, machineReading(change));

  test('a plausible reading passes untouched', () => {
    const reading = machineReading();
    const checked = checkSensors(initialSensors, reading);
    assert.equal(checked.reading, reading);
  });

  test('zero, negative, over the total, NaN: the figure becomes unknown and a fact says why', () => {
    for (const [change, problem] of [
      [{ totalBytes: 0 }, 'zero'],
      [{ availableBytes: 0, freeBytes: 0 }, 'zero'],
      [{ availableBytes: -1 }, 'implausible'],
      [{ availableBytes: 65 * GB }, 'implausible'],
      [{ availableBytes: Number.NaN }, 'implausible'],
      [{ wiredBytes: 300 * GB }, 'implausible'],
    ] as const) {
      const { reading } = check(change);
      assert.equal(reading.availableBytes, null);
      assert.deepEqual(
        reading.facts.map((fact) => [fact.sensor, fact.problem]),
        [['memory', problem]],
      );
    }
  });

  test('total memory does not change while a machine runs', () => {
    const first = check({});
    const second = check({ totalBytes: 32 * GB, wiredBytes: 4 * GB }, first.state);
    assert.equal(second.reading.facts[0]?.problem, 'implausible');
    assert.equal(check({}, second.state).reading.facts.length, 0);
  });

  test('a total that stands for a minute is the new one', () => {
    let state = check({}).state;
    const at = (atMs: number) => {
      const checked = check({ atMs, totalBytes: 32 * GB, wiredBytes: 4 * GB }, state);
      state = checked.state;
      return checked.reading.facts.map((fact) => fact.problem);
    };
    assert.deepEqual(at(2_000), ['implausible']);
    assert.deepEqual(at(60_000), ['implausible']);
    assert.deepEqual(at(62_000), []);
    assert.deepEqual(at(64_000), []);
  });

  test('swap over its total and a kernel level nobody has seen are not believed', () => {
    const { reading } = check({
      swap: { totalBytes: GB, usedBytes: 2 * GB, inBytes: null, outBytes: null },
      kernelLevel: 7,
    });
    assert.equal(reading.swap, null);
    assert.equal(reading.kernelLevel, null);
    assert.deepEqual(
      reading.facts.map((fact) => fact.sensor),
      ['swap', 'kernel_level'],
    );
  });

  test('counters that stand still for a minute while pages fault are stuck; on an idle machine they are not', () => {
    const run = (faultsPerSecond: number) => {
      let state = initialSensors;
      let last = machineReading();
      for (let at = 0; at <= 62_000; at += 2000) {
        const checked = checkSensors(state, machineReading({ atMs: at, faults: (at / 1000) * faultsPerSecond }));
        state = checked.state;
        last = checked.reading;
      }
      return last.facts.map((fact) => fact.problem);
    };
    assert.deepEqual(run(2000), ['constant']);
    assert.deepEqual(run(5), []);
  });
});
