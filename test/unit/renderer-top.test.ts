import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { barShares, holdRows, orderRows, processName, rowKey, rssView } from '../../renderer/data/top.ts';
import { GB, MB, row } from '../e2e/popover-fixtures.ts';

const big = row({ pid: 1, name: 'memfd', footprintBytes: 300 * MB, rssBytes: 12 * MB });
const plain = row({ pid: 2, name: 'plain', footprintBytes: 104 * MB, rssBytes: 110 * MB });
const small = row({ pid: 3, name: 'small', footprintBytes: 104 * MB, rssBytes: 20 * MB });
const pids = (rows: readonly { readonly pid: number }[]): readonly number[] => rows.map((each) => each.pid);

describe('order of the processes', () => {
  test('by footprint a process that RSS hardly sees stands first', () => {
    assert.deepEqual(pids(orderRows([plain, small, big], 'footprint')), [1, 2, 3]);
  });
  test('by RSS the order is the one RSS-based tools show', () => {
    assert.deepEqual(pids(orderRows([big, small, plain], 'rss')), [2, 3, 1]);
  });
  test('while paused rows keep their places, new ones come below, vanished ones go', () => {
    const held = [plain, big, small].map(rowKey);
    const fresh = row({ pid: 9, name: 'new', footprintBytes: 9 * GB, rssBytes: 9 * GB });
    assert.deepEqual(pids(holdRows(orderRows([big, plain, fresh], 'footprint'), held)), [2, 1, 9]);
  });
  test('a reused pid is another row', () => {
    const again = { ...plain, start: '2.2' };
    assert.deepEqual(pids(holdRows([again, big], [rowKey(plain), rowKey(big)])), [1, 2]);
  });
});

describe('what RSS makes of a process', () => {
  test('below a tenth of the footprint it is called blind', () => {
    assert.deepEqual(rssView(big), { share: 0.04, blind: true });
    assert.equal(rssView(plain).blind, false);
    assert.deepEqual(rssView(row({ pid: 4, name: 'zero', footprintBytes: 0, rssBytes: 0 })), {
      share: null,
      blind: false,
    });
  });
  test('bars share one scale, and RSS above the footprint stays on the track', () => {
    const shares = [big, plain].map((each) => barShares(each, [big, plain]));
    assert.equal(shares[0]?.footprint, 1);
    assert.ok((shares[1]?.rss ?? 0) > (shares[1]?.footprint ?? 1));
    assert.ok(shares.every((each) => each.footprint <= 1 && each.rss <= 1));
  });
  test('the seat names the process', () => {
    assert.equal(processName({ ...big, seat: 'Cilghal' }), 'Cilghal');
    assert.equal(processName(big), 'memfd');
  });
});
