import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { createStandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { createLaunchctlStandIn } from '../fakes/service-launchctl.ts';
import { set } from '../unit/sim-tools.ts';
import { label, look, type Mac, openMac, problemOf } from './launchd-mac.ts';

describe('services in the domain of a user', { skip: standInSkip }, () => {
  const agent = 'com.sanctum.memory-vault';

  const openUser = (): Mac => {
    const mac = openMac();
    mac.launchctl.agents.set(agent, 501);
    mac.stand.accounts.set('neo', { uid: 501, gid: 20, home: '/Users/neo' });
    mac.host.services.locate?.(new Map([[agent, 'gui/501']]));
    return mac;
  };

  test('are listed from within it, and started and ended there', async () => {
    const { sim, launchctl, host } = openUser();
    await host.services.bootout(agent);
    sim.advance(1_000);
    assert.equal(problemOf(await host.services.print(agent)), 'absent');
    await host.services.bootstrap(agent);
    await host.services.print(label);
    assert.deepEqual(
      launchctl.asked.filter(([verb]) => verb !== 'list' && verb !== 'asuser'),
      [
        ['bootout', `gui/501/${agent}`],
        ['print', `gui/501/${agent}`],
        ['bootstrap', 'gui/501', `/Users/neo/Library/LaunchAgents/${agent}.plist`],
        ['kickstart', `gui/501/${agent}`],
        ['print', `gui/501/${agent}`],
        ['print', `system/${label}`],
      ],
    );
  });

  test('are beside those of the system, and not there while nobody is logged in', async () => {
    const pidsOf = ({ sim, stand, launchctl }: Mac) => {
      const host = createDarwinHost({ ...stand, uid: 0, clock: sim.clock, runLaunchctl: launchctl.run });
      // The first look is made before anybody can say where services live.
      assert.equal(host.services.pids()?.has(agent), false);
      host.services.locate?.(
        new Map([
          [agent, 'gui/501'],
          ['com.x', 'gui/../501'],
          ['com.y', 'user/501'],
        ]),
      );
      return { host, sim };
    };
    const mac = openUser();
    const { host } = pidsOf(mac);
    const listed = async (): Promise<unknown> => {
      for (let tries = 0; tries < 50; tries += 1) {
        await look(mac.sim);
        const pid = host.services.pids()?.get(agent);
        if (pid !== undefined) return pid;
      }
      return 'never';
    };
    assert.equal(await listed(), mac.sim.services.pids()?.get(agent));
    assert.equal(host.services.pids()?.get(label), mac.sim.services.pids()?.get(label));
    mac.launchctl.isLoggedOut = true;
    for (let tries = 0; host.services.pids()?.has(agent) === true && tries < 50; tries += 1) await look(mac.sim);
    assert.equal(host.services.pids()?.has(agent), false);
    assert.equal(host.services.pids()?.has(label), true, 'those of the system are known all the same');
    const answer = await host.services.bootstrap(agent);
    assert.ok(!answer.ok && answer.problem === 'failed' && /logged in/.test(answer.detail));
    await host.close();
  });

  test('of a user nobody knows are not started', async () => {
    const { launchctl, host } = openMac();
    launchctl.agents.set(agent, 777);
    host.services.locate?.(new Map([[agent, 'gui/777']]));
    const answer = await host.services.bootstrap(agent);
    assert.ok(!answer.ok && answer.problem === 'failed' && /gui\/777/.test(answer.detail));
    assert.ok(!launchctl.asked.some(([verb]) => verb === 'bootstrap'));
  });
});

describe('launchctl as it behaves', { skip: standInSkip }, () => {
  test('a job drains after its bootout, listed until it is gone, and only 113 says that it is', async () => {
    for (const isSlow of [false, true]) {
      const { sim, launchctl, host } = openMac();
      launchctl.isSlow = isSlow;
      set(sim, 'drain', 'Codestral 20 s');
      assert.equal(problemOf(await host.services.bootout(label)), 'ok', '36 is on its way, too');
      assert.equal(problemOf(await host.services.bootout(label)), 'ok', '37: it has been told already');
      for (const isTerse of [false, true]) {
        launchctl.isTerse = isTerse;
        const early = await host.services.bootstrap(label);
        assert.ok(!early.ok && early.problem === 'ending' && /still ending/.test(early.detail));
      }
      const ending = await host.services.print(label);
      assert.ok(ending.ok && ending.job.pid !== null);
      sim.advance(21_000);
      assert.equal(problemOf(await host.services.print(label)), 'absent');
      assert.equal(problemOf(await host.services.bootout(label)), 'absent');
      assert.equal(problemOf(await host.services.bootstrap(label)), 'ok');
      sim.advance(200);
      assert.equal(problemOf(await host.services.bootstrap(label)), 'already');
    }
  });

  test('a job that does not end is killed at its exit timeout', async () => {
    const { sim, host } = openMac();
    set(sim, 'drain', 'Codestral never');
    await host.services.bootout(label);
    sim.advance(59_000);
    assert.equal(problemOf(await host.services.print(label)), 'ok');
    sim.advance(2_000);
    assert.equal(problemOf(await host.services.print(label)), 'absent');
    assert.equal(sim.world.jobs.get(label)?.lastExit?.signal, 'SIGKILL');
  });

  test('disabled, open to others, in a domain that cannot: each is refused and says what to do', async () => {
    const { sim, launchctl, host } = openMac();
    await host.services.bootout(label);
    sim.advance(5_000);
    const tell = async (): Promise<string> => {
      const answer = await host.services.bootstrap(label);
      assert.ok(!answer.ok);
      return `${answer.problem}: ${answer.detail}`;
    };
    launchctl.disabled.add(label);
    assert.match(await tell(), /^refused: .*launchctl enable.*119/);
    launchctl.isTerse = true;
    assert.match(await tell(), /^failed: .*loaded already, still ending, or disabled.*\(launchctl: 5\)/);
    launchctl.disabled.clear();
    launchctl.open.add(label);
    assert.match(await tell(), /^refused: .*root:wheel.*122/);
    launchctl.unsupported.add(label);
    assert.match(await tell(), /^unsupported: .*125/);
    launchctl.isDead = true;
    assert.match(await tell(), /^failed: .*no answer/);
  });

  test('how a job ended before its start is not told after it, however old the list is', async () => {
    const { sim, host } = openMac();
    const exitIs = async (wanted: number | undefined): Promise<boolean> => {
      for (let tries = 0; tries < 50; tries += 1) {
        await look(sim);
        if (host.services.lastExits().get(label) === wanted) return true;
      }
      return false;
    };
    set(sim, 'server', 'Codestral exits 78');
    await host.services.bootout(label);
    sim.advance(5_000);
    await host.services.bootstrap(label);
    sim.advance(1_000);
    assert.ok(await exitIs(78));
    set(sim, 'server', 'Codestral ok');
    assert.equal(problemOf(await host.services.bootstrap(label)), 'ok');
    assert.equal(host.services.lastExits().has(label), false, 'the list is of before');
    sim.advance(200);
    set(sim, 'signal', 'Codestral KILL');
    assert.ok(await exitIs(-9), 'how it ended since then is told again');
    await host.close();
  });

  test('a job that its property list does not start is kickstarted, loaded before or not', async () => {
    const { sim, launchctl, host } = openMac();
    const pidOf = async (): Promise<number | null> => {
      sim.advance(200);
      const printed = await host.services.print(label);
      assert.ok(printed.ok);
      return printed.job.pid;
    };
    set(sim, 'signal', 'Codestral TERM');
    sim.advance(5_000);
    assert.equal(await pidOf(), null, 'loaded, and not running');
    for (const isTerse of [false, true]) {
      launchctl.isTerse = isTerse;
      launchctl.asked.length = 0;
      assert.equal(problemOf(await host.services.bootstrap(label)), 'ok');
      assert.notEqual(await pidOf(), null);
      const verbs = launchctl.asked.map(([verb]) => verb);
      assert.ok(verbs.includes('kickstart'), verbs.join());
      assert.ok(!verbs.includes('bootout'), verbs.join());
      await host.services.bootout(label);
      sim.advance(5_000);
    }
    launchctl.disabled.add(label);
    launchctl.isTerse = true;
    assert.equal(problemOf(await host.services.bootstrap(label)), 'failed');
  });

  test('a job that cannot start is bootstrapped without complaint, listed with 78, and never taken for a running one', async () => {
    const { sim, host } = openMac();
    set(sim, 'server', 'Codestral no_executable');
    await host.services.bootout(label);
    sim.advance(5_000);
    assert.equal(problemOf(await host.services.bootstrap(label)), 'ok');
    sim.advance(1_000);
    const fresh = createDarwinHost({ ...createStandIn(sim), uid: 0, runLaunchctl: createLaunchctlStandIn(sim).run });
    assert.equal(fresh.services.pids()?.get(label), null, 'listed, and no pid');
    assert.equal(fresh.services.lastExits().get(label), 78);
    assert.equal(fresh.services.lastExits().has('com.sanctum.mlx'), false, '0 of one that runs is no exit');
    const printed = await fresh.services.print(label);
    assert.ok(printed.ok);
    assert.deepEqual([printed.job.pid, printed.job.lastExit], [null, { code: 78, signal: null }]);
    await fresh.close();
  });
});
