import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig, MB } from '../../helper/config/config.ts';
import { warmUpBrake } from '../../helper/keeper/acting/warm-up.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';

/** A keeper that has seen one calm sample of everything. */
const calm = (): KeeperState => {
  const reading = readingOf('full', machineReading(), { table: processTable([processReading(7)]) });
  return decide(initialState(0), { nowMs: 0, reading, events: [] }, defaultConfig).state;
};

test('the warm-up of the brake comes to the stop, whatever the mode and the distance from orange to red', () => {
  assert.equal(warmUpBrake(calm(), defaultConfig), true);
  const { pressure, relief } = defaultConfig;
  const near = { ...pressure, red: { ...pressure.red, availableBytes: pressure.orange.availableBytes - 512 * MB } };
  assert.equal(warmUpBrake(calm(), { ...defaultConfig, pressure: near, relief: { ...relief, mode: 'live' } }), true);
});

test('the warm-up leaves the keeper as it was', () => {
  const state = calm();
  const before = structuredClone(state);
  warmUpBrake(state, defaultConfig);
  assert.deepEqual(state, before);
});

test('without a reading of the machine there is nothing to warm up with', () => {
  assert.equal(warmUpBrake(initialState(0), defaultConfig), false);
});
