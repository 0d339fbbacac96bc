import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectAfterBytes, createCollector } from '../../helper/gateway/proxy/collect.ts';

test('what clients have sent is collected after every few megabytes, and what seats send never', () => {
  let collections = 0;
  const collect = createCollector(() => {
    collections += 1;
  });
  collect(10 * collectAfterBytes, 'from_seat');
  assert.equal(collections, 0);
  for (let sent = 0; sent < 10 * collectAfterBytes; sent += 65_536) collect(65_536, 'to_seat');
  assert.equal(collections, 10);
  collect(100, 'to_seat');
  assert.equal(collections, 10);
});
