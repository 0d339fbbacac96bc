import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createServices } from '../../helper/host/linux/services.ts';
import { eventually, withSupervisor } from '../fakes/service-supervisor.ts';

const root = join(import.meta.dirname, '../..');
const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

describe('services of the Linux host', { skip }, () => {
  test('without a supervisor they are not known, and every change says so', async () => {
    for (const path of [null, '/no/such/folder/supervisor.sock']) {
      const services = createServices(path);
      assert.equal(services.pids(), null);
      await eventually('told why', () => services.fact());
      assert.deepEqual(services.fact(), {
        sensor: 'services',
        problem: 'unavailable',
        detail: 'start `castellan supervisor`',
      });
      for (const answer of [
        await services.bootstrap('t.a'),
        await services.bootout('t.a'),
        await services.print('t.a'),
      ]) {
        assert.ok(!answer.ok && answer.problem === 'unsupported');
        assert.match(answer.detail, /No supervisor answers.*\.$/);
      }
      services.close();
      services.close();
    }
  });

  test('they are not known while no supervisor is there, and the next one is found by itself', () =>
    withSupervisor(async (world) => {
      await world.define('t.a', [], { KeepAlive: true });
      await world.start();
      const pid = await world.untilRunning('t.a');
      await world.killSupervisor();
      await eventually('not known', () => (world.services.pids() === null ? true : null));
      assert.match(world.services.fact()?.detail ?? '', /does not answer any more; start `castellan supervisor` again/);
      const answer = await world.services.bootout('t.a');
      assert.ok(!answer.ok && answer.problem === 'unsupported');
      await world.start();
      assert.equal(await world.untilRunning('t.a'), pid);
      assert.equal(world.services.fact(), null);
    }));

  test('a supervisor that ends before it answers, or talks nonsense, is a failure and not a hang', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'castellan-services-'));
    const path = join(folder, 's');
    const says = ['', 'nonsense\n', '{"id":1,"ok":"maybe"}\n', `${'x'.repeat(2 ** 20 + 1)}`];
    let turn = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        const text = says[turn] ?? '';
        turn += 1;
        if (text === '') socket.destroy();
        else socket.write(text);
      });
    }).listen(path);
    await once(server, 'listening');
    const services = createServices(path);
    try {
      for (const [i] of says.entries()) {
        const answer = await eventually('connected', async () => {
          const result = await services.bootstrap('t.a');
          return !result.ok && result.problem === 'unsupported' ? null : result;
        });
        assert.ok(!answer.ok && answer.problem === 'failed', `answer ${i}`);
      }
    } finally {
      services.close();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('a keeper knows them by the socket in its run directory, and they outlive it', () =>
    withSupervisor(async (world) => {
      await world.define('t.seat', [], { KeepAlive: true });
      await world.start();
      const pid = await world.untilRunning('t.seat');
      const main = join(root, 'helper/main.ts');
      const args = ['--no-warnings', main, 'keeper', '--run-dir', world.runDirectory];
      const keeper = spawn(process.execPath, args, { stdio: 'ignore' });
      try {
        const journal = join(world.runDirectory, 'state');
        await eventually('journalled', () => {
          const found = spawnSync('grep', ['-rqa', `t.seat`, journal, '--include=inputs*'], { timeout: 5_000 });
          return found.status === 0 ? true : null;
        });
      } finally {
        keeper.kill('SIGKILL');
        await once(keeper, 'exit');
      }
      assert.equal((await world.print('t.seat')).pid, pid);
    }));
});

describe('the Linux host', { skip }, () => {
  test('never stops or kills the process it runs in', () => {
    const script = `
      import { createLinuxHost } from './helper/host/linux/host.ts';
      import { permitKill, permitStop } from './helper/host/permits.ts';
      const host = createLinuxHost();
      const id = host.identify(process.pid);
      console.log(host.stop(permitStop(id, 'test')).problem, host.kill(permitKill(id, 0)).problem);
      await host.close();`;
    const { stdout, signal } = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    assert.equal(signal, null);
    assert.equal(stdout, 'refused refused\n');
  });
});
