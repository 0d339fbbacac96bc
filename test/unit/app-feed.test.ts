import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createFeed } from '../../app/feed.ts';
import type { AppSnapshot, Senders } from '../../app/ipc/contract.ts';
import { createStore, initialState } from '../../app/state.ts';

type Own = AppSnapshot['own'];
const own = (memoryBytes: number): Own => ({ version: '0.1.0', pids: [1], memoryBytes });

const silent: Senders = { patch: () => {}, processes: () => {}, shown: () => {} };

/** A feed whose measurements end when the test says so. */
const feedOf = (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const store = createStore(
    initialState('0.1.0', { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null }),
  );
  const measurements: PromiseWithResolvers<Own>[] = [];
  const log: string[] = [];
  const feed = createFeed({
    store,
    senders: { popover: silent, window: silent },
    onWantProcesses: () => {},
    measureOwn: () => {
      const measurement = Promise.withResolvers<Own>();
      measurements.push(measurement);
      return measurement.promise;
    },
    log: (line) => log.push(line),
  });
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    await turn();
  };
  return { feed, store, measurements, log, pass };
};

describe('who is told what', () => {
  test('each surface that is looked at is told of changes, a hidden one of none; the table goes to who shows it', () => {
    const store = createStore(
      initialState('0.1.0', { numbersInTray: true, colourInTray: true, shortcut: null, openAtLogin: null }),
    );
    const heard: string[] = [];
    const note = (surface: string): Senders => ({
      patch: (patch) => heard.push(`${surface} ${Object.keys(patch).length > 3 ? 'all' : Object.keys(patch).join()}`),
      processes: ({ processes }) => heard.push(`${surface} table of ${processes.length}`),
      shown: () => {},
    });
    const wanted: boolean[] = [];
    const feed = createFeed({
      store,
      senders: { popover: note('popover'), window: note('window') },
      measureOwn: async () => own(1),
      onWantProcesses: (is) => wanted.push(is),
      log: () => {},
    });
    const said = (): readonly string[] => heard.splice(0);
    const table = { atMs: 0, processes: [] };

    store.dispatch({ kind: 'pinned', pinned: true });
    feed.processes(table);
    assert.deepEqual(said(), [], 'nobody looks');
    feed.watchProcesses('window', true);
    feed.processes(table);
    assert.deepEqual([said(), wanted], [[], []], 'a hidden page wishes in vain');
    feed.watchProcesses('window', false);
    feed.look('window', true);
    assert.deepEqual([said(), wanted], [['window all'], []]);
    feed.watchProcesses('window', true);
    store.dispatch({ kind: 'pinned', pinned: false });
    feed.processes(table);
    assert.deepEqual([said(), wanted], [['window pinned', 'window table of 0'], [true]]);
    feed.look('popover', true);
    store.dispatch({ kind: 'pinned', pinned: true });
    feed.processes(table);
    assert.deepEqual(said(), ['popover all', 'window pinned', 'popover pinned', 'window table of 0']);
    feed.look('window', false);
    assert.deepEqual(wanted, [true], 'the popover still wants it');
    feed.look('popover', false);
    store.dispatch({ kind: 'pinned', pinned: false });
    feed.processes(table);
    assert.deepEqual([said(), wanted], [[], [true, false]]);
    feed.look('window', true);
    assert.deepEqual(wanted, [true, false, true], 'it still shows the table');
    feed.look('window', false);
  });
});

describe('what the app itself uses', () => {
  test('is measured soon after opening, then every ten seconds, and not while hidden', async (t) => {
    const { feed, store, measurements, pass } = feedOf(t);
    feed.look('popover', true);
    await pass(500);
    measurements[0]?.resolve(own(1));
    await turn();
    assert.equal(store.get().own.memoryBytes, 1);
    await pass(10_000);
    assert.equal(measurements.length, 2);
    feed.look('popover', false);
    measurements[1]?.resolve(own(2));
    await pass(60_000);
    assert.equal(measurements.length, 2);
    assert.equal(store.get().own.memoryBytes, 1);
  });

  test('is measured once at a time when the popover is hidden and shown during a measurement', async (t) => {
    const { feed, store, measurements, pass } = feedOf(t);
    feed.look('popover', true);
    await pass(500);
    feed.look('popover', false);
    feed.look('popover', true);
    await pass(500);
    assert.equal(measurements.length, 2);
    measurements[1]?.resolve(own(2));
    await turn();
    measurements[0]?.resolve(own(1));
    await turn();
    assert.equal(store.get().own.memoryBytes, 2, 'the older measurement does not replace the newer');
    await pass(10_000);
    assert.equal(measurements.length, 3);
  });

  test('stays as it was when it cannot be measured, which is said once and tried again', async (t) => {
    const { feed, store, measurements, log, pass } = feedOf(t);
    feed.look('popover', true);
    await pass(500);
    measurements[0]?.reject(new Error('gone'));
    await pass(0);
    await pass(10_000);
    measurements[1]?.reject(new Error('gone'));
    await pass(0);
    await pass(10_000);
    measurements[2]?.resolve(own(3));
    await turn();
    assert.equal(store.get().own.memoryBytes, 3);
    assert.deepEqual(log, ['own usage: Error: gone']);
  });
});
