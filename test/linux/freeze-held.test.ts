import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../../helper/deadman/claims.ts';
import type { ActResult, Host } from '../../helper/host/port.ts';
import { isStopped, namesIn, until } from '../fakes/deadman-world.ts';
import { type Freezing, type FreezingOptions, openFreezing } from '../fakes/freeze-world.ts';

/** What the keeper holds stopped is known to it until it runs, whatever fails on the way. */

const skip = process.platform === 'linux' ? false : 'looks into /proc';
const sorted = (pids: readonly number[]): readonly number[] => [...pids].sort((a, b) => a - b);

const opened = async (t: TestContext, options: FreezingOptions = {}): Promise<Freezing> => {
  const freezing = await openFreezing(t, options);
  await freezing.world.deadman();
  await freezing.untilPresent();
  return freezing;
};

const heldPids = ({ freezer }: Freezing): readonly number[] =>
  sorted(freezer.held().flatMap(({ targets }) => targets.map(({ pid }) => pid)));

interface Deaf {
  readonly pids: Set<number>;
  readonly host: (host: Host) => Partial<Host>;
}

/** SIGCONT to these fails until they are taken out. */
const deafTo = (): Deaf => {
  const pids = new Set<number>();
  const refused: ActResult = { ok: false, problem: 'refused', detail: 'not allowed' };
  return {
    pids,
    host: (host) => ({
      signal: (id, signal) => (signal === 'SIGCONT' && pids.has(id.pid) ? refused : host.signal(id, signal)),
    }),
  };
};

describe('what is held', { skip }, () => {
  test('is told by freeze, at any time', async (t) => {
    const freezing = await opened(t);
    const { freezer, freeze, idOf } = freezing;
    const [one = 0, two = 0, three = 0] = await freezing.world.victims(3);
    assert.deepEqual(freezer.held(), []);
    await freeze(4, one, two);
    await freeze(7, three);
    assert.deepEqual(freezer.held(), [
      { plan: 4, targets: [idOf(one), idOf(two)] },
      { plan: 7, targets: [idOf(three)] },
    ]);
    await freezer.resume(freezing.targets(one, two), 'a test');
    assert.deepEqual(freezer.held(), [{ plan: 7, targets: [idOf(three)] }]);
    await freezer.close();
    assert.deepEqual(freezer.held(), []);
  });

  test('a resume that fails is not forgotten: the next one succeeds, and until then nothing is told', async (t) => {
    const deaf = deafTo();
    const freezing = await opened(t, { host: deaf.host });
    const { freezer, targets } = freezing;
    const [one = 0] = await freezing.world.victims(1);
    await freezing.freeze(1, one);
    deaf.pids.add(one);
    for (const _ of [1, 2]) {
      const resumed = await freezer.resume(targets(one), 'a test');
      assert.equal(resumed.outcome, 'failed');
      assert.match(resumed.detail, /not allowed/);
      assert.ok(isStopped(one));
      assert.deepEqual(heldPids(freezing), [one]);
    }
    deaf.pids.clear();
    assert.deepEqual(await freezer.resume(targets(one), 'a test'), {
      outcome: 'ok',
      detail: '1 process resumed: a test',
    });
    assert.ok(!isStopped(one));
    assert.deepEqual(heldPids(freezing), []);
    assert.deepEqual(freezing.thawed(), []);
    for (const folder of [freezing.world.places.stopped, freezing.world.places.resuming])
      await until(folder, () => namesIn(folder).length === 0);
  });

  test('a keeper that ends tells only of those it resumed; the other is left to the deadman', async (t) => {
    const deaf = deafTo();
    const freezing = await opened(t, { host: deaf.host });
    const [one = 0, two = 0] = await freezing.world.victims(2);
    await freezing.freeze(1, one);
    await freezing.freeze(2, two);
    deaf.pids.add(one);
    await freezing.freezer.close();
    assert.deepEqual(freezing.thawed(), [two]);
    assert.ok(!isStopped(two));
    await until('the deadman does it', () => !isStopped(one));
  });

  test('a freeze that could not be undone is held: what stays stopped is found by the next resume', async (t) => {
    const deaf = deafTo();
    const stops = new Map<number, number>();
    const freezing = await opened(t, {
      host: (host) => ({
        ...deaf.host(host),
        // The second member cannot be stopped, so the first is to be resumed.
        stop: (permit) => {
          stops.set(permit.id.pid, stops.size);
          return stops.size === 1 ? host.stop(permit) : { ok: false, problem: 'refused', detail: 'not this one' };
        },
      }),
    });
    const [one = 0, two = 0] = await freezing.world.victims(2);
    deaf.pids.add(one);
    assert.match((await freezing.freeze(3, one, two)).detail, /not this one; .*not allowed/);
    assert.deepEqual(freezing.freezer.held(), [{ plan: 3, targets: [freezing.idOf(one)] }]);
    deaf.pids.clear();
    assert.equal((await freezing.freezer.resume(freezing.targets(one), 'a test')).outcome, 'ok');
    assert.ok(!isStopped(one));
  });
});

