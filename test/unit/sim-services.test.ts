import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { permitKill, permitStop } from '../../helper/host/permits.ts';
import type { Inspection } from '../../helper/host/port.ts';
import { scenarios } from '../../helper/host/sim/default-scenario.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { bySeat, GB, named, set, still } from './sim-tools.ts';

const mlx = 'com.sanctum.mlx';

const inspected = (host: SimHost, name: string): Inspection => {
  const seen = host.inspect(named(host, name).id);
  assert.ok(!('problem' in seen));
  return seen;
};

const problemOf = (result: { readonly ok: boolean; readonly problem?: string }): string | undefined =>
  result.ok ? 'none' : result.problem;

describe('the simulated launchd behind the port', () => {
  test('bootout answers at once, the job drains, and only then it is absent', async () => {
    const host = createSimHost({ scenario: still() });
    const { id } = bySeat(host, 'Cilghal');
    assert.deepEqual(await host.services.bootout(mlx), { ok: true });
    assert.equal(host.services.pids()?.get(mlx), id.pid);
    assert.equal(problemOf(await host.services.bootout(mlx)), 'already');
    assert.equal(problemOf(await host.services.bootstrap(mlx)), 'ending');
    host.advance(1_400);
    assert.equal(host.services.pids()?.get(mlx), id.pid);
    host.advance(200);
    assert.equal(host.services.pids()?.has(mlx), false);
    for (const answer of [await host.services.bootout(mlx), await host.services.print(mlx)]) {
      assert.ok(!answer.ok);
      assert.equal(answer.problem, 'absent');
      assert.match(answer.detail, /113/);
    }
  });

  test('bootstrap starts it again with another pid; a second one finds it loaded', async () => {
    const host = createSimHost({ scenario: still() });
    const before = host.services.pids()?.get(mlx);
    await host.services.bootout(mlx);
    host.advance(2_000);
    assert.deepEqual(await host.services.bootstrap(mlx), { ok: true });
    host.advance(200);
    const after = host.services.pids()?.get(mlx);
    assert.ok(typeof after === 'number' && after !== before);
    assert.equal(problemOf(await host.services.bootstrap(mlx)), 'already');
    assert.equal(problemOf(await host.services.bootstrap('com.sanctum.none')), 'absent');
  });

  test('print tells the exit timeout, Mach services and how the last run ended', async () => {
    const host = createSimHost({ scenario: still() });
    const label = 'com.sanctum.memory-vault';
    const first = await host.services.print(label);
    assert.ok(first.ok);
    assert.deepEqual(first.job, {
      label,
      pid: host.services.pids()?.get(label),
      lastExit: null,
      exitTimeoutSeconds: 5,
      hasMachServices: false,
    });
    set(host, 'signal', `${label} KILL`);
    const crashed = await host.services.print(label);
    assert.ok(crashed.ok);
    assert.deepEqual(crashed.job.lastExit, { code: null, signal: 'SIGKILL' });
    set(host, 'signal', 'Codestral TERM');
    host.advance(2_000);
    const ended = await host.services.print('com.sanctum.mlx-codestral');
    assert.ok(ended.ok);
    assert.deepEqual([ended.job.pid, ended.job.lastExit], [null, { code: 0, signal: null }]);
    const apple = await host.services.print('com.apple.logd');
    assert.ok(apple.ok && apple.job.hasMachServices);
  });

  test('a frozen job that is resumed first exits on TERM; one that is not is killed at its exit timeout', async () => {
    for (const resumes of [true, false]) {
      const host = createSimHost({ scenario: still() });
      const { id } = bySeat(host, 'Cilghal');
      host.stop(permitStop(id, 'test'));
      if (resumes) host.signal(id, 'SIGCONT');
      await host.services.bootout(mlx);
      host.advance(10_000);
      assert.equal(host.services.pids()?.has(mlx), !resumes);
      host.advance(51_000);
      assert.equal(host.services.pids()?.has(mlx), false);
      const { lastExit } = host.world.jobs.get(mlx) ?? {};
      assert.equal(lastExit?.signal, resumes ? null : 'SIGKILL');
    }
  });
});

