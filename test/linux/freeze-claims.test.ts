import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { alertsOf, isStopped, makeWorld, namesIn, until } from '../fakes/deadman-world.ts';

const skip = process.platform === 'linux' ? false : 'looks into /proc';

test('a deadman that dies for good with a claim in its hand: the keeper that froze it takes it over', {
  skip,
}, async (t) => {
  const world = makeWorld(t);
  const deadman = await world.deadman();
  const keeper = await world.keeper(0.05);
  const [pid = 0] = await world.victims(1);
  assert.equal((await keeper.ask(`freeze 1 600000 ${pid}`)).outcome, 'ok');
  await world.end(deadman);
  // As the deadman leaves it that is killed between its claim and the signal.
  renameSync(join(world.places.stopped, String(pid)), join(world.places.resuming, `${pid}.deadman-${deadman.pid}`));
  await until('it is resumed', () => !isStopped(pid));
  await until('the claim is done with', () => namesIn(world.places.resuming).length === 0);
});

test('a keeper that is told to end while a freeze is under way leaves nobody stopped', { skip }, async (t) => {
  const world = makeWorld(t);
  await world.deadman();
  const keeper = await world.keeper();
  const victims = await world.victims(8);
  const frozen = victims.map((pid, index) => keeper.ask(`freeze ${index} 600000 ${pid}`));
  await Promise.all([...frozen, keeper.ask('close')]);
  // The deadman is still told that this keeper lives: what runs, the keeper resumed.
  assert.deepEqual(victims.filter(isStopped), []);
  assert.deepEqual(namesIn(world.places.stopped), []);
});

test('a keeper that comes after a long time without any is not taken for one that hangs', { skip }, async (t) => {
  const world = makeWorld(t);
  await world.deadman(0.05);
  await until('the deadman has missed a keeper', () => alertsOf(world).includes('keeper_stale keeper'));
  // From here on it would resume, and start a keeper again, at every look.
  await sleep(2_500);
  const keeper = await world.keeper(0.5);
  const [pid = 0] = await world.victims(1);
  assert.equal((await keeper.ask(`freeze 1 600000 ${pid}`)).outcome, 'ok');
  await sleep(1_000);
  assert.ok(keeper.child.exitCode === null && keeper.child.signalCode === null);
  assert.equal((await keeper.ask('resume 1')).outcome, 'ok');
  assert.ok(!alertsOf(world).includes('keeper_stale restart of the keeper'));
});
