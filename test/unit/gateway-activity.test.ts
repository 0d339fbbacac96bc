import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivity } from '../../helper/gateway/activity.ts';

describe('activity of seats', () => {
  test('is due while it was used since the last report, or something is under way', () => {
    const told: string[] = [];
    const activity = createActivity((seat) => told.push(seat));
    assert.deepEqual(activity.due(), []);
    activity.tick('a');
    activity.tick('a');
    activity.opened('b');
    activity.moved('b', 10, 'to_seat');
    activity.moved('b', 5, 'from_seat');
    assert.deepEqual(activity.due(), ['a', 'b']);
    assert.deepEqual(told, ['a', 'b'], 'told once each');
    assert.deepEqual(activity.take('a'), { inFlight: 0, bytes: 0, ticks: 2 });
    assert.deepEqual(activity.take('b'), { inFlight: 1, bytes: 15, ticks: 0 });
    assert.equal(activity.used('b'), false);
    assert.deepEqual(activity.due(), ['b'], 'what is under way stays due');
    activity.closed('b');
    assert.equal(activity.used('b'), true, 'the end of a request is use, too');
    assert.deepEqual(activity.take('b'), { inFlight: 0, bytes: 0, ticks: 0 });
    assert.deepEqual(activity.due(), []);
  });

  test('gets back what could not be delivered', () => {
    const activity = createActivity();
    activity.tick('a');
    const taken = activity.take('a');
    activity.tick('a');
    activity.giveBack('a', taken);
    assert.deepEqual(activity.take('a'), { inFlight: 0, bytes: 0, ticks: 2 });
  });

  test('that ends more often than it begins is a fault', () => {
    const activity = createActivity();
    assert.throws(() => activity.closed('a'), /more was closed/);
  });
});
