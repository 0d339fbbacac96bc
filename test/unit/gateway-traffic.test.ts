import assert from 'node:assert/strict';
import { describe, mock, type TestContext, test } from 'node:test';
import { createActivity } from '../../helper/gateway/activity.ts';
import type { Ask } from '../../helper/gateway/keeper-link.ts';
import { reportMs, startTrafficReports } from '../../helper/gateway/traffic.ts';
import { createMutationLimit } from '../../helper/keeper/server/mutations.ts';

interface Heard {
  readonly atMs: number;
  readonly inFlight: number;
  readonly bytes: number;
}

/** Reports in virtual time, to a keeper with the limit it has. */
const rig = (t: TestContext) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.after(() => mock.timers.reset());
  const nowMs = (): number => Date.now();
  const limit = createMutationLimit(nowMs);
  const heard: Heard[] = [];
  const refused: number[] = [];
  const ask = (async (_verb: 'seat.traffic', { inFlight, bytes }: { inFlight: number; bytes: number }) => {
    const why = limit('seat.traffic', 'a');
    if (why !== null) {
      refused.push(nowMs());
      return { ok: false, failure: why };
    }
    heard.push({ atMs: nowMs(), inFlight, bytes });
    return { ok: true, result: {} };
  }) as unknown as Ask;
  const activity = createActivity((seat) => reports.wake(seat));
  const reports = startTrafficReports({ activity, ask, isConnected: () => true, nowMs });
  t.after(reports.close);
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 1) {
      mock.timers.tick(1);
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { activity, reports, heard, refused, pass };
};

describe('the report of traffic', () => {
  test('tells at once that the last request has ended, and then waits until it may again', async (t) => {
    const { activity, heard, refused, pass } = rig(t);
    activity.opened('a');
    await pass(5);
    assert.deepEqual(
      heard.map(({ inFlight }) => inFlight),
      [1],
    );
    await pass(95);
    activity.moved('a', 10, 'from_seat');
    activity.closed('a');
    await pass(5);
    assert.deepEqual(
      heard.map(({ inFlight, bytes }) => [inFlight, bytes]),
      [
        [1, 0],
        [0, 10],
      ],
    );
    activity.opened('a');
    activity.closed('a');
    await pass(4 * reportMs);
    assert.equal(heard.length, 3, 'what happened meanwhile is told, and nothing when nothing happened');
    assert.deepEqual(refused, []);
  });

  test('never comes oftener than the keeper takes it, however the requests come', async (t) => {
    const { activity, heard, refused, pass } = rig(t);
    for (let at = 0; at < 200; at += 1) {
      activity.opened('a');
      await pass(1 + ((at * 7) % 40));
      activity.closed('a');
      await pass(1 + ((at * 11) % 30));
    }
    await pass(3 * reportMs);
    assert.deepEqual(refused, []);
    assert.equal(heard.at(-1)?.inFlight, 0);
  });

  test('goes before a release, as soon as the keeper takes it', async (t) => {
    const { activity, reports, heard, pass } = rig(t);
    const flush = async (): Promise<number> => {
      const fromMs = Date.now();
      let isDone = false;
      void reports.flush('a').then(() => {
        isDone = true;
      });
      for (let at = 0; !isDone && at < 5_000; at += 1) await pass(1);
      assert.ok(isDone);
      return Date.now() - fromMs;
    };
    assert.ok((await flush()) <= 1, 'there is nothing to tell');
    for (let at = 0; at < 3; at += 1) {
      activity.opened('a');
      await pass(10);
      activity.closed('a');
      assert.ok((await flush()) <= reportMs + 1);
      assert.equal(heard.at(-1)?.inFlight, 0);
    }
    activity.opened('a');
    await flush();
    assert.equal(heard.at(-1)?.inFlight, 1, 'nor is it released while one has just begun');
  });

  test('tells a keeper that has just connected what is under way', async (t) => {
    const { activity, reports, heard, pass } = rig(t);
    activity.opened('a');
    await pass(5);
    reports.begin();
    await pass(5);
    assert.deepEqual(
      heard.map(({ inFlight }) => inFlight),
      [1, 1],
    );
  });
});
