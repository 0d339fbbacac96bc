import assert from 'node:assert/strict';
import { chmod, link, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'plist';
import { servicesPath } from '../../helper/supervisor/places.ts';
import { eventually, type SupervisorWorld, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

const sleeping = (label: string, keys: Readonly<Record<string, boolean | number | string>> = {}): string =>
  build({ Label: label, RunAtLoad: true, ProgramArguments: ['/bin/sleep', '600'], ...keys });

const define = async (world: SupervisorWorld, label: string, plist: string): Promise<string> => {
  const answer = await world.services.define?.(label, plist);
  if (answer === undefined) assert.fail('this host defines services');
  if (!answer.ok) assert.notEqual(answer.detail, '');
  return answer.ok ? 'ok' : answer.problem;
};

const filesOf = async (world: SupervisorWorld): Promise<readonly string[]> =>
  (await readdir(servicesPath(world.runDirectory))).sort();

describe('a service that is defined', { skip, concurrency: 4 }, () => {
  test('is there for the next bootstrap, and defined once', () =>
    withSupervisor(async (world) => {
      await world.start();
      const plist = sleeping('t.made');
      assert.equal(await define(world, 't.made', plist), 'ok');
      assert.equal(world.services.pids()?.has('t.made'), false, 'nobody has loaded it');
      assert.equal(await define(world, 't.made', plist), 'already');
      const path = join(servicesPath(world.runDirectory), 't.made.plist');
      assert.equal(await readFile(path, 'utf8'), plist);
      assert.equal((await stat(path)).mode & 0o777, 0o644);
      assert.deepEqual(await world.services.bootstrap('t.made'), { ok: true });
      assert.ok((await world.untilRunning('t.made')) > 0);
      assert.deepEqual(await filesOf(world), ['t.made.plist']);
    }));

  test('that is loaded goes on as it is, and is the new one once it is bootstrapped again', () =>
    withSupervisor(async (world) => {
      await world.define('t.seat', [], { RunAtLoad: true, ExitTimeOut: 5 });
      await world.start();
      const pid = await world.untilRunning('t.seat');
      assert.equal(await define(world, 't.seat', sleeping('t.seat', { ExitTimeOut: 9 })), 'ok');
      const before = await world.print('t.seat');
      assert.deepEqual([before.pid, before.exitTimeoutSeconds], [pid, 5]);
      assert.deepEqual(await world.services.bootout('t.seat'), { ok: true });
      await world.untilGone('t.seat');
      assert.deepEqual(await world.services.bootstrap('t.seat'), { ok: true });
      assert.equal((await world.print('t.seat')).exitTimeoutSeconds, 9);
    }));

  test('takes the place of the file that has its label, whatever that is called', () =>
    withSupervisor(async (world) => {
      await world.write('by-hand.plist', sleeping('t.seat', { ExitTimeOut: 5 }));
      await world.start();
      assert.equal(await define(world, 't.seat', sleeping('t.seat', { ExitTimeOut: 9 })), 'ok');
      assert.deepEqual(await filesOf(world), ['by-hand.plist']);
    }));

  test('is refused when its label or its list is not one, or is that of another', () =>
    withSupervisor(async (world) => {
      await world.write('t.a.plist', sleeping('t.other'));
      await world.start();
      await world.untilRunning('t.other');
      const refused: readonly (readonly [string, string])[] = [
        ['../t.evil', sleeping('../t.evil')],
        ['-w', sleeping('-w')],
        ['', sleeping('')],
        ['t.b', sleeping('t.c')],
        ['t.b', 'no list'],
        ['t.b', ''],
        ['t.b', sleeping('t.b').replace('/bin/sleep', 'x'.repeat(70_000))],
        ['t.b', '\u0001'.repeat(65_536)],
        ['t.b', sleeping('t.b', { StandardOutPath: 'relative' })],
        ['t.b', build({ Label: 't.b', RunAtLoad: true })],
        ['t.a', sleeping('t.a')],
      ];
      for (const [label, plist] of refused) assert.equal(await define(world, label, plist), 'refused', label);
      assert.deepEqual(await filesOf(world), ['t.a.plist']);
      assert.equal(typeof world.services.pids()?.get('t.other'), 'number', 'the connection stands');
    }));

  test('never goes through a link, nor into a file with a second name', () =>
    withSupervisor(async (world) => {
      const target = join(world.runDirectory, 'target');
      await world.write('../target', 'mine');
      const folder = servicesPath(world.runDirectory);
      await symlink(target, join(folder, 't.link.plist'));
      await link(target, join(folder, 't.hard.plist'));
      await symlink(target, join(folder, 't.new.plist.new'));
      await world.start();
      assert.equal(await define(world, 't.link', sleeping('t.link')), 'refused');
      assert.equal(await define(world, 't.hard', sleeping('t.hard')), 'refused');
      assert.equal(await define(world, 't.new', sleeping('t.new')), 'ok');
      assert.equal(await readFile(target, 'utf8'), 'mine');
    }));
});

describe('a service that may not be loaded', { skip, concurrency: 4 }, () => {
  test('is refused, whether it is disabled or others can write its list', () =>
    withSupervisor(async (world) => {
      await world.write('t.off.plist', sleeping('t.off', { Disabled: true }));
      await world.write('t.open.plist', sleeping('t.open'));
      await chmod(join(servicesPath(world.runDirectory), 't.open.plist'), 0o666);
      await world.start();
      for (const label of ['t.off', 't.open']) {
        const answer = await world.services.bootstrap(label);
        assert.ok(!answer.ok && answer.problem === 'refused', label);
        assert.equal(world.services.pids()?.has(label), false);
      }
    }));
});

describe('how services ended', { skip, concurrency: 4 }, () => {
  test('is known by label: a code, the negative of a signal, 78 when nothing could be started', () =>
    withSupervisor(async (world) => {
      await world.define('t.code', ['--exit', '3'], { RunAtLoad: true });
      await world.define('t.zero', ['--exit', '0'], { RunAtLoad: true });
      await world.define('t.none', [], { ProgramArguments: ['/no/such/program'], RunAtLoad: true });
      await world.define('t.runs', [], { RunAtLoad: true });
      await world.define('t.asked', []);
      await world.start();
      const pid = await world.untilRunning('t.runs');
      const exits = await eventually('all have ended', () => {
        const now = world.services.lastExits();
        return now.size >= 3 ? now : null;
      });
      assert.deepEqual(Object.fromEntries(exits), { 't.code': 3, 't.zero': 0, 't.none': 78 });
      process.kill(pid, 'SIGKILL');
      await eventually('killed', () => (world.services.lastExits().get('t.runs') === -9 ? true : null));
      assert.equal(world.services.pids()?.get('t.runs'), null, 'listed, and not running');
      await world.killSupervisor();
      await eventually('not known', () => (world.services.pids() === null ? true : null));
      assert.equal(world.services.lastExits().size, 0);
    }));
});
