import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import type { ProcessSpec } from '../../helper/host/sim/scenario.ts';
import { createStandIn } from '../fakes/libsystem.ts';
import { standInSkip } from '../fakes/libsystem-build.ts';
import { createLaunchctlOn } from '../fakes/service-launchctl.ts';
import { realProbes } from '../fakes/service-probes.ts';
import { type HostWorld, hostContract } from '../unit/host-contract.ts';
import { bySeat } from '../unit/sim-tools.ts';

const spec = (footprintBytes: number): ProcessSpec => ({
  name: 'child',
  command: '/usr/local/bin/child --hold',
  uid: 501,
  footprintBytes,
});

const makeWorld = async (): Promise<HostWorld> => {
  const sim = createSimHost();
  const stand = createStandIn(sim);
  const host = createDarwinHost({ ...stand, uid: 0, clock: sim.clock, runLaunchctl: createLaunchctlOn(sim) });
  const change = (key: string, value: string): void => {
    const answer = sim.simulate(key, value);
    if (!answer.ok) throw new Error(answer.detail);
  };
  return {
    host,
    spawn: async (footprintBytes) => sim.world.spawn(spec(footprintBytes)).pid,
    kill: async (pid) => change('kill', String(pid)),
    advance: async (ms) => {
      sim.advance(ms);
      // Threads and children of this machine get their turn, too.
      await sleep(2);
    },
    resize: async (pid, footprintBytes) => change('footprint', `${pid} ${footprintBytes} B`),
    reuse: async (pid) => {
      sim.world.spawn(spec(48 * 2 ** 20), pid);
      return true;
    },
    peer: async () => {
      stand.peers.set(7, { pid: 4711, uid: 501, gid: 20 });
      return { fd: 7, pid: 4711, uid: 501 };
    },
    lacks: {
      traffic: 'no documented call of macOS tells of traffic at ports',
    },
    probes: realProbes,
    mortalExecutable: async () => {
      const pid = bySeat(sim, 'Codestral').id.pid;
      return {
        pid,
        remove: async () => {
          stand.executables.set(pid, '/no/such/program');
        },
      };
    },
    brokenService: async () => {
      change('server', 'Codestral exits 78');
      change('service', 'Codestral down');
      sim.advance(5_000);
      change('service', 'Codestral up');
      return { label: 'com.sanctum.mlx-codestral', exit: 78, running: 'com.sanctum.mlx' };
    },
    listener: async () => {
      const address = '127.0.0.1:8200';
      return { pid: sim.world.spawn({ ...spec(48 * 2 ** 20), listens: [address] }).pid, address };
    },
    service: async () => 'com.sanctum.memory-vault',
    onCall: async () => {
      change('signal', 'Codestral TERM');
      return 'com.sanctum.mlx-codestral';
    },
    pressure: async () => {
      const before = stand.delivered();
      const isHeard = stand.waiting() > 0;
      stand.pressure();
      for (let tries = 0; isHeard && stand.delivered() === before && tries < 2_000; tries += 1) await sleep(1);
      await sleep(20);
    },
    close: () => host.close(),
  };
};

if (standInSkip === false) hostContract('darwin on a stand-in libSystem', makeWorld);
else test('host contract: darwin on a stand-in libSystem', { skip: standInSkip });
