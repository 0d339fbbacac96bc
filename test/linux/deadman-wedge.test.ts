import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStopped, makeWorld, namesIn, until } from '../fakes/deadman-world.ts';

/** The one test in the deadman's real times: a keeper that hangs with eight freezes. It takes more than a minute. */
test('a keeper that hangs: everything it froze runs again within the 90 s that are promised', {
  skip: process.platform === 'linux' ? false : 'looks into /proc',
  timeout: 170_000,
}, async (t) => {
  const world = makeWorld(t);
  await world.deadman();
  const keeper = await world.keeper();
  const victims = await world.victims(8);
  for (const [index, pid] of victims.entries())
    assert.equal((await keeper.ask(`freeze ${index} 600000 ${pid}`)).outcome, 'ok');
  const ended = new Promise((resolve) => keeper.child.once('exit', (_code, signal) => resolve(signal)));
  process.kill(keeper.pid, 'SIGSTOP');
  const firstMs = await until('the first runs', () => !victims.every(isStopped), 150_000);
  const allMs = firstMs + (await until('all run', () => !victims.some(isStopped), 60_000));
  t.diagnostic(`first after ${(firstMs / 1000).toFixed(1)} s, all after ${(allMs / 1000).toFixed(1)} s`);
  assert.ok(firstMs > 55_000, 'not before it had hung for a minute, less the poll in which it began');
  assert.equal(await ended, 'SIGKILL');
  assert.deepEqual(namesIn(world.places.stopped), []);
});
