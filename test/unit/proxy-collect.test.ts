import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { collectAfterBytes, createCollector } from '../../helper/gateway/proxy/collect.ts';

test('what clients have sent is collected after every few megabytes, and what seats send never', () => {
  let collections = 0;
  const collect = createCollector(() => () => {
    collections += 1;
  });
  collect(10 * collectAfterBytes, 'from_seat');
  assert.equal(collections, 0);
  for (let sent = 0; sent < 10 * collectAfterBytes; sent += 65_536) collect(65_536, 'to_seat');
  assert.equal(collections, 10);
  collect(100, 'to_seat');
  assert.equal(collections, 10);
});

test('V8 collects when it is asked to', async () => {
  let freed = 0;
  const registry = new FinalizationRegistry(() => {
    freed += 1;
  });
  const collect = createCollector();
  // A few rounds: what is young twice is old, and callbacks come in a turn of their own.
  for (let round = 0; round < 50 && freed === 0; round += 1) {
    registry.register({}, round);
    collect(collectAfterBytes, 'to_seat');
    await setImmediate();
  }
  assert.ok(freed > 0);
});
