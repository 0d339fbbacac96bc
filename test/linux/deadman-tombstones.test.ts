import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders } from '../../helper/deadman/directory.ts';
import { mostFreezes } from '../../helper/deadman/tombstone.ts';
import { alertsOf, isStopped, leaveTombstone, makeWorld, namesIn, until, type World } from '../fakes/deadman-world.ts';

/** Each kind of tombstone that can lie in a run directory, and what the deadman makes of it. */

const skip = process.platform === 'linux' ? false : 'looks into /proc';
const isRoot = process.geteuid?.() === 0;
const scale = 0.02;

/** A process that is stopped, by us. */
const stopped = async (world: World): Promise<number> => {
  const [pid = 0] = await world.victims(1);
  process.kill(pid, 'SIGSTOP');
  await until('it stops', () => isStopped(pid));
  return pid;
};

const untilEmpty = (world: World, limitMs?: number): Promise<number> =>
  until(
    'no tombstone is left',
    () => [world.places.stopped, world.places.resuming].every((folder) => namesIn(folder).length === 0),
    limitMs,
  );

/** It is told after the folder is in order. */
const untilTold = (world: World, alert: string): Promise<number> => until(alert, () => alertsOf(world).includes(alert));

describe('tombstones without their keeper', { skip }, () => {
  test('an ordinary one: its process is resumed once the deadman has waited for the keeper', async (t) => {
    const world = makeWorld(t);
    const pid = await stopped(world);
    await leaveTombstone(world, pid);
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(!isStopped(pid));
    assert.deepEqual(
      alertsOf(world).filter((alert) => !alert.startsWith('keeper_stale')),
      [],
    );
  });

  test('a reused pid: nobody is signalled, it is removed and told', async (t) => {
    const world = makeWorld(t);
    const pid = await stopped(world);
    const started = Number(/\) T (?:\S+ ){18}(\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
    await leaveTombstone(world, pid, { started: String(started - 150) });
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(isStopped(pid));
    await untilTold(world, `tombstone_retired pid ${pid}`);
  });

  test('a start that differs by less than a second is the same process', async (t) => {
    const world = makeWorld(t);
    const pid = await stopped(world);
    const started = Number(/\) T (?:\S+ ){18}(\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
    await leaveTombstone(world, pid, { started: String(started + 90) });
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(!isStopped(pid));
  });

  test('a start that could not be read: it is resumed all the same', async (t) => {
    const world = makeWorld(t);
    const [one, two] = [await stopped(world), await stopped(world)];
    await leaveTombstone(world, one, { started: null });
    await leaveTombstone(world, two, { started: 'a while ago' });
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(!isStopped(one) && !isStopped(two));
  });

  test('of another boot, of a simulated machine, of another system: removed, nobody is signalled', async (t) => {
    const world = makeWorld(t);
    const [boot, sim, mac] = [await stopped(world), await stopped(world), await stopped(world)];
    await leaveTombstone(world, boot, { boot: 'another' });
    await leaveTombstone(world, sim, { host: 'sim', boot: 'sim-1' });
    await leaveTombstone(world, mac, { host: 'darwin' });
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok([boot, sim, mac].every(isStopped));
    for (const pid of [boot, mac]) await untilTold(world, `tombstone_retired pid ${pid}`);
    const told = alertsOf(world).filter((alert) => alert.startsWith('tombstone_retired'));
    assert.deepEqual(told.sort(), [`tombstone_retired pid ${boot}`, `tombstone_retired pid ${mac}`].sort());
  });

  test('pid 1, pid 0, and names that are none: removed and told, nobody is signalled', async (t) => {
    const world = makeWorld(t);
    makeFolders(world.places);
    const names = ['1', '0', '-5', '007', '99999999999', 'notes.txt', '2 ', '1e3'];
    for (const name of names) writeFileSync(join(world.places.stopped, name), '{"pid":1}');
    symlinkSync('/etc/passwd', join(world.places.stopped, 'link'));
    spawnSync('mkfifo', [join(world.places.stopped, '4242')]);
    mkdirSync(join(world.places.stopped, 'folder'));
    await world.deadman(scale);
    await until('all but the folder are gone', () => namesIn(world.places.stopped).join() === 'folder');
    await until('it is told', () => alertsOf(world).some((alert) => alert.startsWith('tombstone_retired')));
  });

  test('one that cannot be read: its process is resumed if it is stopped, and the rest is told', async (t) => {
    const world = makeWorld(t);
    makeFolders(world.places);
    const pid = await stopped(world);
    const [running = 0] = await world.victims(1);
    for (const each of [pid, running]) writeFileSync(join(world.places.stopped, String(each)), '{"pid":');
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(!isStopped(pid));
    await untilTold(world, `tombstone_retired pid ${running}`);
  });

  test('one that names another pid than its file does not lead to that pid', async (t) => {
    const world = makeWorld(t);
    const [one, two] = [await stopped(world), await stopped(world)];
    const path = await leaveTombstone(world, one);
    renameSync(path, join(world.places.stopped, '3999999'));
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(isStopped(one) && isStopped(two));
  });

  test('ten thousand: those that live are resumed in time, the rest is told in a few words', async (t) => {
    const world = makeWorld(t);
    makeFolders(world.places);
    const pid = await stopped(world);
    await leaveTombstone(world, pid, { footprintBytes: 2 ** 40 });
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const text = readFileSync(join(world.places.stopped, String(pid)), 'utf8');
    for (let number = 0; number < 10_000; number += 1) {
      const other = 4_000_000 + number;
      const body = text.replace(`"pid":${pid}`, `"pid":${other}`);
      // A third of them of a machine that is no more.
      writeFileSync(join(world.places.stopped, String(other)), number % 3 === 0 ? body.replace(boot, 'old') : body);
    }
    // Not so often: each look reads all of them.
    await world.deadman(0.2);
    await untilEmpty(world, 120_000);
    assert.ok(!isStopped(pid));
    await untilTold(world, 'tombstone_retired many');
    const told = alertsOf(world).filter((alert) => alert.startsWith('tombstone_retired'));
    assert.ok(told.length <= 9, `${told.length} alerts`);
  });

  test('a process that ends while it is frozen: its tombstone goes without a word', async (t) => {
    const world = makeWorld(t);
    const [pid = 0] = await world.victims(1);
    await leaveTombstone(world, pid);
    process.kill(pid, 'SIGKILL');
    await sleep(100);
    await world.deadman(scale);
    await untilEmpty(world);
    assert.ok(!alertsOf(world).some((alert) => alert.startsWith('tombstone_retired')));
  });
});

describe('claims', { skip }, () => {
  test('one whose resumer died is taken over by the deadman, and only when it is old', async (t) => {
    const world = makeWorld(t);
    await world.deadman(0.2);
    const keeper = await world.keeper(0.2);
    const pid = await stopped(world);
    const path = await leaveTombstone(world, pid);
    renameSync(path, join(world.places.resuming, `${pid}.somebody`));
    await sleep(300);
    assert.ok(isStopped(pid), 'whoever claimed it may still be at it');
    await untilEmpty(world);
    assert.ok(!isStopped(pid));
    await until('the keeper is ready again', () => keeper.events().at(-1)?.state !== 'not_ready');
  });

  test('one of an earlier run keeps a keeper from stopping anything until it is done', async (t) => {
    const world = makeWorld(t);
    const pid = await stopped(world);
    const [other = 0] = await world.victims(1);
    const path = await leaveTombstone(world, pid);
    renameSync(path, join(world.places.resuming, `${pid}.somebody`));
    await world.deadman();
    const keeper = await world.keeper(1);
    assert.equal(keeper.events().at(-1)?.state, 'not_ready');
    assert.match(String((await keeper.ask(`freeze 1 60000 ${other}`)).detail), /have to be resumed first/);
    assert.ok(!isStopped(other));
    await until('the keeper is ready', () => keeper.events().at(-1)?.state === 'present');
    assert.ok(!isStopped(pid));
    assert.equal((await keeper.ask(`freeze 2 60000 ${other}`)).outcome, 'ok');
    await keeper.ask('resume 2');
  });

  test('one that a keeper without any deadman finds is taken over by the keeper', async (t) => {
    const world = makeWorld(t);
    const pid = await stopped(world);
    const path = await leaveTombstone(world, pid);
    renameSync(path, join(world.places.resuming, `${pid}.somebody`));
    await world.keeper();
    await untilEmpty(world);
    assert.ok(!isStopped(pid));
  });
});

describe('disks', { skip }, () => {
  test('a full one forbids no stop, because the space of tombstones is taken beforehand', async (t) => {
    if (!isRoot) return t.skip('mounting a small disk needs root');
    const world = makeWorld(t);
    if (!world.mountDisk('size=4m')) return t.skip('no small disk can be mounted here');
    await world.deadman();
    const keeper = await world.keeper();
    const victims = await world.victims(mostFreezes);
    spawnSync('dd', ['if=/dev/zero', `of=${join(world.runDirectory, 'full')}`, 'bs=4k'], { stdio: 'ignore' });
    assert.throws(() => writeFileSync(join(world.runDirectory, 'more'), Buffer.alloc(8192)), /ENOSPC/);
    for (const [index, pid] of victims.entries())
      assert.deepEqual(await keeper.ask(`freeze ${index} 60000 ${pid}`), {
        outcome: 'ok',
        detail: '1 process stopped',
      });
    assert.ok(victims.every(isStopped));
    await world.end(keeper.child);
    await until('all are resumed', () => !victims.some(isStopped));
    await untilEmpty(world);
  });

  test('one that is full before a keeper starts: nothing is stopped, and it says why', async (t) => {
    if (!isRoot) return t.skip('mounting a small disk needs root');
    const world = makeWorld(t);
    if (!world.mountDisk('size=1m')) return t.skip('no small disk can be mounted here');
    await world.deadman();
    spawnSync('dd', ['if=/dev/zero', `of=${join(world.runDirectory, 'full')}`, 'bs=4k'], { stdio: 'ignore' });
    const keeper = await world.keeper();
    const [pid = 0] = await world.victims(1);
    const answer = await keeper.ask(`freeze 1 60000 ${pid}`);
    assert.match(String(answer.detail), /no tombstone, no stop: .*ENOSPC|no space/);
    assert.ok(!isStopped(pid));
    assert.match(JSON.stringify((await keeper.ask('state')).warnings), /could be allocated/);
  });

  test('folders that can no longer be changed: no stop any more, and what is frozen is resumed once', async (t) => {
    if (!isRoot) return t.skip('taking the right to change a folder from root needs root');
    const world = makeWorld(t);
    await world.deadman(0.1);
    const keeper = await world.keeper(0.1);
    const [one = 0, two = 0] = await world.victims(2);
    assert.equal((await keeper.ask(`freeze 1 60000 ${one}`)).outcome, 'ok');
    // What a disk does that the kernel made read-only after an error: it refuses to rename and to remove.
    const folders = [world.places.stopped, world.places.resuming];
    const locked = spawnSync('chattr', ['+i', ...folders]).status === 0;
    try {
      if (!locked) return t.skip('this file system knows no immutable folders');
      const refused = await keeper.ask(`freeze 2 60000 ${two}`);
      assert.match(String(refused.detail), /no tombstone, no stop/);
      assert.ok(!isStopped(two));
      await world.end(keeper.child);
      await until('it is resumed without a claim', () => !isStopped(one));
      assert.deepEqual(namesIn(world.places.stopped), [String(one)]);
      await until('that is said', () => /its tombstone cannot be removed/.test(world.said()));
      // Whoever stops it now is not undone again and again.
      process.kill(one, 'SIGSTOP');
      await sleep(1500);
      assert.ok(isStopped(one));
    } finally {
      spawnSync('chattr', ['-i', ...folders]);
    }
  });

  test('a deadman that cannot listen resumes what it finds and gives up', async (t) => {
    if (!isRoot) return t.skip('making a disk read-only needs root');
    const world = makeWorld(t);
    if (!world.mountDisk('size=8m')) return t.skip('no small disk can be mounted here');
    const pid = await stopped(world);
    mkdirSync(join(world.runDirectory, 'state'), { mode: 0o700 });
    await leaveTombstone(world, pid);
    if (spawnSync('mount', ['-o', 'remount,ro', world.runDirectory]).status !== 0)
      return t.skip('a mounted disk cannot be made read-only here');
    const deadman = await world.deadman();
    await until('it gives up', () => deadman.exitCode !== null);
    assert.equal(deadman.exitCode, 78, world.said());
    assert.ok(!isStopped(pid));
  });
});
