import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AppSnapshot, HistoryAnswer, SnapshotPatch } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { HistoryRange } from '../../helper/protocol/status.ts';
import { createHistory } from '../../renderer/data/charts/history.ts';
import { createStore } from '../../renderer/data/state.ts';
import { GB, snapshot, status } from '../e2e/popover-fixtures.ts';

const start = 1_700_000_000_000;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const page = () => {
  const listeners = new Set<() => void>();
  const state = { hidden: false, now: start, clocks: 0, started: 0 };
  return {
    state,
    hide: (hidden: boolean): void => {
      state.hidden = hidden;
      for (const listener of listeners) listener();
    },
    listeners,
    surroundings: {
      hidden: () => state.hidden,
      onVisibility: (changed: () => void) => {
        listeners.add(changed);
        return () => void listeners.delete(changed);
      },
      now: () => state.now,
      everySecond: () => {
        state.clocks++;
        state.started++;
        return () => void state.clocks--;
      },
    },
  };
};

const bridge = () => {
  const order: string[] = [];
  let push: (patch: SnapshotPatch) => void = () => {};
  const { promise, resolve } = Promise.withResolvers<AppSnapshot>();
  return {
    order,
    answer: resolve,
    push: (patch: SnapshotPatch) => push(patch),
    snapshot: () => {
      order.push('snapshot');
      return promise;
    },
    onPatch: (listener: (patch: SnapshotPatch) => void) => {
      order.push('subscribe');
      push = listener;
      return () => void order.push('unsubscribe');
    },
  };
};

const connected = { kind: 'connected', tier: 'console' } as const;

describe('state of the popover', () => {
  test('subscribes before it asks for the whole, and shows nothing until it has it', async () => {
    const link = bridge();
    const store = createStore(link, page().surroundings);
    assert.deepEqual(link.order, ['subscribe', 'snapshot']);
    link.push({ pinned: true });
    assert.equal(store.connection.value.kind, 'connecting');
    assert.equal(store.pinned.value, false);
    link.answer(snapshot(start, connected, status(start)));
    await settled();
    assert.equal(store.connection.value.kind, 'connected');
    assert.equal(store.pinned.value, true, 'a patch that overtook the reply is not lost');
    store.stop();
    assert.equal(link.order.at(-1), 'unsubscribe');
  });

  test('hidden it changes nothing and runs no clock; shown it has the newest at once', async () => {
    const link = bridge();
    const around = page();
    const store = createStore(link, around.surroundings);
    link.answer(snapshot(start, connected, status(start)));
    await settled();
    assert.equal(around.state.clocks, 1);
    around.hide(true);
    assert.equal(around.state.clocks, 0);
    link.push({ status: status(start + 2000), receivedAtMs: start + 2000 });
    link.push({ status: status(start + 4000), receivedAtMs: start + 4000 });
    assert.equal(store.status.value?.atMs, start);
    around.hide(false);
    assert.equal(store.status.value?.atMs, start + 4000);
    assert.equal(around.state.clocks, 1);
    store.stop();
    assert.equal(around.state.clocks, 0);
    assert.equal(around.listeners.size, 0);
  });

  test('a status sets the clock anew, any other news does not', async () => {
    const link = bridge();
    const around = page();
    const store = createStore(link, around.surroundings);
    link.answer(snapshot(start, connected, status(start)));
    await settled();
    const { started } = around.state;
    link.push({ pinned: true });
    assert.equal(around.state.started, started);
    link.push({ status: status(start + 2000), receivedAtMs: start + 2000 });
    assert.equal(around.state.started, started + 1);
    assert.equal(around.state.clocks, 1);
    store.stop();
    assert.equal(around.state.clocks, 0);
  });

  test('a change of level is announced, a repetition is not', async () => {
    const link = bridge();
    const store = createStore(link, page().surroundings);
    link.answer(snapshot(start, connected, status(start)));
    await settled();
    assert.equal(store.announcement.value, '');
    const red = { ...status(start), level: { ...status(start).level, name: 'red' } as const };
    link.push({ status: red });
    assert.equal(store.announcement.value, 'Memory critical. 22.7 gigabytes available.');
    link.push({ status: { ...red, atMs: start + 2000 } });
    assert.equal(store.announcement.value, 'Memory critical. 22.7 gigabytes available.');
    store.stop();
  });
});

