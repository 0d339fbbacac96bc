import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActivity } from '../../helper/gateway/activity.ts';
import { createFlight } from '../../helper/gateway/proxy/flight.ts';
import { routeOf } from '../../helper/gateway/proxy/route.ts';
import { type SeatState, seatState } from '../../helper/protocol/seats.ts';
import { seatAt } from '../fakes/proxy-gateway.ts';

test('a connection counts while it waits and from a question to its answer', () => {
  const activity = createActivity();
  let nowMs = 0;
  const flight = createFlight(activity, 'council', () => nowMs);
  const inFlight = (): number => activity.take('council').inFlight;
  assert.equal(inFlight(), 1);
  flight.rest();
  assert.equal(inFlight(), 0);
  flight.moved(10, 'to_seat');
  flight.moved(10, 'to_seat');
  assert.deepEqual(activity.take('council'), { inFlight: 1, bytes: 20, ticks: 0 });
  flight.moved(5, 'from_seat');
  flight.moved(5, 'from_seat');
  assert.deepEqual(activity.take('council'), { inFlight: 0, bytes: 10, ticks: 0 });
  nowMs = 100;
  flight.moved(1, 'to_seat');
  flight.expire(199, 100);
  assert.equal(inFlight(), 1);
  flight.expire(200, 100);
  assert.equal(inFlight(), 0);
  flight.moved(1, 'to_seat');
  assert.equal(inFlight(), 1, 'who sends again waits again');
  flight.end();
  flight.end();
  flight.moved(1, 'to_seat');
  assert.deepEqual(activity.take('council'), { inFlight: 0, bytes: 0, ticks: 0 });
});

test('each state has its way', () => {
  const way = (state: SeatState, closing: number | null = null): string =>
    routeOf(seatAt(1, { state, closing }), true).kind;
  const expected: Readonly<Record<SeatState, string>> = {
    absent: 'ensure',
    admitting: 'ensure',
    starting: 'ensure',
    loading: 'ensure',
    ready: 'seat',
    busy: 'seat',
    idle: 'seat',
    draining: 'refuse',
    frozen: 'refuse',
    failed: 'ensure',
    hollow: 'ensure',
    doomed: 'seat',
  };
  for (const state of seatState.options) {
    assert.equal(way(state), expected[state], state);
    assert.equal(way(state, 4), expected[state] === 'seat' ? 'ensure' : expected[state], `${state}, closing`);
    assert.deepEqual(routeOf(seatAt(1, { state }), false), { kind: 'seat', isSure: false }, `${state}, no keeper`);
  }
});
