import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually, isAlive, type SupervisorWorld, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

const statePath = (world: SupervisorWorld): string => join(world.runDirectory, 'state/supervisor.json');

const starts = async (world: SupervisorWorld, label: string): Promise<number> =>
  (await world.said(label)).filter((line) => line.startsWith('start ')).length;

describe('services of a supervisor that was killed', { skip, concurrency: 4 }, () => {
  test('go on, and the next one takes them over instead of starting a second copy', () =>
    withSupervisor(async (world) => {
      await world.define('t.kept', ['--drain', '10'], { KeepAlive: true, ThrottleInterval: 1 });
      await world.start();
      const pid = await world.untilRunning('t.kept');
      await world.untilSaid('t.kept', /^start/);
      await world.killSupervisor();
      assert.ok(isAlive(pid));
      await world.start();
      assert.equal(await world.untilRunning('t.kept'), pid);
      assert.match(world.log(), new RegExp(`t\\.kept: still runs as pid ${pid}; taken over`));
      assert.equal(await starts(world, 't.kept'), 1);
      // Its end is noticed although it is nobody's child here, and KeepAlive holds.
      process.kill(pid, 'SIGKILL');
      const next = await world.untilRunning('t.kept', pid);
      assert.ok(isAlive(next));
      assert.deepEqual((await world.print('t.kept')).lastExit, { code: null, signal: null });
    }));

  test('can be told to end by the next one, by TERM and else by KILL', () =>
    withSupervisor(async (world) => {
      await world.define('t.good', ['--drain', '10'], { KeepAlive: true });
      await world.define('t.slow', ['--drain', '60000'], { KeepAlive: true, ExitTimeOut: 1 });
      await world.start();
      const pids = [await world.untilRunning('t.good'), await world.untilRunning('t.slow')];
      for (const label of ['t.good', 't.slow']) await world.untilSaid(label, /^start/);
      await world.killSupervisor();
      await world.start();
      for (const label of ['t.good', 't.slow']) {
        await world.untilRunning(label);
        assert.deepEqual(await world.services.bootout(label), { ok: true });
      }
      for (const label of ['t.good', 't.slow']) await world.untilGone(label);
      for (const pid of pids) assert.ok(!isAlive(pid));
      assert.ok((await world.said('t.good')).includes('drained'));
    }));

  test('that were being told to end are still killed at their exit timeout', () =>
    withSupervisor(async (world) => {
      await world.define('t.slow', ['--drain', '60000'], { KeepAlive: true, ExitTimeOut: 2 });
      await world.start();
      const pid = await world.untilRunning('t.slow');
      await world.untilSaid('t.slow', /^start/);
      await world.services.bootout('t.slow');
      await world.killSupervisor();
      await world.start();
      await world.untilGone('t.slow');
      assert.ok(!isAlive(pid));
      assert.equal(await starts(world, 't.slow'), 1);
    }));

  test('that were booted out stay away until somebody bootstraps them', () =>
    withSupervisor(async (world) => {
      await world.define('t.away', ['--drain', '10'], { KeepAlive: true });
      await world.start();
      await world.untilRunning('t.away');
      await world.services.bootout('t.away');
      await world.untilGone('t.away');
      const before = await starts(world, 't.away');
      await world.killSupervisor();
      await world.start();
      const answer = await world.services.print('t.away');
      assert.ok(!answer.ok && answer.problem === 'absent');
      assert.deepEqual(await world.services.bootstrap('t.away'), { ok: true });
      await world.untilRunning('t.away');
      await world.untilSaid('t.away', /^start/, before + 1);
    }));

  test('are found by the token of their start when the pid had not been written down yet', () =>
    withSupervisor(async (world) => {
      await world.define('t.token', ['--spawn', '10'], { KeepAlive: true });
      await world.start();
      const pid = await world.untilRunning('t.token');
      await world.untilSaid('t.token', /^child/);
      await world.killSupervisor();
      const state = JSON.parse(await readFile(statePath(world), 'utf8'));
      Object.assign(state.jobs[0], { pid: null, start: null });
      await writeFile(statePath(world), JSON.stringify(state));
      await world.start();
      assert.equal(
        await world.untilRunning('t.token'),
        pid,
        'the service itself, not the child that has its environment',
      );
      process.kill(-pid, 'SIGKILL');
    }));

  test('that ended meanwhile are started again, and a pid that others have now is left alone', () =>
    withSupervisor(async (world) => {
      await world.define('t.gone', [], { KeepAlive: true, ThrottleInterval: 1 });
      await world.start();
      const pid = await world.untilRunning('t.gone');
      await world.untilSaid('t.gone', /^start/);
      await world.killSupervisor();
      process.kill(-pid, 'SIGKILL');
      await eventually('ended', () => (isAlive(pid) ? null : true));
      // As if the pid had gone to this very test.
      const state = JSON.parse(await readFile(statePath(world), 'utf8'));
      Object.assign(state.jobs[0], { pid: process.pid, start: '1' });
      await writeFile(statePath(world), JSON.stringify(state));
      await world.start();
      const next = await world.untilRunning('t.gone');
      assert.notEqual(next, process.pid);
      assert.ok(isAlive(next));
    }));

  test('are started anew when what was left is damaged or of another boot', () =>
    withSupervisor(async (world) => {
      await world.define('t.fresh', ['--exit', '0'], { RunAtLoad: true });
      await world.start();
      await world.untilSaid('t.fresh', /^start/, 1);
      await world.killSupervisor();
      await writeFile(statePath(world), '{"bootId": ');
      await world.start();
      await world.untilSaid('t.fresh', /^start/, 2);
      assert.match(world.log(), /not taken over/);
      await world.killSupervisor();
      const state = JSON.parse(await readFile(statePath(world), 'utf8'));
      await writeFile(statePath(world), JSON.stringify({ ...state, bootId: 'another', bootedOut: ['t.fresh'] }));
      await world.start();
      await world.untilSaid('t.fresh', /^start/, 3);
    }));
});
