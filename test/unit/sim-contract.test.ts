import { createSimHost } from '../../helper/host/sim/host.ts';
import type { ProcessSpec } from '../../helper/host/sim/scenario.ts';
import { type HostWorld, hostContract } from './host-contract.ts';
import { bySeat, set } from './sim-tools.ts';

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
      return true;
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
    onCall: async () => {
      set(host, 'signal', 'Codestral TERM');
      return 'com.sanctum.mlx-codestral';
    },
    traffic: async () => {
      set(host, 'clients', 'Codestral 3');
      return {
        port: 1339,
        connections: 3,
        move: async () => {
          set(host, 'clients', 'Codestral 3 200 KB/s');
          host.advance(1_000);
          set(host, 'clients', 'Codestral 3');
        },
        end: async () => void set(host, 'clients', 'Codestral 0'),
      };
    },
    probes: async () => {
      const spec = { argv: null, user: null, timeoutMs: 300 };
      set(host, 'server', 'com.sanctum.reranker never_ready');
      set(host, 'server', 'com.sanctum.memory-vault hangs');
      return {
        yes: { ...spec, label: 'com.sanctum.mlx' },
        no: { ...spec, label: 'com.sanctum.reranker' },
        hangs: { ...spec, label: 'com.sanctum.memory-vault' },
      };
    },
    mortalExecutable: async () => ({
      pid: bySeat(host, 'Codestral').id.pid,
      remove: async () => void set(host, 'server', 'Codestral no_executable'),
    }),
    brokenService: async () => {
      set(host, 'server', 'Codestral exits 78');
      set(host, 'service', 'Codestral down');
      host.advance(5_000);
      set(host, 'service', 'Codestral up');
      return { label: 'com.sanctum.mlx-codestral', exit: 78, running: 'com.sanctum.mlx' };
    },
    peer: async () => ({ fd: 7, pid: 4711, uid: 501 }),
    close: async () => {
      for (const p of [...host.world.processes.values()]) host.world.signal(p.pid, 'SIGKILL');
      await host.close();
    },
  };
};

hostContract('sim', makeWorld);
