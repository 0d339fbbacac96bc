import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { alertsOf, isStopped, leaveTombstone, makeWorld, namesIn, until } from '../fakes/deadman-world.ts';

const scale = 0.02;
const minutes = 600_000;

const skip = process.platform === 'linux' ? false : 'looks into /proc';

describe('freezing under a deadman', { skip }, () => {
  test('stops and resumes real processes, and the tombstones become slots again', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const [one = 0, two = 0] = await world.victims(2);
    const slots = namesIn(world.places.slots).length;
    assert.deepEqual(await keeper.ask(`freeze 1 ${minutes} ${one} ${two}`), {
      outcome: 'ok',
      detail: '2 processes stopped',
    });
    assert.ok(isStopped(one) && isStopped(two));
    assert.deepEqual(namesIn(world.places.stopped), [String(one), String(two)].sort());
    assert.deepEqual(await keeper.ask('resume 1'), {
      outcome: 'ok',
      detail: '2 processes resumed: the test says so',
    });
    assert.ok(!isStopped(one) && !isStopped(two));
    assert.deepEqual(namesIn(world.places.stopped), []);
    assert.deepEqual(namesIn(world.places.resuming), []);
    assert.ok(namesIn(world.places.slots).length >= slots);
  });

  test('already_stopped_target: nothing is sent, and it stays stopped by whoever stopped it', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const [one = 0, two = 0] = await world.victims(2);
    process.kill(two, 'SIGSTOP');
    await until('it stops', () => isStopped(two));
    const answer = await keeper.ask(`freeze 1 ${minutes} ${one} ${two}`);
    assert.equal(answer.outcome, 'failed');
    assert.match(String(answer.detail), /stopped already, and not by Castellan; nothing was sent/);
    assert.ok(!isStopped(one));
    assert.ok(isStopped(two));
    assert.deepEqual(namesIn(world.places.stopped), []);
    const resumed = await keeper.ask('resume 1');
    assert.match(String(resumed.detail), /not by this keeper; nothing was sent/);
    assert.ok(isStopped(two));
  });

  test('a member of a group that has ended is left out; a match that has ended undoes everything', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const [one = 0, two = 0] = await world.victims(2);
    const [gone = 0] = await world.victims(1);
    process.kill(gone, 'SIGKILL');
    await sleep(100);
    assert.deepEqual(await keeper.ask(`freeze 1 ${minutes} ${one} ${gone} ${two}`), {
      outcome: 'ok',
      detail: '2 processes stopped, 1 process had ended',
    });
    assert.deepEqual(namesIn(world.places.stopped), [String(one), String(two)].sort());
    await keeper.ask('resume 1');
    const second = await keeper.ask(`freeze 2 ${minutes} ${gone} ${one}`);
    assert.equal(second.outcome, 'failed');
    assert.ok(!isStopped(one));
    assert.deepEqual(namesIn(world.places.stopped), []);
  });

  test('eight freezes at a time and 64 members are the most, and a process is frozen once', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const victims = await world.victims(9);
    for (const [index, pid] of victims.slice(0, 8).entries())
      assert.equal((await keeper.ask(`freeze ${index} ${minutes} ${pid}`)).outcome, 'ok');
    assert.match(String((await keeper.ask(`freeze 9 ${minutes} ${victims[8]}`)).detail), /8 freezes are the most/);
    await keeper.ask('resume 0');
    assert.match(String((await keeper.ask(`freeze 9 ${minutes} ${victims[1]}`)).detail), /frozen already/);
    const many = Array.from({ length: 65 }, () => String(victims[8])).join(' ');
    assert.match(String((await keeper.ask(`freeze 9 ${minutes} ${many}`)).detail), /larger than 64/);
    assert.match(String((await keeper.ask(`freeze 9 ${minutes} 1`)).detail), /never stopped/);
    await world.end(keeper.child);
  });

  test('a keeper that is killed a second after a stop: all are resumed, the smallest first, one after the other', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const victims = await world.victims(8);
    for (const [index, pid] of [...victims].reverse().entries())
      assert.equal((await keeper.ask(`freeze ${index + 1} ${minutes} ${pid}`)).outcome, 'ok');
    await sleep(1000);
    const order: number[] = [];
    const watch = setInterval(() => {
      for (const pid of victims) if (!isStopped(pid) && !order.includes(pid)) order.push(pid);
    }, 20);
    t.after(() => clearInterval(watch));
    await world.end(keeper.child);
    const firstMs = await until('the first runs', () => order.length > 0);
    const allMs = firstMs + (await until('all run', () => order.length === victims.length));
    clearInterval(watch);
    t.diagnostic(`first after ${firstMs.toFixed(0)} ms, all after ${allMs.toFixed(0)} ms`);
    assert.deepEqual(order, [...victims].reverse());
    await until('no tombstone is left', () => namesIn(world.places.stopped).length === 0);
    assert.deepEqual(namesIn(world.places.resuming), []);
  });

  test('members of one group are resumed together, and count as one', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const group = await world.victims(64);
    const single = await world.victims(1);
    const frozen = await keeper.ask(`freeze 2 ${minutes} ${group.join(' ')}`);
    assert.deepEqual(frozen, { outcome: 'ok', detail: '64 processes stopped' });
    assert.equal((await keeper.ask(`freeze 1 ${minutes} ${single.join(' ')}`)).outcome, 'ok');
    await world.end(keeper.child);
    await until('the smaller freeze is resumed', () => !single.some(isStopped));
    await until('all of the group are', () => !group.some(isStopped));
    // One pause between two freezes, not one for each of 65.
    await until('no tombstone is left', () => namesIn(world.places.stopped).length === 0, 9_000);
  });

  test('a keeper that hangs: told, resumed and killed, so that its supervisor starts the next', async (t) => {
    const world = makeWorld(t);
    await world.deadman(scale);
    const keeper = await world.keeper(scale);
    const [pid = 0] = await world.victims(1);
    assert.equal((await keeper.ask(`freeze 1 ${minutes} ${pid}`)).outcome, 'ok');
    const ended = new Promise((resolve) => keeper.child.once('exit', (_code, signal) => resolve(signal)));
    process.kill(keeper.pid, 'SIGSTOP');
    await until('it is resumed', () => !isStopped(pid));
    assert.equal(await ended, 'SIGKILL');
    // Nobody writes the file here, which is told, too, when it takes long to come here.
    const told = alertsOf(world).filter((alert) => !alert.startsWith('heartbeat_unwritable'));
    assert.deepEqual(told, ['keeper_stale keeper', 'keeper_stale restart of the keeper']);
    assert.deepEqual(namesIn(world.places.stopped), []);
  });

  test('a loop that stands still counts as a keeper that hangs, though its process lives and its socket is open', async (t) => {
    const world = makeWorld(t);
    await world.deadman(scale);
    const keeper = await world.keeper(scale);
    const [pid = 0] = await world.victims(1);
    assert.equal((await keeper.ask(`freeze 1 ${minutes} ${pid}`)).outcome, 'ok');
    await keeper.ask('mute');
    await until('it is resumed', () => !isStopped(pid));
  });

  test('a keeper that ends in order resumes first', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const [pid = 0] = await world.victims(1);
    await keeper.ask(`freeze 1 ${minutes} ${pid}`);
    await keeper.ask('close');
    assert.ok(!isStopped(pid));
    assert.ok(keeper.events().some(({ type, why }) => type === 'thawed' && why === 'the keeper ends'));
    assert.match(String((await keeper.ask(`freeze 2 ${minutes} ${pid}`)).detail), /not ready to freeze/);
  });

  test('a deadline is kept by the deadman, and the keeper is told', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const [one = 0, two = 0] = await world.victims(2);
    await keeper.ask(`freeze 1 400 ${one}`);
    await keeper.ask(`freeze 2 ${minutes} ${two}`);
    assert.ok(isStopped(one));
    await until('its time is over', () => !isStopped(one));
    await until('the keeper hears of it', () => keeper.events().some(({ type }) => type === 'thawed'));
    assert.ok(isStopped(two));
    assert.deepEqual(
      keeper.events().filter(({ type }) => type === 'thawed'),
      [{ type: 'thawed', id: keeper.events().find(({ type }) => type === 'thawed')?.id, why: 'its time is over' }],
    );
    // It may be frozen again: nothing of it is left.
    assert.equal((await keeper.ask(`freeze 3 ${minutes} ${one}`)).outcome, 'ok');
    await keeper.ask('resume 3');
    await keeper.ask('resume 2');
  });
});