describe('inspection of simulated processes', () => {
  test('seats listen, virtual machines are hypervisors, what Apple ships is platform', () => {
    const host = createSimHost({ scenario: still() });
    assert.deepEqual(inspected(host, 'sanctum-mlx').listening, ['127.0.0.1:1337']);
    for (const name of ['qemu-system-aarch64', 'OrbStack Helper'])
      assert.equal(inspected(host, name).isHypervisor, true, name);
    for (const name of ['launchd', 'WindowServer', 'Finder'])
      assert.equal(inspected(host, name).isPlatform, true, name);
    const zim = inspected(host, 'kiwix-serve');
    assert.deepEqual([zim.listening, zim.isPlatform, zim.isTraced], [['0.0.0.0:8300'], false, false]);
  });

  test('a helper is in the group of what started it, and rows say the same', () => {
    const host = createSimHost({ scenario: still() });
    const chrome = named(host, 'Google Chrome');
    const helper = named(host, 'Google Chrome Helper (GPU)');
    assert.equal(chrome.processGroup, chrome.id.pid);
    assert.equal(helper.processGroup, chrome.id.pid);
    assert.equal(inspected(host, 'Google Chrome Helper (GPU)').processGroup, chrome.id.pid);
  });
});

describe('wired memory after a kill', () => {
  const wiredBytes = (host: SimHost): number => host.readMachine('slot').wiredBytes;
  const leaky = () => scenarios.find((each) => each.name === 'wired_leak') ?? still();

  const lostBy = (host: SimHost, end: () => void): number => {
    const cilghal = bySeat(host, 'Cilghal');
    const before = wiredBytes(host) - (cilghal.wiredBytes ?? 0);
    end();
    host.advance(5_000);
    const gone = !host.readProcesses().processes.some((p) => p.id.pid === cilghal.id.pid);
    assert.ok(gone);
    const back = host.services.pids()?.get(mlx);
    const again = host.readProcesses().processes.find((p) => p.id.pid === back)?.wiredBytes ?? 0;
    return wiredBytes(host) - again - before;
  };

  test('in the scenario wired_leak a KILL leaves 60 % of it wired for good', () => {
    const host = createSimHost({ scenario: leaky() });
    const lost = lostBy(host, () => host.kill(permitKill(bySeat(host, 'Cilghal').id, 0)));
    assert.ok(Math.abs(lost - 0.6 * 18 * GB) < 0.01 * GB, `${lost / GB}`);
    const wired = wiredBytes(host);
    set(host, 'service', `${mlx} down`);
    host.advance(600_000);
    assert.ok(wiredBytes(host) > 0.6 * 18 * GB, `${wired} stays`);
    set(host, 'scenario', 'still');
    assert.ok(wiredBytes(host) < 24 * GB, 'another machine, another boot');
  });

  test('TERM leaves nothing behind, and elsewhere a KILL leaves nothing either', () => {
    const term = createSimHost({ scenario: leaky() });
    assert.ok(Math.abs(lostBy(term, () => void set(term, 'service', `${mlx} down`))) < 0.01 * GB);
    const kill = createSimHost({ scenario: still() });
    assert.ok(Math.abs(lostBy(kill, () => void set(kill, 'signal', 'Cilghal KILL'))) < 0.01 * GB);
  });

  test('sim set wired_leak turns it on and off, and refuses what is no share', () => {
    const host = createSimHost({ scenario: still() });
    set(host, 'wired_leak', '50');
    const lost = lostBy(host, () => void set(host, 'kill', 'Cilghal'));
    assert.ok(Math.abs(lost - 9 * GB) < 0.01 * GB, `${lost / GB}`);
    for (const wrong of ['101', 'much', '-1', '']) assert.ok(!host.simulate('wired_leak', wrong).ok, wrong);
  });
});
