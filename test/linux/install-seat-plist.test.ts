import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runsWithOtherWired } from '../../helper/arbiter/wired-argument.ts';
import { GB, type SeatConfig } from '../../helper/config/config.ts';
import { definePlists } from '../../helper/install/define-plists.ts';
import { seatOf } from '../fakes/arbiter-world.ts';
import { eventually, type SupervisorWorld, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

const program = join(import.meta.dirname, '../fakes/service-job.ts');

/** A program that takes its wired limit for a drain: what matters is that it is told. */
const seat = (change: Partial<SeatConfig> = {}): SeatConfig =>
  seatOf({
    name: 'codestral',
    label: 't.codestral',
    command: [process.execPath, '--no-warnings', program],
    wiredArgument: ['--drain', '{mb}'],
    wiredBytes: 2 * GB,
    drainSeconds: 5,
    ...change,
  });

const commandOf = async (pid: number): Promise<string> =>
  eventually('the program itself', async () => {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim();
    return command.includes('service-job') ? command : null;
  });

const defined = async (world: SupervisorWorld, one: SeatConfig): Promise<readonly string[]> => {
  const told: string[] = [];
  await definePlists(world.services, [one], (level, text) => told.push(`${level}: ${text}`), world.runDirectory);
  return told;
};

describe('a seat that castellan.toml gives a command', { skip }, () => {
  test('is started by a bootstrap with its wired limit, and ends without coming back', () =>
    withSupervisor(async (world) => {
      await world.start();
      assert.match((await defined(world, seat())).join(), /^notice: The property list of codestral/);
      assert.deepEqual(await defined(world, seat()), [], 'once written it is as it should be');
      assert.deepEqual(await world.services.bootstrap('t.codestral'), { ok: true });
      const pid = await world.untilRunning('t.codestral');
      const command = await commandOf(pid);
      assert.ok(command.endsWith('--drain 2048'), command);
      assert.equal(runsWithOtherWired(seat(), [command]), false);
      assert.equal((await world.print('t.codestral')).exitTimeoutSeconds, 35);

      const other = seat({ wiredBytes: 3 * GB });
      assert.equal((await defined(world, other)).length, 1);
      assert.equal(runsWithOtherWired(other, [command]), true, 'the running one has the old limit');
      assert.equal(await world.untilRunning('t.codestral'), pid);
      assert.deepEqual(await world.services.bootout('t.codestral'), { ok: true });
      await world.untilGone('t.codestral');
      assert.deepEqual(await world.services.bootstrap('t.codestral'), { ok: true });
      const next = await world.untilRunning('t.codestral', pid);
      assert.equal(runsWithOtherWired(other, [await commandOf(next)]), false, 'the next start has the new one');

      process.kill(next, 'SIGKILL');
      await eventually('on call, it stays down', async () =>
        (await world.print('t.codestral')).pid === null ? true : null,
      );

      // Listed and not running: what it was loaded with is older than its property list.
      await defined(world, seat({ wiredBytes: GB }));
      assert.deepEqual(await world.services.bootstrap('t.codestral'), { ok: true });
      const last = await world.untilRunning('t.codestral', next);
      assert.ok((await commandOf(last)).endsWith('--drain 1024'));
      assert.equal((await world.print('t.codestral')).lastExit, null);
    }));

  test('starts with the supervisor when it is protected; on call it waits for its bootstrap, at every start anew', () =>
    withSupervisor(async (world) => {
      await world.start();
      const cilghal = seat({ name: 'cilghal', class: 'protected', label: 't.cilghal', band: 'CRITICAL' });
      for (const one of [seat(), cilghal]) assert.equal((await defined(world, one)).length, 1);
      assert.equal(await world.stop(), 0);
      const startOnCall = async (): Promise<number> => {
        assert.equal(world.services.pids()?.get('t.codestral'), null, 'listed, and not running');
        assert.equal((await world.print('t.codestral')).pid, null);
        assert.deepEqual(await world.services.bootstrap('t.codestral'), { ok: true });
        const pid = await world.untilRunning('t.codestral');
        assert.ok((await commandOf(pid)).endsWith('--drain 2048'));
        const again = await world.services.bootstrap('t.codestral');
        assert.ok(!again.ok && again.problem === 'already');
        return pid;
      };

      // By the property lists alone, as after the start of a machine.
      await world.start();
      const kept = await world.untilRunning('t.cilghal');
      const ended = await startOnCall();

      // Over what a supervisor that was killed has left.
      process.kill(ended, 'SIGKILL');
      await eventually('it has ended', async () => ((await world.print('t.codestral')).pid === null ? true : null));
      await world.killSupervisor();
      await world.start();
      assert.equal(await world.untilRunning('t.cilghal'), kept);
      await startOnCall();
    }));
});
