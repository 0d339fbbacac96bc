import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SensorFact } from '../../helper/host/reading.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { doctorChecks } from '../../helper/keeper/doctor.ts';
import type { ReliefStatus } from '../../helper/protocol/relief.ts';
import { proposal } from '../fakes/sample-relief.ts';
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
});
