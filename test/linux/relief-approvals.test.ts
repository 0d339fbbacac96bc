import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Hog, openReliefWorld, type ReliefWorld, skip } from '../fakes/relief-keeper.ts';
import { isStopped, until } from '../fakes/relief-look.ts';

/** What listens is asked about first: the operator's word, and every way in which it comes to nothing. */

const MB = 2 ** 20;
const nobody = 65_534;

/** The number of the newest proposal, once there is one more than `before`. */
const proposed = async (world: ReliefWorld, before: number): Promise<number> => {
  const all = () => world.rows('approval').filter(({ how }) => how === 'proposed');
  await until('the operator is asked', () => all().length > before);
  return all().at(-1)?.proposal ?? 0;
};

const grow = (world: ReliefWorld, hog: Hog): void => {
  world.memory.set(world.memory.orangeBytes - 20 * MB);
  hog.grow(20, 780);
};

describe('approvals', { skip, concurrency: true }, () => {
  test('a hog that listens is asked about; root approves, once, and nobody else does', async (t) => {
    const world = openReliefWorld(t);
    world.configure([world.entry('server', { class: 'freeze_only', freeze_floor: '256 MB' })]);
    const hog = await world.hog('server', '--hold', '280', '--listen');
    await world.deadman();
    await world.keeper();
    await world.able();
    grow(world, hog);
    const id = String(await proposed(world, 0));
    assert.ok(!isStopped(hog.pid));
    assert.deepEqual(world.rows('intent'), []);
    const pending = await world.castellan(['pending']);
    assert.match(pending.out, new RegExp(`Freeze node \\(pid ${hog.pid}\\)\\?`));
    assert.match(pending.out, /listens on 127\.0\.0\.1:\d+/);

    const asNobody = await world.castellan(['approve', id], { uid: nobody }).catch((fault: unknown) => fault);
    if (asNobody instanceof Error) t.diagnostic(`nobody cannot start the program here: ${asNobody.message}`);
    else {
      const { code, out, err } = asNobody as Awaited<ReturnType<ReliefWorld['castellan']>>;
      if (/Cannot find module|EACCES/.test(err)) t.diagnostic('nobody cannot read the program here');
      else {
        assert.equal(code, 4, `${out}${err}`);
        assert.match(err, /^not_allowed: /);
        assert.ok(world.rows('refusal').some(({ code: why, byUid }) => why === 'not_allowed' && byUid === nobody));
      }
    }
    assert.ok(!isStopped(hog.pid));
    assert.deepEqual(world.rows('intent'), []);

    const approved = await world.castellan(['approve', id]);
    assert.equal(approved.code, 0, `${approved.out}${approved.err}`);
    assert.match(approved.out, /^Done \(plan \d+\): 1 process stopped/m);
    assert.ok(isStopped(hog.pid));
    assert.deepEqual(world.tombstones(), [String(hog.pid)]);
    assert.deepEqual(world.rows('intent')[0]?.by, { uid: 0, client: 'cli' });
    assert.equal((await world.relief()).frozen[0]?.by, 'approved');

    const again = await world.castellan(['approve', id]);
    assert.equal(again.code, 4);
    assert.match(again.err, /^approval_used: /);
    assert.equal(world.rows('intent').length, 1);
    assert.equal((await world.castellan(['relief', 'resume', '--all'])).code, 0);
    assert.ok(!isStopped(hog.pid));
  });

  test('a target that ended before the word came: nothing is done', async (t) => {
    const world = openReliefWorld(t);
    world.configure([world.entry('server', { class: 'freeze_only', freeze_floor: '256 MB' })]);
    const [one, two] = [
      await world.hog('server', '--hold', '280', '--listen'),
      await world.hog('server', '--hold', '270', '--listen'),
    ];
    await world.deadman();
    await world.keeper();
    await world.able();

    // Seen by the keeper before the word comes.
    grow(world, one);
    const first = await proposed(world, 0);
    await world.end(one.child);
    await until('that is seen', () =>
      world.rows('approval').some(({ proposal, how }) => proposal === first && how !== 'proposed'),
    );
    const seen = await world.castellan(['approve', String(first)]);
    assert.equal(seen.code, 4, seen.out);
    assert.match(seen.err, /^approval_(?:changed|withdrawn): /);

    // At the same moment as the word: whoever is first, nothing is stopped.
    grow(world, two);
    const second = await proposed(world, 1);
    await world.end(two.child);
    const raced = await world.castellan(['approve', String(second)]);
    t.diagnostic(
      `the target ended as the word came: exit ${raced.code}, ${(raced.err || raced.out).trim().split('\n').at(-1)}`,
    );
    assert.notEqual(raced.code, 0, raced.out);
    assert.match(`${raced.out}${raced.err}`, /approval_(?:changed|withdrawn): |nothing was sent/);
    assert.ok(world.rows('result').every(({ outcome }) => outcome === 'failed' || outcome === 'withdrawn'));
    assert.deepEqual(world.tombstones(), []);
  });
});
