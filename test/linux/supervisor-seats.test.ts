import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { appendFile, chmod, link, mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'plist';
import { seatLogPath, seatLogsPath, servicesPath } from '../../helper/supervisor/places.ts';
import { eventually, isAlive, type SupervisorWorld, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';
const isRoot = process.getuid?.() === 0;

/** A seat of castellan.toml whose program says who it is, and goes on. */
const seat = (name: string, kind: 'on_call' | 'protected', more: readonly string[] = []): string =>
  [
    '[[seat]]',
    `name = "${name}"`,
    `class = "${kind}"`,
    `label = "t.${name}"`,
    'peak = "64 MB"',
    `probe_cmd = ["/bin/true", "${name}"]`,
    'wired_argument = []',
    'command = ["/bin/sh", "-c", "echo out; echo wrong >&2; exec sleep 600"]',
    ...(isRoot ? ['user = "nobody"'] : []),
    ...more,
    '',
  ].join('\n');

const configure = (world: SupervisorWorld, ...seats: readonly string[]): Promise<void> =>
  writeFile(join(world.runDirectory, 'castellan.toml'), seats.join('\n'), { mode: 0o644 });

const said = (path: string, text: string): Promise<true> =>
  eventually(`${path} has ${JSON.stringify(text)}`, async () =>
    (await readFile(path, 'utf8').catch(() => '')).endsWith(text) ? true : null,
  );

const ended = async (world: SupervisorWorld, label: string): Promise<void> => {
  assert.deepEqual(await world.services.bootout(label), { ok: true });
  await world.untilGone(label);
};

describe('a seat of castellan.toml', { skip, concurrency: 3 }, () => {
  test('does not start by itself when it is on call, whatever an older property list of it says', () =>
    withSupervisor(async (world) => {
      const older = (label: string): string =>
        build({ Label: label, ProgramArguments: ['/bin/sleep', '600'], RunAtLoad: true, KeepAlive: true });
      for (const label of ['t.small', 't.kept', 't.own']) await world.write(`${label}.plist`, older(label));
      await configure(world, seat('small', 'on_call'), seat('kept', 'protected'));
      await world.start();
      const kept = await world.untilRunning('t.kept');
      await world.untilRunning('t.own');
      assert.equal(world.services.pids()?.get('t.small'), null, 'listed, and not running');
      await said(seatLogPath(world.runDirectory, 't.kept'), 'out\nwrong\n');
      assert.deepEqual(await world.services.bootstrap('t.small'), { ok: true });
      const small = await world.untilRunning('t.small');

      // Also over what a supervisor left that was killed, of a seat that has ended meanwhile.
      await world.killSupervisor();
      const state = join(world.runDirectory, 'state/supervisor.json');
      const left = (await readFile(state, 'utf8')).replaceAll('"keepAlive":false', '"keepAlive":true');
      await writeFile(state, left, { mode: 0o600 });
      process.kill(-small, 'SIGKILL');
      await eventually('it has ended', () => (isAlive(small) ? null : true));
      await world.start();
      assert.equal(await world.untilRunning('t.kept'), kept);
      assert.equal((await world.print('t.small')).pid, null);
    }));

  test('that was protected when its list was written and is on call now waits to be asked for', () =>
    withSupervisor(async (world) => {
      await configure(world, seat('a', 'protected'));
      await world.start();
      await world.untilRunning('t.a');
      assert.equal(await world.stop(), 0);
      await configure(world, seat('a', 'on_call'));
      await world.start();
      assert.equal((await world.print('t.a')).pid, null);
    }));

  test('keeps its list where castellan.toml cannot be used, which is said', () =>
    withSupervisor(async (world) => {
      await world.write('t.a.plist', build({ Label: 't.a', ProgramArguments: ['/bin/sleep', '600'], KeepAlive: true }));
      await configure(world, '[[seat]]\nname = 5\n');
      await world.start();
      await world.untilRunning('t.a');
      await eventually('said', () => (/castellan\.toml cannot be used/.test(world.log()) ? true : null));
    }));

  test('has a log of its own, for its account, which is set aside when it is large', () =>
    withSupervisor(async (world) => {
      await configure(world, seat('a', 'on_call'));
      await world.start();
      const path = seatLogPath(world.runDirectory, 't.a');
      const run = async (): Promise<void> => {
        assert.deepEqual(await world.services.bootstrap('t.a'), { ok: true });
        await world.untilRunning('t.a');
        await said(path, 'out\nwrong\n');
      };
      await run();
      const seen = await stat(path);
      assert.equal(seen.mode & 0o7777, 0o640);
      assert.equal(seen.uid, isRoot ? 65_534 : process.getuid?.());
      assert.equal((await stat(seatLogsPath(world.runDirectory))).mode & 0o7777, 0o755);
      await ended(world, 't.a');

      // An account it had before, or nobody's mode.
      await chmod(path, 0o666);
      await appendFile(path, 'before\n');
      await run();
      assert.equal(await readFile(path, 'utf8'), 'out\nwrong\nbefore\nout\nwrong\n', 'appended');
      assert.equal((await stat(path)).mode & 0o7777, 0o640);
      await ended(world, 't.a');

      await truncate(path, 5 * 2 ** 20 + 1);
      await run();
      assert.equal(await readFile(path, 'utf8'), 'out\nwrong\n');
      assert.equal((await stat(`${path}.1`)).size, 5 * 2 ** 20 + 1);
    }));

  test('whose log is a link, has a second name or is no file is not started, and nothing is written there', () =>
    withSupervisor(async (world) => {
      await configure(world, seat('a', 'on_call'));
      await world.start();
      const path = seatLogPath(world.runDirectory, 't.a');
      const target = join(world.runDirectory, 'target');
      await writeFile(target, 'mine', { mode: 0o600 });
      const put = [() => symlink(target, path), () => link(target, path), () => mkdir(path)];
      for (const [i, act] of put.entries()) {
        await act();
        await world.services.bootstrap('t.a');
        const job = await world.print('t.a');
        assert.deepEqual([job.pid, job.lastExit], [null, { code: 78, signal: null }], `${i}`);
        assert.deepEqual([readFileSync(target, 'utf8'), (await stat(target)).mode & 0o777], ['mine', 0o600]);
        await rm(path, { recursive: true });
      }
      await eventually('said', () => (/t\.a: not started: .*t\.a\.log is a link/.test(world.log()) ? true : null));
      assert.ok((await readFile(join(servicesPath(world.runDirectory), 't.a.plist'), 'utf8')).includes(path));
    }));
});
