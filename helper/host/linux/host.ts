import { namedAccount } from '../../supervisor/account.ts';
import { createClock } from '../clock.ts';
import { createDropCaches } from '../flush-caches.ts';
import type { Host } from '../port.ts';
import { createProber } from '../probe.ts';
import { createBands } from './bands.ts';
import { createExecutableCheck } from './executable.ts';
import { createInspector } from './inspect.ts';
import { createMachineReader } from './machine.ts';
import { missingHere, readStartFacts } from './machine-facts.ts';
import { peerOf, testPeer } from './peer.ts';
import { createIsPortTaken, createPortOwner } from './port-owner.ts';
import { createPortTraffic } from './port-traffic.ts';
import { createPressureEvents } from './pressure-events.ts';
import { createProcessTables } from './process-table.ts';
import { createServices } from './services.ts';
import { signalProcess } from './signals.ts';

export interface LinuxHostOptions {
  /** Where the process file system is; default /proc. Signals go to the machine's processes whatever this says. */
  readonly procRoot?: string;
  /** Where block devices are described; default /sys/block. */
  readonly blockRoot?: string;
  readonly osReleasePath?: string;
  /** Stall within two seconds that makes a pressure event, microseconds; default 100 ms. */
  readonly pressureStallUs?: number;
  /** Most files of processes to keep open; default half of this process's limit, at most 8192. */
  readonly keepDescriptors?: number;
  /** Where the supervisor of services listens; without it there are none. */
  readonly supervisorSocket?: string;
  /** Netlink family that is asked for connections; another one than NETLINK_SOCK_DIAG is refused (for a test). */
  readonly netlinkProtocol?: number;
}

const noGpuLimit = 'Linux sets no limit to what a GPU may hold wired; each driver has its own.';

/** Linux as it is: real memory, processes and signals. Opens files and keeps them; `close` gives them back. */
export const createLinuxHost = (options: LinuxHostOptions = {}): Host => {
  const { procRoot = '/proc', blockRoot = '/sys/block', osReleasePath = '/etc/os-release' } = options;
  const start = readStartFacts(procRoot, osReleasePath);
  const clock = createClock();
  const nowMs = clock.nowMs;
  const machine = createMachineReader({
    procRoot,
    blockRoot,
    pageBytes: start.pageBytes,
    totalBytes: start.totalBytes,
    nowMs,
  });
  const tables = createProcessTables({
    procRoot,
    totalBytes: start.totalBytes,
    nowMs,
    sharedAndSwap: machine.sharedAndSwap,
    ...(options.keepDescriptors === undefined ? {} : { keepDescriptors: options.keepDescriptors }),
  });
  const bands = createBands({ procRoot, mayRaise: start.mayRaise, identify: tables.identify });
  const events = createPressureEvents({
    path: `${procRoot}/pressure/memory`,
    ...(options.pressureStallUs === undefined ? {} : { stallUs: options.pressureStallUs }),
  });
  const services = createServices(options.supervisorSocket ?? null);
  const peer = testPeer();
  const traffic = createPortTraffic(options.netlinkProtocol);
  const prober = createProber({
    ownUid: process.geteuid?.() ?? -1,
    findAccount: async (name) => namedAccount(name),
  });
  const flushCaches = createDropCaches({ uid: process.geteuid?.() ?? -1 });

  return {
    kind: 'linux',
    facts: {
      totalBytes: start.totalBytes,
      pageBytes: start.pageBytes,
      bootId: start.bootId,
      os: start.os,
      missing: missingHere(start, { events: events.missing, peer, traffic: traffic.missing }),
    },
    clock,
    readMachine: (depth) => {
      const reading = machine.read(depth);
      const fact = depth === 'slot' ? services.fact() : null;
      return fact === null ? reading : { ...reading, facts: [...reading.facts, fact] };
    },
    readProcesses: tables.read,
    readChosen: tables.readChosen,
    identify: tables.identify,
    inspect: createInspector(procRoot, tables.identify),
    signal: (id, signal) => signalProcess(id, signal, tables.identify),
    stop: ({ id }) => signalProcess(id, 'SIGSTOP', tables.identify),
    kill: ({ id }) => signalProcess(id, 'SIGKILL', tables.identify),
    readBand: bands.read,
    setBand: bands.set,
    services,
    portTraffic: traffic.read,
    portOwner: createPortOwner(procRoot),
    isPortTaken: createIsPortTaken(procRoot),
    ...(flushCaches === undefined ? {} : { flushCaches }),
    probe: prober.probe,
    isExecutableGone: createExecutableCheck(procRoot, tables.identify),
    gpuLimit: () => ({ kind: 'not_evaluated', why: noGpuLimit }),
    setGpuLimit: () => ({ ok: false, problem: 'unsupported', detail: noGpuLimit }),
    onPressure: events.subscribe,
    // Who cannot tell itself from others must not tell others apart.
    peerOf: peer === null ? peerOf : () => ({ ok: false, detail: peer }),
    close: async () => {
      clock.close();
      events.close();
      services.close();
      traffic.close();
      prober.close();
      tables.close();
      machine.close();
    },
  };
};
