import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Clock, HostKind } from '../../helper/host/port.ts';
import type { Found } from '../../helper/install/cutover/retired.ts';
import { tellWhyNotToAct } from '../../helper/keeper/life/cannot-act.ts';
import { askEveryMs, lookEveryMs } from '../../helper/keeper/life/retired-watch.ts';

interface World {
  /** Labels by uid; a string: launchd's trouble. */
  loaded: Map<number, readonly string[] | string>;
  atScreen: number | null;
  readonly asked: number[];
  /** What the loop was told last. */
  readonly reasons: () => readonly string[];
  readonly tellings: () => number;
  readonly warnings: string[];
  readonly after: (ms: number) => Promise<void>;
  readonly end: () => void;
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const open = async (t: TestContext, kind: HostKind, given: Partial<World> = {}): Promise<World> => {
  let nowMs = 1_000;
  let timers: { atMs: number; call: () => void }[] = [];
  const clock: Clock = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    at: (atMs, call) => {
      const timer = { atMs, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };
  const told: (readonly string[])[] = [];
  const world = { loaded: new Map(), atScreen: 501, asked: [], warnings: [], ...given } as World;
  const end = tellWhyNotToAct({
    host: { kind, clock },
    uid: 0,
    runDirectory: '/nowhere',
    post: (event) => {
      if (event.type === 'cannot_act') told.push(event.reasons);
    },
    warn: (text) => world.warnings.push(text),
    consoleUid: () => world.atScreen,
    loaded: async (uid): Promise<Found> => {
      world.asked.push(uid);
      const labels = world.loaded.get(uid) ?? [];
      return typeof labels === 'string' ? { ok: false, why: labels } : { ok: true, loaded: labels };
    },
  });
  t.after(end);
  const after = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      const [next] = timers.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      nowMs = Math.max(nowMs, next.atMs);
      timers = timers.filter((each) => each !== next);
      next.call();
      await settled();
    }
    nowMs = untilMs;
  };
  await settled();
  return Object.assign(world, { reasons: () => told.at(-1) ?? [], tellings: () => told.length, after, end });
};

const valve = 'com.sanctum.pressure-valve';

describe('a keeper beside the services it takes the place of', () => {
  test('only observes from its start on, and says how to end that', async (t) => {
    const world = await open(t, 'darwin', { loaded: new Map([[501, [valve]]]) });
    assert.equal(world.reasons().length, 1);
    assert.match(
      world.reasons()[0] ?? '',
      /^com\.sanctum\.pressure-valve watches memory here, too.*castellan cutover` retires it, and leaves Castellan running\.$/,
    );
  });

  test('acts as soon as they are found gone, and not before', async (t) => {
    const world = await open(t, 'darwin', { loaded: new Map([[501, [valve, 'ram-sentinel']]]) });
    await world.after(2 * lookEveryMs);
    world.loaded.set(501, []);
    await world.after(askEveryMs - 3 * lookEveryMs);
    assert.match(world.reasons()[0] ?? '', /pressure-valve, ram-sentinel watch/);
    await world.after(3 * lookEveryMs);
    assert.deepEqual(world.reasons(), []);
  });

  test('observes again when one of them is loaded later', async (t) => {
    const world = await open(t, 'darwin');
    assert.deepEqual(world.reasons(), []);
    world.loaded.set(501, [valve]);
    await world.after(askEveryMs + lookEveryMs);
    assert.equal(world.reasons().length, 1);
  });

  test('notices who logs in, and whose agents come a moment later', async (t) => {
    const world = await open(t, 'darwin', { atScreen: null });
    assert.deepEqual(world.asked, []);
    world.atScreen = 502;
    await world.after(lookEveryMs);
    assert.deepEqual(world.asked, [502]);
    world.loaded.set(502, [valve]);
    await world.after(lookEveryMs);
    assert.equal(world.reasons().length, 1);
  });

  test('does not forget whose agents run on behind another user at the screen', async (t) => {
    const world = await open(t, 'darwin', { loaded: new Map([[501, [valve]]]) });
    world.atScreen = 502;
    await world.after(3 * askEveryMs);
    assert.equal(world.reasons().length, 1);
    world.loaded.set(501, []);
    await world.after(askEveryMs + lookEveryMs);
    assert.deepEqual(world.reasons(), []);
  });

  test('keeps to what it knew while launchd does not answer, warns once, and asks again soon', async (t) => {
    const world = await open(t, 'darwin', { loaded: new Map([[501, [valve]]]) });
    world.loaded.set(501, 'gui/501/x: launchctl print: no answer');
    await world.after(askEveryMs + 5 * lookEveryMs);
    assert.equal(world.reasons().length, 1);
    assert.equal(world.warnings.length, 1);
    world.loaded.set(501, []);
    await world.after(lookEveryMs);
    assert.deepEqual(world.reasons(), []);
  });

  test('asks launchd no more than once in five minutes while nothing changes, and tells the loop nothing', async (t) => {
    const world = await open(t, 'darwin');
    await world.after(10 * askEveryMs);
    // At the start, once more when the login is half a minute old, then every five minutes.
    assert.ok(world.asked.length <= 12, `${world.asked.length}`);
    assert.ok(world.asked.length >= 10, `${world.asked.length}`);
    assert.equal(world.tellings(), 1);
  });

  test('asks nothing any more after its end', async (t) => {
    const world = await open(t, 'darwin');
    world.end();
    const before = world.asked.length;
    world.loaded.set(501, [valve]);
    await world.after(2 * askEveryMs);
    assert.equal(world.asked.length, before);
    assert.deepEqual(world.reasons(), []);
  });

  test('is asked nowhere but on a Mac', async (t) => {
    const world = await open(t, 'linux', { loaded: new Map([[501, [valve]]]) });
    await world.after(2 * askEveryMs);
    assert.deepEqual(world.asked, []);
    assert.deepEqual(world.reasons(), []);
  });
});