describe('a deadman that is not there', { skip }, () => {
  test('nothing is stopped, and no tombstone stays', async (t) => {
    const world = makeWorld(t);
    const keeper = await world.keeper(scale);
    const [pid = 0] = await world.victims(1);
    const answer = await keeper.ask(`freeze 1 ${minutes} ${pid}`);
    assert.match(String(answer.detail), /the deadman does not answer/);
    assert.ok(!isStopped(pid));
    assert.deepEqual(namesIn(world.places.stopped), []);
  });

  test('killed: SIGSTOP is refused at once, and after 15 s the keeper resumes what it froze', async (t) => {
    const world = makeWorld(t);
    const deadman = await world.deadman();
    const keeper = await world.keeper(0.1);
    const [one = 0, two = 0] = await world.victims(2);
    await keeper.ask(`freeze 1 ${minutes} ${one}`);
    await world.end(deadman);
    await until('the keeper knows', () => keeper.events().at(-1)?.state === 'missing');
    assert.ok(isStopped(one), 'a deadman that comes back soon finds it frozen');
    assert.equal((await keeper.ask(`freeze 2 ${minutes} ${two}`)).outcome, 'failed');
    assert.ok(!isStopped(two));
    await until('it is resumed', () => !isStopped(one));
    await until('it is told', () =>
      keeper.events().some(({ why }) => why === 'the deadman has been gone for too long'),
    );
    assert.deepEqual(namesIn(world.places.stopped), []);
  });

  test('killed and started again in time: the freeze goes on', async (t) => {
    const world = makeWorld(t);
    const deadman = await world.deadman();
    const keeper = await world.keeper();
    const [pid = 0] = await world.victims(1);
    await keeper.ask(`freeze 1 ${minutes} ${pid}`);
    await world.end(deadman);
    await world.deadman();
    await until('they meet again', () => keeper.events().at(-1)?.state === 'present');
    assert.ok(isStopped(pid));
    assert.equal((await keeper.ask('resume 1')).outcome, 'ok');
    assert.ok(!isStopped(pid));
  });

  test('stopped: no acknowledgement within 250 ms, no stop, and the tombstone is taken back', async (t) => {
    const world = makeWorld(t);
    const deadman = await world.deadman();
    const keeper = await world.keeper();
    const [pid = 0] = await world.victims(1);
    deadman.kill('SIGSTOP');
    const answer = await keeper.ask(`freeze 1 ${minutes} ${pid}`);
    assert.match(String(answer.detail), /did not acknowledge every tombstone in time; nothing was sent/);
    assert.ok(!isStopped(pid));
    assert.deepEqual(namesIn(world.places.stopped), []);
  });

  test('hangs with something frozen: the keeper notices that its beats are not heard, and resumes', async (t) => {
    const world = makeWorld(t);
    const deadman = await world.deadman();
    const keeper = await world.keeper(0.1);
    const [pid = 0] = await world.victims(1);
    await keeper.ask(`freeze 1 ${minutes} ${pid}`);
    deadman.kill('SIGSTOP');
    await until('the keeper knows', () => keeper.events().at(-1)?.state === 'missing');
    await until('it is resumed', () => !isStopped(pid));
  });

  test('told to end: it resumes everything first', async (t) => {
    const world = makeWorld(t);
    const deadman = await world.deadman();
    const keeper = await world.keeper();
    const victims = await world.victims(3);
    for (const [index, pid] of victims.entries()) await keeper.ask(`freeze ${index} ${minutes} ${pid}`);
    await world.end(deadman, 'SIGTERM');
    assert.ok(!victims.some(isStopped));
    assert.deepEqual(namesIn(world.places.stopped), []);
  });
});

