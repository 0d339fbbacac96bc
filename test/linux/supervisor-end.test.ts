import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createJobs } from '../../helper/supervisor/jobs.ts';
import { launch } from '../../helper/supervisor/launch.ts';
import type { JobSpec } from '../../helper/supervisor/spec.ts';
import { eventually, isAlive, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

const spec = (label: string, script: string): JobSpec => ({
  label,
  program: '/bin/sh',
  argv: ['/bin/sh', '-c', script],
  environment: {},
  workingDirectory: null,
  keepAlive: true,
  runAtLoad: true,
  throttleSeconds: 10,
  exitTimeoutSeconds: 86_400,
  standardOut: null,
  standardError: null,
  userName: null,
  hasMachServices: false,
});

const deaf = 'trap "" TERM; while :; do sleep 1; done';

/** Jobs without a supervisor around them. */
const jobsOf = (
  specs: readonly JobSpec[],
  more: { readonly lastSeconds?: number; readonly departedMs?: number } = {},
) => {
  const lines: string[] = [];
  const note = (text: string): void => void lines.push(text);
  const jobs = createJobs({
    readServices: () => ({ specs: new Map(specs.map((each) => [each.label, each])), files: new Map(), problems: [] }),
    launch: (each, token) => launch(each, token, { owners: [], seatLogs: '' }, process.getuid?.() ?? 0),
    save: () => {},
    onChange: () => {},
    log: { warn: note, notice: note },
    ...more,
  });
  const pidOf = (label: string): number => jobs.list().find((job) => job.label === label)?.pid ?? -1;
  return { jobs, lines, pidOf };
};

/** The shell has set its trap once it has a child. */
const isUp = async (pid: number): Promise<void> => {
  await eventually('the trap is set', () =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() === '' ? null : true,
  );
};

describe('a supervisor that ends', { skip }, () => {
  test('kills after a while what does not end, whatever its exit timeout, and says so', async () => {
    const { jobs, lines, pidOf } = jobsOf([spec('t.deaf', deaf)], { lastSeconds: 1 });
    jobs.open(null);
    const pid = pidOf('t.deaf');
    await isUp(pid);
    await jobs.drain();
    assert.ok(!isAlive(pid));
    assert.match(lines.join('\n'), /1 told to end; what has not ended in 1 s is killed/);
    assert.match(
      lines.join('\n'),
      /t\.deaf: did not end within the 1 s it has when the supervisor ends and was killed/,
    );
  });

  test('shortens the time of what was booted out before', async () => {
    const { jobs, pidOf } = jobsOf([spec('t.deaf', deaf)], { lastSeconds: 1 });
    jobs.open(null);
    const pid = pidOf('t.deaf');
    await isUp(pid);
    assert.deepEqual(jobs.bootout('t.deaf'), { ok: true });
    await jobs.drain();
    assert.ok(!isAlive(pid));
  });

  test('leaves nothing of a job behind that ended and left a deaf one in its group', async () => {
    const { jobs, lines, pidOf } = jobsOf([spec('t.leaves', `(${deaf}) & wait`)], { lastSeconds: 1 });
    jobs.open(null);
    const pid = pidOf('t.leaves');
    const child = await eventually('its child', () => {
      const found = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
      return found > 0 ? found : null;
    });
    await isUp(child);
    await jobs.drain();
    assert.ok(!isAlive(pid) && !isAlive(child));
    assert.match(lines.join('\n'), /t\.leaves: what it left behind did not end and was killed/);
  });

  test('ends at once at a second signal, and takes its jobs with it', () =>
    withSupervisor(async (world) => {
      await world.define('t.deaf', ['--drain', '600000'], { KeepAlive: true, ExitTimeOut: 3_600 });
      await world.start();
      const pid = await world.untilRunning('t.deaf');
      await world.untilSaid('t.deaf', /^start/);
      const ended = world.stop();
      await world.untilSaid('t.deaf', /^term/);
      assert.ok(isAlive(pid));
      world.child().kill('SIGINT');
      assert.equal(await ended, 0);
      assert.ok(!isAlive(pid));
      assert.match(world.log(), /t\.deaf: did not end before the supervisor was told to hurry and was killed/);
    }));
});

describe('how a job ended that was booted out', { skip }, () => {
  test('is told for a while after it is gone, until it is loaded again', async () => {
    const { jobs, pidOf } = jobsOf([spec('t.a', 'while :; do sleep 1; done'), spec('t.b', 'exit 0')], {
      departedMs: 60,
    });
    jobs.open(null);
    assert.ok(pidOf('t.a') > 0);
    assert.deepEqual(jobs.bootout('t.a'), { ok: true });
    const told = await eventually('it is told', () => jobs.departed().find(({ label }) => label === 't.a') ?? null);
    assert.deepEqual(told.lastExit, { code: null, signal: 'SIGTERM' });
    assert.ok(!jobs.list().some(({ label }) => label === 't.a'));
    await eventually('and no more', () => (jobs.departed().length === 0 ? true : null));
    assert.deepEqual(jobs.bootstrap('t.a'), { ok: true });
    jobs.bootout('t.a');
    await eventually('it is told again', () => (jobs.departed().length === 1 ? true : null));
    assert.deepEqual(jobs.bootstrap('t.a'), { ok: true });
    assert.equal(jobs.departed().length, 0, 'not of the one that runs');
    await jobs.drain();
  });

  test('says of one that did not drain that it was killed, also when an earlier supervisor started it', () =>
    withSupervisor(async (world) => {
      await world.define('t.deaf', ['--drain', '600000'], { RunAtLoad: true, ExitTimeOut: 1 });
      await world.define('t.drains', ['--drain', '10'], { RunAtLoad: true });
      await world.start();
      await world.untilSaid('t.drains', /^start/);
      const first = await world.untilRunning('t.deaf');
      await world.untilSaid('t.deaf', /^start/);
      for (const label of ['t.deaf', 't.drains']) assert.deepEqual(await world.services.bootout(label), { ok: true });
      for (const label of ['t.deaf', 't.drains']) await world.untilGone(label);
      const exits = world.services.lastExits();
      assert.deepEqual([exits.get('t.deaf'), exits.get('t.drains')], [-9, 0]);
      assert.deepEqual(await world.services.bootstrap('t.deaf'), { ok: true });
      await world.untilRunning('t.deaf', first);
      assert.equal(world.services.lastExits().has('t.deaf'), false);
      await world.untilSaid('t.deaf', /^start/, 2);

      await world.killSupervisor();
      await world.start();
      await world.untilRunning('t.deaf', first);
      assert.deepEqual(await world.services.bootout('t.deaf'), { ok: true });
      await world.untilGone('t.deaf');
      assert.equal(world.services.lastExits().get('t.deaf'), -9);
    }));
});
