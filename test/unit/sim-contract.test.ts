import { createSimHost } from '../../helper/host/sim/host.ts';
import type { ProcessSpec } from '../../helper/host/sim/scenario.ts';
import { type HostWorld, hostContract } from './host-contract.ts';

const spec = (footprintBytes: number): ProcessSpec => ({
  name: 'child',
  command: '/usr/local/bin/child --hold',
  uid: 501,
  footprintBytes,
});

const makeWorld = async (): Promise<HostWorld> => {
  // Sockets are not simulated: the host asks whoever it was given.
  const host = createSimHost({
    peerOf: (fd) =>
      fd === 7 ? { ok: true, pid: 4711, uid: 501, gid: 20 } : { ok: false, detail: `${fd} is no socket` },
  });
  let level = 1;
  return {
    host,
    spawn: async (footprintBytes) => host.world.spawn(spec(footprintBytes)).pid,
    kill: async (pid) => {
      host.world.signal(pid, 'SIGKILL');
    },
    advance: async (ms) => host.advance(ms),
    resize: async (pid, footprintBytes) => {
      const answer = host.simulate('footprint', `${pid} ${footprintBytes} B`);
      if (!answer.ok) throw new Error(answer.detail);
    },
    reuse: async (pid) => {
      host.world.spawn(spec(48 * 2 ** 20), pid);
    },
    pressure: async () => {
      level = level === 1 ? 2 : 1;
      host.simulate('kernel_level', String(level));
      host.advance(1_000);
    },
    listener: async () => {
      const address = '127.0.0.1:8200';
      return { pid: host.world.spawn({ ...spec(48 * 2 ** 20), listens: [address] }).pid, address };
    },
    service: async () => 'com.sanctum.memory-vault',
    peer: async () => ({ fd: 7, pid: 4711, uid: 501 }),
    close: async () => {
      for (const p of [...host.world.processes.values()]) host.world.signal(p.pid, 'SIGKILL');
      await host.close();
    },
  };
};

hostContract('sim', makeWorld);