describe('a freeze of several processes', { skip }, () => {
  test('one that was resumed by somebody: it alone is told at once, and the others are resumed', async (t) => {
    const freezing = await opened(t);
    const [one = 0, two = 0, three = 0] = await freezing.world.victims(3);
    await freezing.freeze(1, one, two, three);
    process.kill(two, 'SIGCONT');
    rmSync(join(freezing.world.places.stopped, String(two)));
    freezing.freezer.reread();
    assert.deepEqual(freezing.thawed(), [two]);
    await until('all run', () => ![one, two, three].some(isStopped));
    await until('all are told', () => freezing.thawed().length === 3);
    assert.deepEqual(sorted(freezing.thawed()), sorted([one, two, three]));
    assert.deepEqual(heldPids(freezing), []);
    assert.deepEqual(namesIn(freezing.world.places.stopped), []);
  });

  test('a deadman that dies in the midst of its members: the keeper finishes, and tells nobody thawed before it runs', async (t) => {
    const freezing = await openFreezing(t);
    const deadman = await freezing.world.deadman();
    await freezing.untilPresent();
    const { places } = freezing.world;
    const pids = await freezing.world.victims(3);
    const [one = 0] = pids;
    await freezing.freeze(1, ...pids);
    // As it does: all of them claimed, then one signal after the other.
    for (const pid of pids) claim(places, join(places.stopped, String(pid)), pid, `deadman-${deadman.pid}`);
    process.kill(one, 'SIGCONT');
    await until('it runs', () => !isStopped(one));
    let early = 0;
    const watching = setInterval(() => {
      early += freezing.thawed().filter(isStopped).length;
    }, 1);
    t.after(() => clearInterval(watching));
    await freezing.world.end(deadman);
    await until('all run', () => !pids.some(isStopped));
    await until('all are told', () => freezing.thawed().length === 3);
    assert.equal(early, 0);
    assert.deepEqual(heldPids(freezing), []);
    assert.deepEqual(namesIn(places.resuming), [], 'a claim of somebody dead would be carried out on the next freeze');
  });

  test('resuming one member resumes all, and tells of those nobody asked for', async (t) => {
    const freezing = await opened(t);
    const pids = await freezing.world.victims(3);
    const [head = 0, ...members] = pids;
    await freezing.freeze(1, ...pids);
    // The way of a TERM by approval: the head is resumed, then told to end.
    assert.equal((await freezing.freezer.resume(freezing.targets(head), 'It is told to end.')).outcome, 'ok');
    freezing.host.signal(freezing.idOf(head), 'SIGTERM');
    assert.ok(!pids.some(isStopped));
    assert.deepEqual(sorted(freezing.thawed()), sorted(members));
    assert.deepEqual(heldPids(freezing), []);
    assert.deepEqual(namesIn(freezing.world.places.stopped), []);
  });

  test('a member that cannot be resumed stays held, alone', async (t) => {
    const deaf = deafTo();
    const freezing = await opened(t, { host: deaf.host });
    const [one = 0, two = 0] = await freezing.world.victims(2);
    await freezing.freeze(1, one, two);
    deaf.pids.add(two);
    assert.equal((await freezing.freezer.resume(freezing.targets(one, two), 'a test')).outcome, 'failed');
    assert.ok(!isStopped(one));
    assert.deepEqual(heldPids(freezing), [two]);
    deaf.pids.clear();
    assert.equal((await freezing.freezer.resume(freezing.targets(one, two), 'a test')).outcome, 'ok');
    assert.ok(!isStopped(two));
  });
});

