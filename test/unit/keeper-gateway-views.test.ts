import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../../helper/config/config.ts';
import { createGatewayViews } from '../../helper/keeper/answering/gateway-views.ts';
import type { KeeperState } from '../../helper/keeper/judgement/state.ts';
import type { GatewayView } from '../../helper/protocol/index.ts';
import { gatewayViewSchema } from '../../helper/protocol/seats.ts';
import { machineReading, readingOf } from '../fakes/readings.ts';
import { ask, isReady, onCallSeat, release, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** What the gateway is told, and when. */

const config = {
  ...defaultConfig,
  seats: [onCallSeat({ proxy: { listen: { host: '::1', port: 1340 }, target: { host: '127.0.0.1', port: 1337 } } })],
};

const watched = (isThere = true) => {
  const keeper = startSeatKeeper();
  const told: GatewayView[] = [];
  const views = createGatewayViews({
    gateway: { publish: (view) => told.push(view), pid: () => (isThere ? 7 : null) },
    state: (): KeeperState => keeper.state(),
    config: () => config,
    nowMs: keeper.nowMs,
  });
  const heard = (): void => views.afterStep({ nowMs: keeper.nowMs(), reading: null, events: [] });
  const looked = (depth: 'fast' | 'slot'): void =>
    views.afterStep({ nowMs: keeper.nowMs(), reading: readingOf(depth, machineReading()), events: [] });
  return { keeper, told, heard, looked };
};

describe('views for the gateway', () => {
  test('come with every slot, and hold the form of the wire', () => {
    const { keeper, told, looked } = watched();
    keeper.runUntil(100);
    looked('slot');
    looked('slot');
    looked('fast');
    assert.equal(told.length, 2);
    assert.deepEqual(gatewayViewSchema.parse(told[0]), told[0]);
    const [seat] = told[0]?.seats ?? [];
    assert.deepEqual(
      { state: seat?.state, probing: seat?.probing, proxy: seat?.proxy?.listen },
      { state: 'loading', probing: true, proxy: '[::1]:1340' },
    );
  });

  test('come at once when a seat changes, and not when only what they do not show has', () => {
    const { keeper, told, heard, looked } = watched();
    keeper.runUntil(100);
    looked('slot');
    keeper.post(isReady);
    heard();
    assert.equal(told.at(-1)?.seats[0]?.state, 'ready');
    const before = told.length;
    keeper.post(ask(1));
    heard();
    assert.equal(told.length, before, 'a tick is no change');
    keeper.runUntil(8_000);
    looked('slot');
    keeper.post(release(2));
    heard();
    assert.equal(typeof told.at(-1)?.seats[0]?.closing, 'number');
  });

  test('are not made for a gateway that is not there', () => {
    const { keeper, told, looked } = watched(false);
    keeper.runUntil(100);
    looked('slot');
    assert.deepEqual(told, []);
  });
});
