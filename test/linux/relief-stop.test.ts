import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Hog, openReliefWorld, type ReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, until } from '../fakes/relief-look.ts';

/** The orderly end of a process, by the operator's word only: told to end first, killed only when it does not. */

const MB = 2 ** 20;

interface Doomed {
  readonly world: ReliefWorld;
  readonly hog: Hog;
}

const doomed = async (t: TestContext, ...options: readonly string[]): Promise<Doomed> => {
  const world = openReliefWorld(t);
  world.configure([world.entry('doomed', { class: 'kill_allowed', freeze_floor: '256 MB' })]);
  const hog = await world.hog('doomed', '--hold', '300', ...options);
  await world.deadman();
  await world.keeper();
  await world.able();
  return { world, hog };
};

const red = ({ memory }: ReliefWorld): void => memory.set(memory.redBytes - 50 * MB);

/** The number of the proposal of this act, once there is one. */
const proposed = async (world: ReliefWorld, verb: string): Promise<string> => {
  const plans = () => world.rows('plan').filter((row) => row.verb === verb && row.mode === 'ask');
  const find = () => world.rows('approval').find(({ plan }) => plans().some((row) => row.plan === plan));
  await until(`the operator is asked to ${verb}`, () => find() !== undefined);
  return String(find()?.proposal);
};

/** What can be undone is asked first: freezing what does not grow. The operator does not want that. */
const refuseFreeze = async (world: ReliefWorld): Promise<void> => {
  const denied = await world.castellan(['deny', await proposed(world, 'freeze')]);
  assert.equal(denied.code, 0, denied.err);
};

/** One word is too little for what cannot be undone; the second has it done. */
const confirm = async ({ world, hog }: Doomed, id: string): Promise<void> => {
  const [pending] = (await world.relief()).pending;
  assert.equal(pending?.needsConfirmation, true);
  assert.equal(pending?.target.pid, hog.pid);
  const acts = world.rows('intent').length;
  const once = await world.castellan(['approve', id]);
  assert.equal(once.code, 4, once.out);
  assert.match(once.err, /^confirmation_needed: /);
  assert.equal(world.rows('intent').length, acts);
  const twice = await world.castellan(['approve', id, '--confirm']);
  assert.equal(twice.code, 0, `${twice.out}${twice.err}`);
};

const verbs = (world: ReliefWorld): readonly string[] => world.rows('intent').map(({ verb }) => verb);

describe('an orderly stop', { skip, concurrency: true }, () => {
  test('TERM by approval: a slow drain ends by itself, without a KILL, and its memory comes back', async (t) => {
    const { world, hog } = await doomed(t, '--drain', '3000');
    red(world);
    await refuseFreeze(world);
    await confirm({ world, hog }, await proposed(world, 'terminate'));
    assert.deepEqual(await hog.ended, { code: 0, signal: null });
    assert.ok(hog.said().includes('term'));
    await until('its end is seen', () => world.rows('observed').some(({ what }) => what === 'ended'));
    await until('its receipt', () => world.rows('receipt').length > 0);
    assert.deepEqual(
      world.rows('receipt').map(({ verb, effective }) => [verb, effective]),
      [['terminate', true]],
    );
    assert.deepEqual(verbs(world), ['terminate']);
    assert.ok(!world.rows('plan').some(({ verb }) => verb === 'kill'));
  });

  test('what does not end on TERM is killed only when the operator says so twice', async (t) => {
    const { world, hog } = await doomed(t, '--deaf');
    red(world);
    await refuseFreeze(world);
    await confirm({ world, hog }, await proposed(world, 'terminate'));
    await until('it was told', () => hog.said().includes('deaf'));
    const kill = await proposed(world, 'kill');
    assert.equal(hog.child.exitCode, null);
    assert.deepEqual(verbs(world), ['terminate']);
    await confirm({ world, hog }, kill);
    assert.deepEqual(await hog.ended, { code: null, signal: 'SIGKILL' });
    assert.deepEqual(verbs(world), ['terminate', 'kill']);
    assert.deepEqual(
      world.rows('intent').map(({ by }) => by),
      [
        { uid: 0, client: 'cli' },
        { uid: 0, client: 'cli' },
      ],
    );
  });

  test('a frozen one is resumed first, so that it can end in order', async (t) => {
    const { world, hog } = await doomed(t, '--drain', '1000');
    world.memory.set(world.memory.orangeBytes - 20 * MB);
    hog.grow(20, 780);
    await until('it is frozen', () => isStopped(hog.pid));
    await until('the keeper knows', () => world.rows('result').length > 0);
    red(world);
    await confirm({ world, hog }, await proposed(world, 'terminate'));
    assert.deepEqual(await hog.ended, { code: 0, signal: null });
    assert.ok(hog.said().includes('term'));
    assert.deepEqual(world.tombstones(), []);
    assert.deepEqual(verbs(world), ['freeze', 'terminate']);
    assert.ok(
      !world.rows('observed').some(({ what }) => what === 'foreign_resume'),
      'its own resume is not taken for another’s',
    );
    assert.deepEqual((await world.relief()).frozen, []);
  });
});