describe('resuming whatever of these is frozen', { skip }, () => {
  test('takes the groups they belong to, and nothing else', async (t) => {
    const freezing = await opened(t);
    const [one = 0, two = 0, three = 0, four = 0] = await freezing.world.victims(4);
    await freezing.freeze(1, one, two);
    await freezing.freeze(2, three);
    assert.deepEqual(await freezing.freezer.resumeWithin(new Set([two, four]), 'It is told to end.'), {
      outcome: 'ok',
      detail: '2 processes resumed: It is told to end.',
    });
    assert.ok(!isStopped(one) && !isStopped(two));
    assert.ok(isStopped(three));
    assert.deepEqual(sorted(freezing.thawed()), sorted([one, two]));
    assert.deepEqual(await freezing.freezer.resumeWithin(new Set([four]), 'It is told to end.'), {
      outcome: 'ok',
      detail: 'nothing of it is frozen',
    });
    await freezing.freezer.close();
  });

  test('waits for a freeze that is under way', async (t) => {
    const freezing = await opened(t);
    const [one = 0] = await freezing.world.victims(1);
    const frozen = freezing.freeze(1, one);
    const resumed = await freezing.freezer.resumeWithin(new Set([one]), 'a test');
    assert.equal((await frozen).outcome, 'ok');
    assert.equal(resumed.detail, '1 process resumed: a test');
    assert.ok(!isStopped(one));
  });

  test('says what it could not resume', async (t) => {
    const deaf = deafTo();
    const freezing = await opened(t, { host: deaf.host });
    const [one = 0] = await freezing.world.victims(1);
    await freezing.freeze(1, one);
    deaf.pids.add(one);
    const resumed = await freezing.freezer.resumeWithin(new Set([one]), 'a test');
    assert.equal(resumed.outcome, 'failed');
    assert.match(resumed.detail, /not allowed/);
    assert.deepEqual(freezing.thawed(), []);
    deaf.pids.clear();
    await freezing.freezer.close();
    assert.ok(!isStopped(one));
  });
});

describe('a keeper that ends or loses its deadman', { skip }, () => {
  test('resumes what a freeze under way stops a moment later', async (t) => {
    const freezing = await opened(t);
    const [one = 0] = await freezing.world.victims(1);
    const frozen = freezing.freeze(1, one);
    await freezing.freezer.close();
    await frozen;
    assert.ok(!isStopped(one));
    assert.deepEqual(namesIn(freezing.world.places.stopped), []);
  });

  test('does not wait for ever', async (t) => {
    const never = new Promise<boolean>(() => {});
    const freezing = await openFreezing(t, {
      freezer: {
        times: { spacingMs: 1, withinMs: 1, operationMs: 200 },
        link: {
          state: () => 'present',
          acknowledged: () => never,
          listen: () => {},
          report: () => {},
          beat: () => {},
          pid: () => null,
          close: () => {},
        },
      },
    });
    const [one = 0] = await freezing.world.victims(1);
    const frozen = freezing.freeze(1, one);
    await freezing.freezer.close();
    assert.ok(!isStopped(one));
    assert.notEqual(await Promise.race([frozen, sleep(50, null)]), undefined);
  });

  test('tries again while the deadman stays away', async (t) => {
    const deaf = deafTo();
    const freezing = await openFreezing(t, { host: deaf.host, factor: 0.02 });
    const deadman = await freezing.world.deadman();
    await freezing.untilPresent();
    const [one = 0] = await freezing.world.victims(1);
    await freezing.freeze(1, one);
    deaf.pids.add(one);
    await freezing.world.end(deadman);
    await until('it has tried', () => freezing.warnings.length > 0);
    assert.deepEqual(freezing.thawed(), []);
    deaf.pids.clear();
    await until('it is resumed', () => !isStopped(one));
    await until('it is told', () => freezing.thawed().length > 0);
  });
});
