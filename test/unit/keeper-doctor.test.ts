import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SensorFact } from '../../helper/host/reading.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { doctorChecks } from '../../helper/keeper/answering/doctor.ts';
import type { ReliefStatus } from '../../helper/protocol/relief.ts';
import type { SeatStatus } from '../../helper/protocol/seats.ts';
import { proposal } from '../fakes/sample-relief.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

const sensorChecks = (...facts: readonly SensorFact[]) =>
  doctorChecks(sampleStatus({ facts: [...facts] }), createSimHost({ clock: 'manual' })).filter(({ name }) =>
    name.startsWith('sensor '),
  );

describe("the keeper's own doctor", () => {
  test('a sensor without which nothing may be done fails', () => {
    assert.deepEqual(sensorChecks({ sensor: 'memory', problem: 'zero', detail: 'free_count is 0' }), [
      {
        name: 'sensor memory',
        state: 'fail',
        found: 'zero: free_count is 0',
        todo: 'Castellan only observes until the sensor is back.',
      },
    ]);
  });

  test('processes that only root can see, and hints that are missing, are warnings that send nobody after a fault', () => {
    const checks = sensorChecks(
      { sensor: 'processes', problem: 'refused', detail: 'memfds of 31 processes' },
      { sensor: 'events', problem: 'unavailable', detail: 'no /proc/pressure/memory' },
    );
    assert.deepEqual(
      checks.map(({ name, state }) => `${name} ${state}`),
      ['sensor processes warn', 'sensor events warn'],
    );
    for (const { todo } of checks) {
      assert.match(todo, /^Castellan goes on without it/);
      assert.doesNotMatch(todo, /only observes/);
    }
    assert.match(checks[0]?.todo ?? '', /"What needs which right"/);
  });

  test('the deadman: without it the keeper is not in order', () => {
    const of = (deadman: 'present' | 'missing' | 'not_ready') => {
      const status = sampleStatus();
      const checks = doctorChecks(
        { ...status, relief: { ...status.relief, deadman } },
        createSimHost({ clock: 'manual' }),
      );
      return checks.find(({ name }) => name === 'deadman');
    };
    assert.deepEqual(of('present'), { name: 'deadman', state: 'ok', found: 'watches over what is frozen', todo: '' });
    assert.equal(of('not_ready')?.state, 'warn');
    assert.equal(of('missing')?.state, 'fail');
    assert.match(of('missing')?.todo ?? '', /Start it/);
  });

  test('an enforcer that is missing fails, a proposal that waits is remarked, one of a dry run is not', () => {
    const of = (relief: Partial<ReliefStatus>) => {
      const status = sampleStatus();
      const told = { ...status, relief: { ...status.relief, ...relief } };
      return doctorChecks(told, createSimHost({ clock: 'manual' })).filter(({ state }) => state !== 'ok');
    };
    assert.deepEqual(
      of({ missingEnforcers: ['com.a'] }).map(({ name, state }) => [name, state]),
      [['enforcer', 'fail']],
    );
    assert.deepEqual(
      of({ pending: [proposal(), proposal({ dryRun: true })] }).map(({ found, state }) => [found, state]),
      [['one proposal waits for an answer', 'warn']],
    );
    assert.deepEqual(of({ pending: [proposal({ dryRun: true })] }), []);
  });

  test('with every sensor at work there is nothing about sensors', () => {
    assert.deepEqual(sensorChecks(), []);
  });

  test('each thing that is wrong with a seat is said with what to do, and all is well in one line', () => {
    const of = (change: Partial<SeatStatus> | null) => {
      const seats =
        change === null ? [sampleSeat()] : [sampleSeat(), sampleSeat({ name: 'C', class: 'on_call', ...change })];
      return doctorChecks(sampleStatus({ seats }), createSimHost({ clock: 'manual' })).filter(({ name }) =>
        name.startsWith('seat'),
      );
    };
    const band = { wanted: 'IDLE', found: 'HOME', detail: '' } as const;
    const cases: readonly (readonly [Partial<SeatStatus>, 'warn' | 'fail', RegExp, RegExp])[] = [
      [
        { state: 'failed', pids: [], why: 'It ended with exit 78' },
        'fail',
        /^has failed\. It ended with exit 78\.$/,
        /No request starts it again: `castellan load C`/,
      ],
      [
        { state: 'failed', pids: [], retryInSeconds: 30 },
        'fail',
        /^has failed$/,
        /A request tries again by itself; `castellan load C` tries again at once/,
      ],
      [{ state: 'failed', pids: [9] }, 'fail', /^has failed$/, /still runs: `castellan release C`/],
      [
        { state: 'failed', pids: [], class: 'protected' },
        'fail',
        /^has failed$/,
        /Its service is com\.sanctum\.mlx; `castellan load C`/,
      ],
      [
        { state: 'hollow', why: '' },
        'fail',
        /its model is gone from memory$/,
        /^`castellan release C`, then `castellan load C`\.$/,
      ],
      [
        { state: 'hollow', class: 'protected' },
        'fail',
        /its model is gone/,
        /^Restart its service com\.sanctum\.mlx\.$/,
      ],
      [{ state: 'doomed' }, 'warn', /its next start will not succeed/, /Install its program again/],
      [
        { state: 'frozen', why: 'Its process is stopped.' },
        'warn',
        /answers nobody\. Its process is stopped\.$/,
        /relief resume/,
      ],
      [
        { proposedPeakBytes: 15.01 * 2 ** 30, peakBytes: 14 * 2 ** 30 },
        'warn',
        /has reached 15\.0 GB, and 14\.0 GB are declared/,
        /peak = "15\.1 GB"/,
      ],
      [
        { pendingRestart: true },
        'warn',
        /another wired limit/,
        /Its next start has the right one: `castellan release C`/,
      ],
      [
        { band: { ...band, state: 'refused', detail: 'EPERM' } },
        'warn',
        /band IDLE is refused: EPERM$/,
        /"What needs which right"/,
      ],
      [{ band: { ...band, state: 'contested' } }, 'warn', /left at HOME: they keep changing it$/, /take `band` out/],
    ];
    assert.deepEqual(of(null), [
      { name: 'seats', state: 'ok', found: 'one seat, and nothing is wrong with it', todo: '' },
    ]);
    for (const [change, state, found, todo] of cases) {
      const [check, ...more] = of(change);
      assert.deepEqual(more, [], JSON.stringify(change));
      assert.deepEqual([check?.name, check?.state], ['seat C', state], JSON.stringify(change));
      assert.match(check?.found ?? '', found);
      assert.match(check?.todo ?? '', todo);
    }
    for (const state of ['held', 'drifted', 'unknown'] as const)
      assert.deepEqual(
        of({ band: { ...band, state } }).map((check) => check.state),
        ['ok'],
      );
    assert.equal(of({ state: 'doomed', pendingRestart: true, band: { ...band, state: 'refused' } }).length, 3, 'each');
  });

  test('the wired limit of the GPU: a word where the system refuses it or others change it', () => {
    const of = (state: 'held' | 'refused' | 'contested' | null) => {
      const gpu =
        state === null
          ? null
          : { wantedBytes: 48 * 2 ** 30, foundBytes: null, isSystemPolicy: false, state, detail: 'EPERM' };
      return doctorChecks(sampleStatus({ gpu }), createSimHost({ clock: 'manual' })).filter(
        ({ name }) => name === 'gpu',
      );
    };
    assert.deepEqual([of(null), of('held')], [[], []]);
    assert.match(of('refused')[0]?.found ?? '', /^its wired limit 48\.0 GB is refused: EPERM$/);
    assert.match(of('contested')[0]?.todo ?? '', /take `gpu\.wired_limit` out/);
  });
});
