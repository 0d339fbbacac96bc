import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { supervisorSocketPath } from '../../helper/supervisor/places.ts';
import { eventually, isAlive, type SupervisorWorld, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

/** SIGTERM is bit 14 of the pending masks (proc_pid_status(5)). */
const hasPendingTerm = (pid: number): boolean => {
  const masks = [...readFileSync(`/proc/${pid}/status`, 'latin1').matchAll(/^(?:Sig|Shd)Pnd:\s+([0-9a-f]+)$/gm)];
  return masks.some(([, mask]) => (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n);
};

/** All threads have halted: until then one of them may still take a TERM. */
const stopped = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGSTOP');
  await eventually('stopped', () => (/^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'latin1')) ? true : null));
};

const startsOf = async (world: SupervisorWorld, label: string): Promise<readonly number[]> =>
  (await world.said(label)).flatMap((line) => /^start \d+ ([\d.]+)$/.exec(line)?.[1] ?? []).map(Number);

describe('a supervised service', { skip, concurrency: 4 }, () => {
  test('is started at load when it is to run then or always, and else when it is asked for', () =>
    withSupervisor(async (world) => {
      await world.define('t.always', [], { KeepAlive: true });
      await world.define('t.load', [], { RunAtLoad: true });
      await world.define('t.asked', []);
      await world.start();
      await world.untilRunning('t.always');
      await world.untilRunning('t.load');
      assert.equal(world.services.pids()?.get('t.asked'), null);
      const job = await world.print('t.asked');
      assert.deepEqual(job, {
        label: 't.asked',
        pid: null,
        lastExit: null,
        exitTimeoutSeconds: 20,
        hasMachServices: false,
      });
    }));

  test('runs in a group and a session of its own, with launchd’s environment and nothing of the supervisor’s', () =>
    withSupervisor(async (world) => {
      await world.define('t.env', [], {
        KeepAlive: true,
        EnvironmentVariables: { MODEL: 'codestral' },
        WorkingDirectory: '/usr',
      });
      await world.start();
      const pid = await world.untilRunning('t.env');
      await world.untilSaid('t.env', /^start/);
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      assert.deepEqual(fields.slice(2, 4), [String(pid), String(pid)]);
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter((each) => each !== '');
      const names = environment.map((each) => each.split('=')[0]).sort();
      assert.deepEqual(names, ['CASTELLAN_START', 'HOME', 'LOGNAME', 'MODEL', 'PATH', 'USER', 'XPC_SERVICE_NAME']);
    }));

  test('that drains slowly exits by itself when its exit timeout allows', () =>
    withSupervisor(async (world) => {
      await world.define('t.slow', ['--drain', '3000'], { KeepAlive: true, ExitTimeOut: 30 });
      await world.start();
      const pid = await world.untilRunning('t.slow');
      await world.untilSaid('t.slow', /^start/);
      assert.deepEqual(await world.services.bootout('t.slow'), { ok: true });
      await world.untilSaid('t.slow', /^term/);
      assert.equal(world.services.pids()?.get('t.slow'), pid, 'it is listed until it has ended');
      const again = await world.services.bootout('t.slow');
      assert.ok(!again.ok && again.problem === 'already');
      const early = await world.services.bootstrap('t.slow');
      assert.ok(!early.ok && early.problem === 'ending');
      await world.untilGone('t.slow');
      assert.ok((await world.said('t.slow')).includes('drained'));
      assert.ok(!isAlive(pid));
      assert.doesNotMatch(world.log(), /was killed/);
      const gone = await world.services.print('t.slow');
      assert.ok(!gone.ok && gone.problem === 'absent');
    }));

  test('that drains longer than its exit timeout is killed, and that is said', () =>
    withSupervisor(async (world) => {
      await world.define('t.slow', ['--drain', '30000'], { KeepAlive: true, ExitTimeOut: 1 });
      await world.start();
      const pid = await world.untilRunning('t.slow');
      await world.untilSaid('t.slow', /^start/);
      await world.services.bootout('t.slow');
      await world.untilGone('t.slow');
      assert.ok(!isAlive(pid));
      const lines = await world.said('t.slow');
      assert.ok(lines.includes('term') && !lines.includes('drained'));
      await eventually('said', () =>
        /t\.slow: did not end within 1 s of TERM and was killed/.test(world.log()) ? true : null,
      );
    }));

  test('that is stopped cannot handle TERM: it stays pending, and the KILL comes at the exit timeout', () =>
    withSupervisor(async (world) => {
      await world.define('t.frozen', ['--drain', '10'], { KeepAlive: true, ExitTimeOut: 2 });
      await world.start();
      const pid = await world.untilRunning('t.frozen');
      await world.untilSaid('t.frozen', /^start/);
      await stopped(pid);
      await world.services.bootout('t.frozen');
      assert.ok(hasPendingTerm(pid));
      await world.untilGone('t.frozen');
      assert.ok(!isAlive(pid));
      assert.ok(!(await world.said('t.frozen')).includes('term'), 'the handler never ran');
    }));

  test('that was stopped and is resumed first exits on TERM without a KILL', () =>
    withSupervisor(async (world) => {
      await world.define('t.frozen', ['--drain', '10'], { KeepAlive: true, ExitTimeOut: 30 });
      await world.start();
      const pid = await world.untilRunning('t.frozen');
      await world.untilSaid('t.frozen', /^start/);
      await stopped(pid);
      process.kill(pid, 'SIGCONT');
      await world.services.bootout('t.frozen');
      await world.untilGone('t.frozen');
      assert.ok((await world.said('t.frozen')).includes('drained'));
      assert.doesNotMatch(world.log(), /was killed/);
    }));

  test('that crashes is started again, never sooner than its throttle interval after its last start', () =>
    withSupervisor(async (world) => {
      await world.define('t.crash', ['--exit', '3'], { KeepAlive: true, ThrottleInterval: 2 });
      await world.start();
      await world.untilSaid('t.crash', /^start/, 3);
      assert.deepEqual((await world.print('t.crash')).lastExit, { code: 3, signal: null });
      const starts = await startsOf(world, 't.crash');
      // From one start of node to the next: each takes as long as the other, give or take what the machine does.
      for (const [i, start] of starts.entries())
        if (i > 0) assert.ok(start - (starts[i - 1] ?? 0) > 1_000, `${starts}`);
    }));

  test('that is killed is started again with another pid, and how it ended is kept', () =>
    withSupervisor(async (world) => {
      await world.define('t.killed', [], { KeepAlive: true, ThrottleInterval: 1 });
      await world.start();
      const first = await world.untilRunning('t.killed');
      await world.untilSaid('t.killed', /^start/);
      process.kill(first, 'SIGKILL');
      const second = await world.untilRunning('t.killed', first);
      assert.ok(isAlive(second) && !isAlive(first));
      assert.deepEqual((await world.print('t.killed')).lastExit, { code: null, signal: 'SIGKILL' });
    }));

  test('without KeepAlive that ended stays away, with its exit code', () =>
    withSupervisor(async (world) => {
      await world.define('t.once', ['--exit', '0'], { RunAtLoad: true });
      await world.start();
      await world.untilSaid('t.once', /^start/);
      await eventually('ended', () => (world.services.pids()?.get('t.once') === null ? true : null));
      assert.deepEqual((await world.print('t.once')).lastExit, { code: 0, signal: null });
    }));

  test('whose program is not there counts as ended with 78, as with launchd, and harms nobody', () =>
    withSupervisor(async (world) => {
      await world.define('t.none', [], { ProgramArguments: ['/no/such/program'], KeepAlive: true });
      await world.define('t.other', [], { KeepAlive: true });
      await world.define('t.folder', [], { KeepAlive: true, WorkingDirectory: '/no/such/folder' });
      await world.start();
      await world.untilRunning('t.other');
      for (const label of ['t.none', 't.folder']) {
        const job = await world.print(label);
        assert.deepEqual([job.pid, job.lastExit], [null, { code: 78, signal: null }], label);
      }
      assert.match(world.log(), /t\.none: not started: \/no\/such\/program/);
    }));

  test('is told to end with all of its group, and what it leaves behind as well', () =>
    withSupervisor(async (world) => {
      await world.define('t.group', ['--spawn', '50'], { KeepAlive: true });
      await world.start();
      await world.untilRunning('t.group');
      const child = Number((await world.untilSaid('t.group', /^child (\d+)/))[1]);
      await world.untilSaid('t.group', new RegExp(`^start ${child} `));
      await world.services.bootout('t.group');
      await world.untilGone('t.group');
      await eventually('the child ended', () => (isAlive(child) ? null : true));
      assert.ok((await world.said('t.group')).includes('drained'));
    }));

  test('can be run as another account by root only', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () =>
    withSupervisor(async (world) => {
      await world.define('t.nobody', [], {
        ProgramArguments: ['/bin/sleep', '600'],
        KeepAlive: true,
        UserName: 'nobody',
      });
      await world.define('t.stranger', [], { KeepAlive: true, UserName: 'no-such-account' });
      await world.start();
      const pid = await world.untilRunning('t.nobody');
      await eventually('changed', () =>
        /^Uid:\t65534\t65534\t65534\t65534$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1')) ? true : null,
      );
      assert.match(readFileSync(`/proc/${pid}/status`, 'latin1'), /^Groups:\s*$/m);
      assert.deepEqual((await world.print('t.stranger')).lastExit, { code: 78, signal: null });
    }),
  );
});

describe('a supervisor', { skip, concurrency: 4 }, () => {
  test('that is asked to stop ends all its jobs first, and leaves neither socket nor state', () =>
    withSupervisor(async (world) => {
      await world.define('t.a', ['--drain', '500'], { KeepAlive: true });
      await world.define('t.b', ['--drain', '10'], { KeepAlive: true });
      await world.start();
      const pids = [await world.untilRunning('t.a'), await world.untilRunning('t.b')];
      for (const label of ['t.a', 't.b']) await world.untilSaid(label, /^start/);
      assert.equal(await world.stop(), 0);
      for (const pid of pids) assert.ok(!isAlive(pid));
      for (const label of ['t.a', 't.b']) assert.ok((await world.said(label)).includes('drained'), label);
      assert.ok(!existsSync(supervisorSocketPath(world.runDirectory)));
      assert.ok(!existsSync(join(world.runDirectory, 'state/supervisor.json')));
    }));

  test('is alone in its run directory', () =>
    withSupervisor(async (world) => {
      await world.define('t.a', [], { KeepAlive: true });
      await world.start();
      const pid = await world.untilRunning('t.a');
      assert.equal(await world.startSecond(), 75);
      assert.equal((await world.print('t.a')).pid, pid);
    }));
});
