import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { groupRows, withNewer } from '../../renderer/data/processes/groups.ts';
import {
  barShares,
  holdPlaces,
  longestOf,
  orderBySize,
  processName,
  rssView,
} from '../../renderer/data/processes/top.ts';
import { GB, MB, row } from '../e2e/popover-fixtures.ts';

const big = row({ pid: 1, name: 'memfd', footprintBytes: 300 * MB, rssBytes: 12 * MB });
const plain = row({ pid: 2, name: 'plain', footprintBytes: 104 * MB, rssBytes: 110 * MB });
const small = row({ pid: 3, name: 'small', footprintBytes: 104 * MB, rssBytes: 20 * MB });
const names = (groups: readonly { readonly name: string }[]): readonly string[] => groups.map((each) => each.name);

describe('order of the processes', () => {
  test('by footprint a process that RSS hardly sees stands first', () => {
    assert.deepEqual(names(orderBySize(groupRows([plain, small, big]), 'footprint')), ['memfd', 'plain', 'small']);
  });
  test('by RSS the order is the one RSS-based tools show', () => {
    assert.deepEqual(names(orderBySize(groupRows([big, small, plain]), 'rss')), ['plain', 'small', 'memfd']);
  });
  test('while paused rows keep their places, new ones come below, vanished ones go', () => {
    const held = ['app plain', 'app memfd', 'app small'];
    const fresh = row({ pid: 9, name: 'new', footprintBytes: 9 * GB, rssBytes: 9 * GB });
    const ordered = orderBySize(groupRows([big, plain, fresh]), 'footprint');
    assert.deepEqual(names(holdPlaces(ordered, held)), ['plain', 'memfd', 'new']);
  });
});

const chrome = '/Applications/Google Chrome.app/Contents';
const helper = (pid: number, megabytes: number, command = `${chrome}/Frameworks/Helper.app/Contents/MacOS/Helper`) =>
  row({ pid, name: 'Google Chrome Helper (Renderer)', command, footprintBytes: megabytes * MB, rssBytes: MB });

describe('groups of processes', () => {
  test('helpers of an app are one row with it, also where the path was cut off', () => {
    const main = row({
      pid: 4,
      name: 'Google Chrome',
      command: `${chrome}/MacOS/Google Chrome`,
      footprintBytes: 50 * MB,
      rssBytes: MB,
    });
    const [group, ...rest] = groupRows([main, helper(5, 300), helper(6, 400, 'Google Chr')]);
    assert.deepEqual(rest, []);
    assert.equal(group?.name, 'Google Chrome');
    assert.equal(group?.footprintBytes, 750 * MB);
    assert.deepEqual(
      group?.rows.map(({ pid }) => pid),
      [6, 5, 4],
    );
  });
  test('a seat and Castellan itself go before the app they run from', () => {
    const inApp = { command: `${chrome}/MacOS/x` };
    const groups = groupRows([
      { ...big, ...inApp, seat: 'Cilghal' },
      { ...plain, ...inApp, own: true },
    ]);
    assert.deepEqual(
      groups.map(({ kind, name }) => `${kind} ${name}`),
      ['seat Cilghal', 'own Castellan'],
    );
  });
  test('what is known of none is not known of the group; what is known of some is their sum', () => {
    const [none] = groupRows([{ ...helper(1, 1), growthBytesPerSecond: null }]);
    assert.equal(none?.growthBytesPerSecond, null);
    const [some] = groupRows([
      { ...helper(1, 1), compressedBytes: null },
      { ...helper(2, 1), compressedBytes: 7 },
    ]);
    assert.equal(some?.compressedBytes, 7);
  });
  test('newer figures replace those of the list, and a reused pid is another process', () => {
    const merged = withNewer(
      [big, plain],
      [
        { ...big, rssBytes: 1 },
        { ...plain, start: '2.2' },
      ],
    );
    assert.deepEqual(
      merged.map(({ pid, rssBytes }) => [pid, rssBytes]),
      [
        [1, 1],
        [2, plain.rssBytes],
        [2, plain.rssBytes],
      ],
    );
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
    const shares = [big, plain].map((each) => barShares(each, longestOf([big, plain])));
    assert.equal(shares[0]?.footprint, 1);
    assert.ok((shares[1]?.rss ?? 0) > (shares[1]?.footprint ?? 1));
    assert.ok(shares.every((each) => each.footprint <= 1 && each.rss <= 1));
  });
  test('the seat names the process', () => {
    assert.equal(processName({ ...big, seat: 'Cilghal' }), 'Cilghal');
    assert.equal(processName(big), 'memfd');
  });
});
