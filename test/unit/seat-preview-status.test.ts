import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, GB } from '../../helper/config/config.ts';
import { statusOf } from '../../helper/keeper/judgement/status.ts';
import type { Status } from '../../helper/protocol/index.ts';
import { ask, isReady, onCallSeat, type SeatKeeper, seatName, startSeatKeeper } from '../fakes/seat-keeper.ts';

/** What the status tells of a seat's use and of its next attempt, from a keeper that has seen it. */

const config = { ...defaultConfig, seats: [onCallSeat()] };

const toldBy = (keeper: SeatKeeper, change: Partial<ReturnType<SeatKeeper['state']>> = {}): Status => {
  const status = statusOf({ ...keeper.state(), ...change }, config, {
    nowMs: keeper.nowMs(),
    wallMs: 0,
    keeper: { version: '0', pid: 1, instance: 'a', host: 'linux', os: 'Linux', cpuPercent: 0 },
    telemetry: { history: 'off', droppedRows: 0, journal: 'off', lostRows: 0 },
    wentDown: null,
    advice: null,
    configPath: '/c.toml',
    configProblems: [],
    ownPids: new Set(),
  });
  assert.ok(status !== null);
  return status;
};

const seatIn = (status: Status): Status['seats'][number] => {
  const [seat] = status.seats;
  assert.ok(seat !== undefined);
  return seat;
};

const serving = (): SeatKeeper => {
  const keeper = startSeatKeeper();
  keeper.runUntil(100);
  keeper.post(isReady);
  keeper.runUntil(30_000);
  return keeper;
};

describe('the status of a seat', () => {
  test('a busy one names what it is used by, and one that only serves names nothing', () => {
    const keeper = serving();
    assert.deepEqual([seatIn(toldBy(keeper)).state, seatIn(toldBy(keeper)).usedBy], ['idle', []]);

    keeper.see({ cpuShare: 0.5 });
    keeper.runUntil(40_000);
    const working = seatIn(toldBy(keeper));
    assert.equal(working.state, 'busy');
    assert.equal(working.inFlight, 0);
    assert.match(working.usedBy.join(), /^CPU time of its processes(, or bytes at its port)?$/);

    keeper.post({ type: 'seat_traffic', seat: seatName, inFlight: 2, bytes: 10, ticks: 0 });
    keeper.runUntil(44_000);
    assert.deepEqual(seatIn(toldBy(keeper)).usedBy, ['2 requests under way']);

    keeper.see({ cpuShare: 0 });
    keeper.post({ type: 'seat_traffic', seat: seatName, inFlight: 0, bytes: 0, ticks: 0 });
    keeper.runUntil(80_000);
    assert.deepEqual([seatIn(toldBy(keeper)).state, seatIn(toldBy(keeper)).usedBy], ['idle', []]);
  });

  test('one that has failed counts down to the next attempt, and any other does not', () => {
    const keeper = startSeatKeeper({ seen: { runs: false, orderOutcome: 'failed' } });
    keeper.runUntil(4_000);
    assert.equal(seatIn(toldBy(keeper)).retryInSeconds, null);
    keeper.post(ask(1));
    keeper.runUntil(10_000);
    const failed = seatIn(toldBy(keeper));
    assert.equal(failed.state, 'failed', failed.why);
    assert.ok(failed.retryInSeconds !== null && failed.retryInSeconds > 40 && failed.retryInSeconds <= 60);
    keeper.runUntil(90_000);
    assert.equal(seatIn(toldBy(keeper)).retryInSeconds, 0);
  });
});

describe('the wired limit of the GPU in the status', () => {
  test('nothing where there is none and none is wanted; what is wanted and found elsewhere', () => {
    const keeper = serving();
    const { arbiter } = keeper.state();
    assert.equal(toldBy(keeper).gpu, null);
    const found = { kind: 'limit', bytes: 40 * GB, isSystemPolicy: false } as const;
    assert.deepEqual(toldBy(keeper, { arbiter: { ...arbiter, gpu: { ...arbiter.gpu, found } } }).gpu, {
      wantedBytes: null,
      foundBytes: 40 * GB,
      isSystemPolicy: false,
      state: 'not_wanted',
      detail: '',
    });
    const gpu = { ...arbiter.gpu, wantedBytes: 48 * GB, found };
    const told = toldBy(keeper, { arbiter: { ...arbiter, gpu } }).gpu;
    assert.deepEqual([told?.wantedBytes, told?.foundBytes, told?.state], [48 * GB, 40 * GB, 'unknown']);
  });
});
