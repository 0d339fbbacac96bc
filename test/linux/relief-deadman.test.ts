import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hog, openReliefWorld, type ReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, until } from '../fakes/relief-look.ts';

/**
 * What becomes of the frozen when the keeper or the deadman is killed, with the roles as they run. That a keeper which hangs
 * is noticed, in its real time of more than a minute, is tested in deadman-wedge.test.ts.
 */

const MB = 2 ** 20;

const threeHogs = async (
  t: TestContext,
): Promise<{ readonly world: ReliefWorld; readonly hogs: readonly [Hog, Hog, Hog] }> => {
  const world = openReliefWorld(t, 400);
  world.configure([world.entry('runaway', { class: 'freeze_only', freeze_floor: '256 MB' })]);
  const hog = (): Promise<Hog> => world.hog('runaway', '--hold', '280');
  const hogs = [await hog(), await hog(), await hog()] as const;
  return { world, hogs };
};

/** Memory runs out, and this one is why. */
const run = ({ memory }: ReliefWorld, hog: Hog, toMb: number): void => {
  memory.set(memory.orangeBytes + 30 * MB);
  hog.grow(110, toMb);
};

const freezes = (world: ReliefWorld): number => world.rows('intent').filter(({ verb }) => verb === 'freeze').length;

describe('the keeper and the deadman', { skip }, () => {
  test('S-21 a keeper killed a second after a stop: all run again, and the next keeper can freeze', async (t) => {
    const { world, hogs } = await threeHogs(t);
    const [one, two, three] = hogs;
    await world.deadman();
    const keeper = await world.keeper();
    await world.able();
    run(world, one, 520);
    await until('the first is stopped', () => isStopped(one.pid));
    await sleep(600);
    run(world, two, 520);
    await until('the second is stopped', () => isStopped(two.pid));
    await sleep(1_000);
    assert.deepEqual(world.tombstones().toSorted(), [String(one.pid), String(two.pid)].toSorted());
    const killed = world.end(keeper);
    const firstMs = await until('one of them runs', () => !isStopped(one.pid) || !isStopped(two.pid));
    const allMs = firstMs + (await until('both run', () => !isStopped(one.pid) && !isStopped(two.pid)));
    t.diagnostic(`killed to first resumed ${firstMs.toFixed(0)} ms, to both ${allMs.toFixed(0)} ms`);
    await until('no tombstone is left', () => world.tombstones().length === 0);
    await killed;

    world.memory.calm();
    await world.keeper();
    const ableMs = await until('the next keeper is able', async () => (await world.relief()).deadman === 'present');
    t.diagnostic(`the next keeper is able ${ableMs.toFixed(0)} ms after it started to answer`);
    const before = freezes(world);
    // Whom the brake stopped a moment ago is left alone for two minutes, also by a keeper that was started since.
    run(world, three, 520);
    await until('the third is stopped', () => isStopped(three.pid));
    assert.ok(!isStopped(one.pid) && !isStopped(two.pid));
    assert.equal(freezes(world), before + 1);
    const [first, second] = new Set(world.rows('intent').map(({ instance }) => instance));
    assert.ok(first !== undefined && second !== undefined, 'each row names its keeper');
  });

  test('a deadman that is killed: nothing is stopped without it, what is frozen is resumed, and its return ends that', async (t) => {
    const { world, hogs } = await threeHogs(t);
    const [one, two] = hogs;
    const deadman = await world.deadman();
    await world.keeper();
    await world.able();
    run(world, one, 520);
    await until('the first is stopped', () => isStopped(one.pid));
    await world.end(deadman);
    const goneMs = performance.now();
    await until('the keeper knows', async () => (await world.relief()).deadman === 'missing');

    run(world, two, 500);
    await until('it has grown', () => two.said().includes('grown'));
    assert.ok(!isStopped(two.pid));
    assert.equal(freezes(world), 1);
    // Short of memory for long enough that the level path says its word, too.
    world.memory.set(world.memory.orangeBytes - 20 * MB);
    await until('it says why', async () =>
      (await world.explain()).passedOver.some(
        ({ target, code }) => code === 'deadman_missing' && target.includes(`pid ${two.pid}`),
      ),
    );
    assert.ok(!isStopped(two.pid));

    await until('what is frozen is resumed', () => !isStopped(one.pid));
    t.diagnostic(`deadman killed to resumed ${(performance.now() - goneMs).toFixed(0)} ms`);
    await until('no tombstone is left', () => world.tombstones().length === 0);
    await until('it is told', () => world.rows('observed').some(({ what }) => what === 'thawed'));
    assert.ok(!world.rows('observed').some(({ what }) => what === 'foreign_resume'), 'by nobody else');

    await world.deadman();
    await world.able();
    const before = freezes(world);
    run(world, two, 780);
    await until('it is stopped', () => isStopped(two.pid));
    assert.equal(freezes(world), before + 1);
  });
});