const answer = (range: HistoryRange, columns: number, wired: number): HistoryAnswer => {
  const all = (value: number | null) => Array.from({ length: columns }, () => value);
  return {
    ok: true,
    history: {
      range,
      fromMs: start - 900_000,
      columnMs: 900_000 / columns,
      totalBytes: 64 * GB,
      tiers: { wired: all(wired), compressed: all(0), app: all(0), cached: all(0), free: all(64 * GB - wired) },
      swapUsedBytes: all(0),
      level: all(0),
      kernelLevel: all(1),
      compressorGrowthBytesPerSecond: all(null),
      reserveLineBytes: all(null),
      seats: [],
    },
  };
};

describe('history of the popover', () => {
  const setUp = () => {
    const asked: {
      readonly range: HistoryRange;
      readonly columns: number;
      readonly reply: (answer: HistoryAnswer) => void;
    }[] = [];
    const clock = { now: start };
    const history = createHistory(
      {
        history: (range, columns) => new Promise((resolve) => void asked.push({ range, columns, reply: resolve })),
      },
      () => clock.now,
    );
    return { asked, clock, history };
  };

  test('asks once it knows how many columns fit, one a pixel', async () => {
    const { asked, history } = setUp();
    history.add(status(start));
    assert.equal(asked.length, 0);
    history.resize(220);
    assert.deepEqual([asked[0]?.range, asked[0]?.columns], ['15m', 220]);
    assert.equal(history.series.value?.count, 220, 'the live sample is shown meanwhile');
    asked[0]?.reply(answer('15m', 220, 20 * GB));
    await settled();
    assert.equal(history.series.value?.tiers.wired[0], 20 * GB);
    history.resize(220);
    assert.equal(asked.length, 1);
  });

  test('the answer to an older question does not replace the newer one', async () => {
    const { asked, history } = setUp();
    history.resize(100);
    history.choose('24h');
    history.choose('1h');
    asked[2]?.reply(answer('1h', 100, 3 * GB));
    asked[1]?.reply(answer('24h', 100, 2 * GB));
    asked[0]?.reply(answer('15m', 100, 1 * GB));
    await settled();
    assert.equal(history.series.value?.range, '1h');
    assert.equal(history.series.value?.tiers.wired[0], 3 * GB);
  });

  test('asks again only after a column’s width of time', async () => {
    const { asked, clock, history } = setUp();
    history.resize(45); // 20 s a column
    asked[0]?.reply(answer('15m', 45, 20 * GB));
    await settled();
    for (let seconds = 2; seconds <= 18; seconds += 2) {
      clock.now = start + seconds * 1000;
      history.add(status(clock.now));
    }
    assert.equal(asked.length, 1);
    clock.now = start + 20_000;
    history.add(status(clock.now));
    assert.equal(asked.length, 2);
  });

  test('what was asked again comes in with the next status; after a break, and when chosen, at once', async () => {
    const { asked, clock, history } = setUp();
    const add = (seconds: number): void => {
      clock.now = start + seconds * 1000;
      history.add(status(clock.now));
    };
    const wired = (): number | undefined => history.series.value?.tiers.wired[0];
    add(0);
    history.resize(45);
    asked[0]?.reply(answer('15m', 45, 20 * GB));
    await settled();
    assert.equal(wired(), 20 * GB, 'the first answer');
    for (let seconds = 2; seconds <= 20; seconds += 2) add(seconds);
    assert.equal(asked.length, 2);
    const shown = history.version.value;
    asked[1]?.reply(answer('15m', 45, 21 * GB));
    await settled();
    assert.equal(history.version.value, shown);
    add(22);
    assert.equal(history.version.value, shown + 1);
    assert.equal(history.series.value?.tiers.wired.includes(21 * GB), true);
    add(60);
    assert.equal(asked.length, 3);
    asked[2]?.reply(answer('15m', 45, 22 * GB));
    await settled();
    assert.equal(history.series.value?.tiers.wired.includes(22 * GB), true, 'after a break');
    history.choose('1h');
    asked[3]?.reply(answer('1h', 45, 23 * GB));
    await settled();
    assert.equal(wired(), 23 * GB, 'when chosen');
  });

  test('a failure is told and what is shown stays', async () => {
    const { asked, history } = setUp();
    history.add(status(start));
    history.resize(10);
    asked[0]?.reply({ ok: false, failure: failure('answer_timeout') });
    await settled();
    assert.equal(history.problem.value, 'The keeper did not answer in time.');
    assert.notEqual(history.series.value, null);
  });
});
