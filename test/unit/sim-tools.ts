import assert from 'node:assert/strict';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { scenarios } from '../../helper/host/sim/default-scenario.ts';
import type { SimHost } from '../../helper/host/sim/host.ts';
import type { Scenario } from '../../helper/host/sim/scenario.ts';
import { simSeats } from '../../helper/host/sim/seats.ts';

/** Shared by the tests of the simulated Mac. */

export const GB = 2 ** 30;
export const MB = 2 ** 20;

/** The default machine on which nothing moves unless told to. */
export const still = (changes: Partial<Scenario['machine']> = {}): Scenario => {
  const scenario = scenarios.find((each) => each.name === 'still');
  assert.ok(scenario);
  return { ...scenario, machine: { ...scenario.machine, ...changes } };
};

/** `castellan sim set`, which must succeed. */
export const set = (host: SimHost, key: string, value: string): string => {
  const answer = host.simulate(key, value);
  assert.ok(answer.ok, answer.ok ? '' : answer.detail);
  return answer.now;
};

export const named = (host: SimHost, name: string): ProcessReading => {
  const p = host.readProcesses().processes.find((each) => each.name === name);
  assert.ok(p, `${name} is in the table`);
  return p;
};

export const bySeat = (host: SimHost, name: string): ProcessReading => {
  const pid = host.services.pids()?.get(simSeats.find((seat) => seat.name === name)?.label ?? '');
  const p = host.readProcesses().processes.find((each) => each.id.pid === pid);
  assert.ok(p, `${name} runs`);
  return p;
};
