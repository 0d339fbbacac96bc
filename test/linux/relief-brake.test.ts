import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hog, openReliefWorld, type ReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, stateOf, until } from '../fakes/relief-look.ts';

/** A hog that fills the machine faster than anybody could decide, under a keeper, a deadman and a command line as they are. */

const MB = 2 ** 20;
/** MB a second: fast enough for the brake, and slow enough to go on for seconds. */
const rate = 120;
const redBelowMb = 400;

interface Runaway {
  readonly world: ReliefWorld;
  readonly hog: Hog;
  readonly run: () => void;
}

const runaway = async (
  t: TestContext,
  { mode = 'live', env = {} }: { readonly mode?: 'live' | 'dry_run'; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Runaway> => {
  const world = openReliefWorld(t, redBelowMb);
  world.configure([world.entry('runaway', { class: 'freeze_only', freeze_floor: '256 MB' })], mode);
  const hog = await world.hog('runaway', '--hold', '280');
  await world.deadman();
  await world.keeper(env);
  await world.able(env.CASTELLAN_DRY_RUN === undefined ? mode : 'dry_run');
  return {
    world,
    hog,
    run: () => {
      world.memory.set(world.memory.orangeBytes + 30 * MB);
      hog.grow(rate, 780);
    },
  };
};

describe('the brake', { skip }, () => {
  test('stops a runaway hog under its tombstone, measures that it helped, and the operator resumes it', async (t) => {
    const { world, hog, run } = await runaway(t);
    run();
    await until('it is stopped', () => isStopped(hog.pid));
    const seenMs = Date.now();
    assert.deepEqual(world.tombstones(), [String(hog.pid)]);
    await until('its receipt', () => world.rows('receipt').length > 0);
    assert.equal(stateOf(hog.pid), 'T');
    const [plan] = world.rows('plan');
    assert.deepEqual(
      [plan?.verb, plan?.target, plan?.mode, plan?.expected.counter],
      ['freeze', `node (pid ${hog.pid})`, 'live', 'growth'],
    );
    const [intent] = world.rows('intent');
    assert.deepEqual([intent?.verb, intent?.pids, intent?.by], ['freeze', [hog.pid], 'automatic']);
    assert.equal(world.rows('result')[0]?.outcome, 'ok');
    assert.equal(world.rows('receipt')[0]?.effective, true, JSON.stringify(world.rows('receipt')));
    const crossedMs = world.memory.crossedMs() ?? 0;
    t.diagnostic(
      `crossing to plan ${(plan?.wallMs ?? 0) - crossedMs} ms, to result ${(world.rows('result')[0]?.wallMs ?? 0) - crossedMs} ms, to stop seen ${seenMs - crossedMs} ms`,
    );

    const relief = await world.relief();
    assert.deepEqual(
      relief.frozen.map(({ pid, by }) => [pid, by]),
      [[hog.pid, 'brake']],
    );
    const resumed = await world.castellan(['relief', 'resume', '--all']);
    assert.equal(resumed.code, 0, resumed.err);
    assert.match(resumed.out, /^Resumed: 1 freeze\.$/m);
    assert.ok(!isStopped(hog.pid));
    assert.deepEqual(world.tombstones(), []);
    // It goes on where it was, and is not stopped again at once.
    await until('it has grown', () => hog.said().includes('grown'));
    assert.equal(world.rows('intent').filter(({ verb }) => verb === 'freeze').length, 1);

    const log = await world.castellan(['log', '--json', '--limit', '500']);
    assert.equal(log.code, 0, log.err);
    const logged = log.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { readonly kind: string; readonly verb?: string; readonly by?: unknown });
    const acts = logged.filter(({ kind }) => kind === 'intent').map(({ verb, by }) => [verb, by]);
    assert.deepEqual(acts, [
      ['freeze', 'automatic'],
      ['resume', { uid: 0, client: 'cli' }],
    ]);
  });

  test('a keeper that is told to end resumes what it froze before it does', async (t) => {
    const world = openReliefWorld(t, redBelowMb);
    world.configure([world.entry('runaway', { class: 'freeze_only', freeze_floor: '256 MB' })]);
    const hog = await world.hog('runaway', '--hold', '280');
    await world.deadman();
    const keeper = await world.keeper();
    await world.able();
    world.memory.set(world.memory.orangeBytes + 30 * MB);
    hog.grow(rate, 780);
    await until('it is stopped', () => isStopped(hog.pid));
    await until('the keeper knows', () => world.rows('result').length > 0);
    await world.end(keeper, 'SIGTERM');
    assert.ok(!isStopped(hog.pid));
    assert.equal(keeper.exitCode, 0);
    assert.deepEqual(world.tombstones(), []);
    assert.equal(world.rows('keeper_stopped')[0]?.reason, 'SIGTERM');
  });

  for (const [name, options] of [
    ['castellan.toml says dry_run', { mode: 'dry_run' }],
    ['CASTELLAN_DRY_RUN=1 stands over a castellan.toml that says live', { env: { CASTELLAN_DRY_RUN: '1' } }],
  ] as const)
    test(`S-13 ${name}: the stop is planned and said, and nothing is touched`, async (t) => {
      const { world, hog, run } = await runaway(t, options);
      run();
      let stopped = 0;
      const watching = setInterval(() => {
        if (isStopped(hog.pid)) stopped += 1;
      }, 2);
      t.after(() => clearInterval(watching));
      await until('it is planned', () => world.rows('plan').length > 0);
      await until('it has grown', () => hog.said().includes('grown'));
      await sleep(1_000);
      clearInterval(watching);
      assert.equal(stopped, 0);
      const [plan, ...more] = world.rows('plan');
      assert.deepEqual([plan?.verb, plan?.target, plan?.mode], ['freeze', `node (pid ${hog.pid})`, 'dry_run']);
      assert.deepEqual(more, []);
      assert.deepEqual(world.rows('intent'), []);
      assert.deepEqual(world.tombstones(), []);
      const [activity] = (await world.relief()).activity;
      assert.deepEqual([activity?.verb, activity?.outcome, activity?.target.pid], ['freeze', 'dry_run', hog.pid]);
    });
});
