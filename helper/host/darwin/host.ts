import { createClock, type RealClock } from '../clock.ts';
import { createPurge } from '../flush-caches.ts';
import type { Host, MachineFacts } from '../port.ts';
import { createProber } from '../probe.ts';
import type { SensorFact } from '../reading.ts';
import { createAccounts } from './accounts.ts';
import { createBands } from './band-control.ts';
import { oldestDarwin } from './bindings.ts';
import { createCounters } from './counters.ts';
import { createDomains } from './domains.ts';
import { createExecutableCheck, type FileExists, fileExists } from './executable.ts';
import { createGpuLimits } from './gpu-limit.ts';
import { createInspector } from './inspect.ts';
import { createCompressedShares } from './jetsam-snapshot.ts';
import { createLaunchctl } from './launchctl.ts';
import { bindNative, type NativeOptions } from './native.ts';
import { createPortOwner } from './port-owner.ts';
import { createPressureEvents } from './pressure-events.ts';
import { createProcessCalls } from './process-calls.ts';
import { createProcesses } from './processes.ts';
import { type CodeOptions, createCodeSigning } from './security-host.ts';
import { createSelfPriority } from './self-priority.ts';
import { createServices, type RunLaunchctl } from './services.ts';
import { createSignals } from './signals.ts';
import { createListening } from './sockets.ts';
import { createSysctl, type Sysctl } from './sysctl.ts';

export interface DarwinOptions extends NativeOptions, CodeOptions {
  /** Effective uid of this process; default: as it is. */
  readonly uid?: number;
  readonly runLaunchctl?: RunLaunchctl;
  /** Default: that of this machine. */
  readonly clock?: RealClock;
  /** Default: what the file system says. */
  readonly fileExists?: FileExists;
}

/** What only root gets to see or do. */
const rootless: readonly string[] = [
  'Footprints and command lines of other users’ processes cannot be read without root.',
  'Jetsam bands cannot be set or read without root.',
  'Processes of other users cannot be signalled without root.',
];

/**
 * The counters are in private structures (`net.inet.tcp.pcblist_n`) that no header promises. What sys/proc_info.h shows of a
 * socket is how much waits in its buffers now: a stream that is read as fast as it comes waits nowhere.
 */
const noTraffic = 'How many bytes move at a port is not told by any documented call: traffic at ports is not measured.';

/**
 * What the kernel has pages of: some of the memory is set aside before it starts, and is in none of its counters. Told since
 * macOS 15; before, all of it is taken.
 */
const usableOf = (sysctl: Sysctl, totalBytes: number): number => {
  const usable = sysctl.number('hw.memsize_usable');
  return usable.ok && usable.value <= totalBytes && usable.value >= totalBytes / 2 ? usable.value : totalBytes;
};

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
  const totalBytes = numberOf('hw.memsize', 0);
  return {
    totalBytes: usableOf(sysctl, totalBytes),
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
  const clock = options.clock ?? createClock();
  const { nowMs } = clock;
  const counters = createCounters({ native, sysctl, nowMs, totalBytes: facts.totalBytes, pageBytes: facts.pageBytes });
  const calls = createProcessCalls(native, sysctl);
  const processes = createProcesses(native, calls, nowMs);
  const listening = createListening(native);
  const signal = createSignals(native, calls);
  const bands = createBands(native, calls, darwinMajor);
  const events = createPressureEvents(native);
  const gpu = createGpuLimits(sysctl);
  const accounts = createAccounts(native);
  const domains = createDomains();
  const findHome = async (user: number): Promise<string | null> => (await accounts.byUid(user))?.home ?? null;
  const prober = createProber({ ownUid: uid, findAccount: accounts.byName });
  const services = createServices(nowMs, options.runLaunchctl, domains);
  const code = createCodeSigning(native, options);
  const flushCaches = createPurge({ uid });
  // So that the first pass over the table finds the seats.
  services.read();

  return {
    kind: 'darwin',
    facts: { ...facts, missing: [...facts.missing, ...code.missing] },
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
    inspect: createInspector(native, calls, listening),
    signal,
    stop: ({ id }) => signal(id, 'SIGSTOP'),
    kill: ({ id }) => signal(id, 'SIGKILL'),
    readBand: bands.readBand,
    setBand: bands.setBand,
    readCompressedShares: createCompressedShares({
      native,
      uniqueIdOf: calls.uniqueIdOf,
      nowMs,
      pageBytes: facts.pageBytes,
    }),
    raiseSelf: createSelfPriority({ native, identify: processes.identify, setBand: bands.setBand }),
    services: {
      pids: services.read,
      lastExits: services.exits,
      locate: domains.locate,
      ...createLaunchctl(options.runLaunchctl, domains, findHome, services.started),
    },
    portTraffic: () => null,
    portOwner: createPortOwner(calls, processes, listening),
    ...(flushCaches === undefined ? {} : { flushCaches }),
    probe: prober.probe,
    isExecutableGone: createExecutableCheck(native, processes.identify, options.fileExists ?? fileExists),
    gpuLimit: gpu.read,
    setGpuLimit: gpu.set,
    onPressure: events.subscribe,
    ...code.port,
    close: async () => {
      clock.close();
      prober.close();
      await events.close();
    },
  };
};