describe('what others left', { skip }, () => {
  test('a starting keeper resumes it, and stops nothing before it is gone', async (t) => {
    const world = makeWorld(t);
    const [pid = 0] = await world.victims(1);
    process.kill(pid, 'SIGSTOP');
    await leaveTombstone(world, pid);
    // Nobody but the keeper is there to do it.
    await world.keeper(scale);
    await until('it is resumed', () => !isStopped(pid));
    await until('its tombstone is gone', () => namesIn(world.places.stopped).length === 0);
  });

  test('a keeper and a deadman that want the same: one of them resumes, and the keeper is ready after', async (t) => {
    const world = makeWorld(t);
    const victims = await world.victims(4);
    for (const pid of victims) {
      process.kill(pid, 'SIGSTOP');
      await leaveTombstone(world, pid);
    }
    await world.deadman(0.1);
    const keeper = await world.keeper(0.1);
    await until('all are resumed', () => !victims.some(isStopped));
    await until('the keeper is ready', () => keeper.events().at(-1)?.state === 'present');
    assert.deepEqual(namesIn(world.places.stopped), []);
    assert.deepEqual(namesIn(world.places.resuming), []);
    assert.equal((await keeper.ask(`freeze 1 ${minutes} ${victims[0]}`)).outcome, 'ok');
    await keeper.ask('resume 1');
  });

  test('a keeper that slept too long finds out that its freeze was ended', async (t) => {
    const world = makeWorld(t);
    await world.deadman();
    const keeper = await world.keeper();
    const [pid = 0] = await world.victims(1);
    await keeper.ask(`freeze 1 ${minutes} ${pid}`);
    await keeper.ask('reread');
    assert.ok(!keeper.events().some(({ type }) => type === 'thawed'), 'nothing has happened yet');
    const { unlinkSync } = await import('node:fs');
    process.kill(pid, 'SIGCONT');
    unlinkSync(`${world.places.stopped}/${pid}`);
    await keeper.ask('reread');
    assert.ok(keeper.events().some(({ why }) => why === 'it was resumed while the keeper did not run'));
  });
});
