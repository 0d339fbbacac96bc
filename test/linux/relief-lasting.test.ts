import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServices } from '../../helper/host/linux/services.ts';
import { supervisorSocketPath } from '../../helper/supervisor/places.ts';
import { type Hog, openReliefWorld, type ReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, until } from '../fakes/relief-look.ts';

/** Memory stays short for a while: what was done once is not done again and again. Two minutes of waiting, side by side. */

const MB = 2 ** 20;

const intents = (world: ReliefWorld, verb: string): number =>
  world.rows('intent').filter((row) => row.verb === verb).length;

/** Orange, and this one grows slowly: nothing for the brake. */
const last = (world: ReliefWorld, hog: Hog, toMb: number): void => {
  world.memory.set(world.memory.orangeBytes - 20 * MB);
  hog.grow(20, toMb);
};

describe('memory that stays short', { skip, concurrency: true }, () => {
  test('S-02 a hog is stopped once, and what somebody else stopped is passed over', async (t) => {
    const world = openReliefWorld(t);
    world.configure([
      world.entry('steady', { class: 'freeze_only', freeze_floor: '256 MB' }),
      world.entry('parked', { class: 'freeze_only', freeze_floor: '256 MB' }),
    ]);
    const [steady, parked] = [await world.hog('steady', '--hold', '280'), await world.hog('parked', '--hold', '290')];
    process.kill(parked.pid, 'SIGSTOP');
    await world.deadman();
    await world.keeper();
    await world.able();
    last(world, steady, 780);
    const tookMs = await until('it is stopped', () => isStopped(steady.pid));
    t.diagnostic(`orange to stop, by the level path ${(tookMs / 1000).toFixed(1)} s`);
    assert.equal((await world.status()).level.name, 'orange');
    for (let looks = 0; looks < 30; looks += 1) {
      await sleep(1_000);
      assert.ok(isStopped(steady.pid) && isStopped(parked.pid));
    }
    assert.equal(intents(world, 'freeze'), 1);
    assert.equal(world.rows('intent').length, 1);
    assert.deepEqual(world.tombstones(), [String(steady.pid)]);
    const { passedOver } = await world.explain();
    const codeOf = ({ pid }: Hog): string | undefined =>
      passedOver.find(({ target }) => target.includes(`pid ${pid}`))?.code;
    assert.equal(codeOf(steady), 'already_frozen');
    assert.equal(codeOf(parked), 'already_stopped');
  });

  test('S-04 somebody else resumes it twice: told, and not stopped a third time', async (t) => {
    const world = openReliefWorld(t, 400);
    world.configure([world.entry('fought', { class: 'freeze_only', freeze_floor: '256 MB' })]);
    const hog = await world.hog('fought', '--hold', '280');
    await world.deadman();
    await world.keeper();
    await world.able();
    const resumeAsAnother = async (): Promise<void> => {
      // A moment in which the kernel may settle, as somebody else would leave it.
      await sleep(1_500);
      assert.equal(spawnSync('sh', ['-c', 'kill -CONT "$1"', 'sh', String(hog.pid)]).status, 0);
    };
    const resumes = (): number => world.rows('observed').filter(({ what }) => what === 'foreign_resume').length;

    // It grows for long enough that a busy machine sees it, and when it has been stopped no further than it has to.
    last(world, hog, 780);
    await until('it is stopped', () => isStopped(hog.pid));
    hog.grow(20, 420);
    await resumeAsAnother();
    await until('that is noticed', () => resumes() === 1);
    await until('its tombstone is gone', () => world.tombstones().length === 0);
    assert.ok(!isStopped(hog.pid));

    // It runs for half a minute before the brake may stop it again; the level path cools down meanwhile.
    await sleep(31_000);
    world.memory.set(world.memory.orangeBytes + 30 * MB);
    hog.grow(110, 780);
    await until('the brake stops it', () => isStopped(hog.pid));
    await resumeAsAnother();
    await until('that is a fight', () => world.alerts().some((alert) => alert.startsWith('actuator_conflict ')));
    assert.equal(resumes(), 2);
    const conflict = world.rows('observed').find(({ what }) => what === 'conflict');
    assert.equal(conflict?.target, `node (pid ${hog.pid})`);
    // With the times of both sides.
    assert.equal(conflict.detail.match(/resumed by somebody else \d+ s ago/g)?.length, 2, conflict.detail);

    await until('it has grown', () => hog.said().filter((line) => line === 'grown').length === 2);
    world.memory.set(world.memory.redBytes - 20 * MB);
    await until('it is passed over for that', async () =>
      (await world.explain()).passedOver.some(({ code }) => code === 'actuator_conflict'),
    );
    await sleep(5_000);
    assert.equal(intents(world, 'freeze'), 2);
    assert.ok(!isStopped(hog.pid));
    assert.deepEqual(world.tombstones(), []);
    assert.notEqual((await world.relief()).conflict, null);
  });

  test('S-11, S-03 a service that always comes back is shed by its label, once in two minutes, and found useless', async (t) => {
    const label = 'com.example.memory-vault';
    const world = openReliefWorld(t);
    // Comes back under a new pid every few seconds by itself, and by somebody else's hand when it was shed.
    world.defineService(label, ['--hold', '30', '--life', '3000'], { ThrottleInterval: 1 });
    world.configure([
      `[[relief.service]]\nlabel = "${label}"\nat = "orange"`,
      world.entry(label, { class: 'freeze_only', freeze_floor: '256 MB' }),
    ]);
    const services = createServices(supervisorSocketPath(world.runDirectory));
    t.after(() => services.close());
    await world.supervisor();
    const pids = new Set<number>();
    const watching = setInterval(() => {
      const pid = services.pids()?.get(label);
      if (typeof pid === 'number') pids.add(pid);
    }, 100);
    t.after(() => clearInterval(watching));
    await world.deadman();
    await world.keeper();
    await world.able();
    world.memory.set(world.memory.orangeBytes - 20 * MB);
    await until('it is shed', () => world.rows('result').length > 0);
    assert.equal(world.rows('result')[0]?.outcome, 'ok', JSON.stringify(world.rows('result')));
    const [intent] = world.rows('intent');
    assert.deepEqual([intent?.verb, intent?.target, intent?.by], ['shed', label, 'automatic']);
    await until('it is gone', () => services.pids()?.has(label) === false);

    const before = pids.size;
    await until('somebody else brings it back', async () => (await services.bootstrap(label)).ok);
    await until('it runs under many pids', () => pids.size >= before + 5, 90_000);
    assert.equal(world.rows('intent').length, 1, 'it is not chased');
    assert.equal((await world.status()).level.name, 'orange');

    await until('its receipt', () => world.rows('receipt').length > 0, 140_000);
    const [receipt] = world.rows('receipt');
    assert.deepEqual([receipt?.verb, receipt?.target, receipt?.effective], ['shed', label, false]);
    await until('it is told', () => world.alerts().includes(`action_useless ${label}`));
    const times = world.rows('intent').map(({ wallMs }) => wallMs);
    for (const [at, ms] of times.entries())
      assert.ok(at === 0 || ms - (times[at - 1] ?? 0) > 119_000, `two acts within two minutes: ${times}`);
    assert.ok(
      world
        .rows('intent')
        .every(({ verb, target, pids: signalled }) => verb === 'shed' && target === label && signalled.length === 0),
    );
  });
});
