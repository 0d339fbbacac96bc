import { createClock } from '../clock.ts';
import type { Host, MachineFacts } from '../port.ts';
import { createProber } from '../probe.ts';
import type { SensorFact } from '../reading.ts';
import { createAccounts } from './accounts.ts';
import { createActs } from './acts.ts';
import { oldestDarwin } from './bindings.ts';
import { createCounters } from './counters.ts';
import { createDomains } from './domains.ts';
import { createExecutableCheck, type FileExists, fileExists } from './executable.ts';
import { createGpuLimits } from './gpu-limit.ts';
import { createLaunchctl } from './launchctl.ts';
import { bindNative, type NativeOptions } from './native.ts';
import { createPeerOf } from './peer.ts';
import { createPressureEvents } from './pressure-events.ts';
import { createProcesses } from './processes.ts';
import { createServices, type RunLaunchctl } from './services.ts';
import { createSysctl, type Sysctl } from './sysctl.ts';

export interface DarwinOptions extends NativeOptions {
  /** Effective uid of this process; default: as it is. */
  readonly uid?: number;
  readonly runLaunchctl?: RunLaunchctl;
  /** Default: what the file system says. */
  readonly fileExists?: FileExists;
}

/** What only root gets to see or do. */
const rootless: readonly string[] = [
  'Footprints and command lines of other users’ processes cannot be read without root.',
  'Jetsam bands cannot be set or read without root.',
  'Processes of other users cannot be signalled without root.',
];

/** The counters are in private structures (`net.inet.tcp.pcblist_n`) that no header promises. */
const noTraffic = 'How many bytes move at a port is not told by any documented call: traffic at ports is not measured.';

const readFacts = (sysctl: Sysctl, uid: number): MachineFacts & { readonly darwinMajor: number } => {
  const missing: string[] = uid === 0 ? [noTraffic] : [...rootless, noTraffic];
  const numberOf = (name: string, instead: number): number => {
    const read = sysctl.number(name);
    if (!read.ok) missing.push(`The sysctl ${read.detail.replace(/\.$/, '')}, so ${instead} is taken for it.`);
    return read.ok ? read.value : instead;
  };
  const textOf = (name: string): string | null => {
    const read = sysctl.text(name);
    return read.ok && read.value !== '' ? read.value : null;
  };
  const darwinMajor = Number.parseInt(textOf('kern.osrelease') ?? '', 10) || 0;
  if (darwinMajor < oldestDarwin) missing.push('This is older than macOS 13: jetsam bands are not set.');
  const bootId = textOf('kern.bootsessionuuid');
  if (bootId === null) missing.push('The boot session cannot be read: nothing kept from before a restart is trusted.');
  return {
    totalBytes: numberOf('hw.memsize', 0),
    pageBytes: numberOf('hw.pagesize', 16_384),
    bootId: bootId ?? `unknown-${process.pid}-${Date.now()}`,
    os: `macOS ${textOf('kern.osproductversion') ?? 'of unknown version'} (${textOf('kern.osversion') ?? 'unknown build'})`,
    missing,
    darwinMajor,
  };
};

/**
 * A Mac. Every reading is a call of libSystem through koffi into memory that is allocated once; there are no callbacks
 * from native threads. Tried against a stand-in libSystem only: nobody has seen this file run on a Mac.
 */
export const createDarwinHost = (options: DarwinOptions = {}): Host => {
  const native = bindNative(options);
  const sysctl = createSysctl(native);
  const uid = options.uid ?? process.geteuid?.() ?? -1;
  const { darwinMajor, ...facts } = readFacts(sysctl, uid);
  const clock = createClock();
  const { nowMs } = clock;
  const counters = createCounters({ native, sysctl, nowMs, totalBytes: facts.totalBytes, pageBytes: facts.pageBytes });
  const processes = createProcesses(native, sysctl, nowMs);
  const acts = createActs(native, processes.identify, darwinMajor);
  const events = createPressureEvents(native);
  const gpu = createGpuLimits(sysctl);
  const accounts = createAccounts(native);
  const domains = createDomains();
  const findHome = async (user: number): Promise<string | null> => (await accounts.byUid(user))?.home ?? null;
  const prober = createProber({ ownUid: uid, findAccount: accounts.byName });
  const services = createServices(nowMs, options.runLaunchctl, domains);
  // So that the first pass over the table finds the seats.
  services.read();

  return {
    kind: 'darwin',
    facts,
    clock,
    readMachine: (depth) => {
      const reading = counters.read(depth);
      if (depth === 'fast') return reading;
      const failing = [events.fact(), services.fact()].filter((fact): fact is SensorFact => fact !== null);
      return failing.length === 0 ? reading : { ...reading, facts: [...reading.facts, ...failing] };
    },
    readProcesses: processes.table,
    readChosen: processes.chosen,
    identify: processes.identify,
    inspect: processes.inspect,
    signal: acts.signal,
    stop: ({ id }) => acts.signal(id, 'SIGSTOP'),
    kill: ({ id }) => acts.signal(id, 'SIGKILL'),
    readBand: acts.readBand,
    setBand: acts.setBand,
    services: {
      pids: services.read,
      lastExits: services.exits,
      locate: domains.locate,
      ...createLaunchctl(options.runLaunchctl, domains, findHome, services.started),
    },
    portTraffic: () => null,
    probe: prober.probe,
    isExecutableGone: createExecutableCheck(native, processes.identify, options.fileExists ?? fileExists),
    gpuLimit: gpu.read,
    setGpuLimit: gpu.set,
    onPressure: events.subscribe,
    peerOf: createPeerOf(native),
    close: async () => {
      clock.close();
      prober.close();
      await events.close();
    },
  };
};
