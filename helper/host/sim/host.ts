import { bandNumbers, bandOf } from '../darwin/bands.ts';
import { machineReading, type RawMachine } from '../darwin/machine.ts';
import type { PeerResult } from '../peer.ts';
import type { ActResult, BandResult, Host, HostSignal } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { createManualClock, createRealClock, type SimClock } from './clock.ts';
import { type Bench, control, type Outcome, type Overrides } from './controls.ts';
import { defaultScenario } from './default-scenario.ts';
import { filesFor, segmentBytes, swapFileBytes, vmCounters } from './memory.ts';
import type { SimProcess } from './process.ts';
import { idOf, inspectionOf, readingOf } from './readings.ts';
import type { Scenario } from './scenario.ts';
import { createSeatMembers } from './seat-members.ts';
import { createSensorFaults, refusal } from './sensors.ts';
import { createServices } from './services.ts';
import { createWorld, type SimWorld } from './world.ts';

export interface SimOptions {
  readonly scenario?: Scenario;
  /** `manual`: time passes only by `advance` (tests). `real`: the machine lives in real time (`--host sim`). */
  readonly clock?: 'manual' | 'real';
  readonly seed?: number;
  /** Sockets are not simulated: who is at the other end is asked of the machine underneath. */
  readonly peerOf?: (fd: number) => PeerResult;
}

/** The simulated Mac behind the port, with what tests need on top. */
export interface SimHost extends Host {
  readonly clock: SimClock;
  /** The machine as it is now; another one after `simulate('scenario', …)`. */
  readonly world: SimWorld;
  /** Manual clock only: lets virtual milliseconds pass and calls what falls due. */
  advance(ms: number): void;
  simulate(key: string, value: string): Outcome;
}

/** How soon a changed level is noticed. The real kernel tells one process every 0.25 s at best. */
const hintEveryMs = 250;

const swapOf = (world: SimWorld, overrides: Overrides) => {
  const { memory } = world;
  const usedBytes = Math.round(overrides.swapUsedBytes ?? memory.swapUsedBytes);
  const files = overrides.swapUsedBytes === null ? memory.swapFiles : filesFor(usedBytes, memory.swapLimitBytes);
  return { usedBytes, totalBytes: Math.max(overrides.swapTotalBytes ?? files * swapFileBytes, usedBytes) };
};

export const createSimHost = (options: SimOptions = {}): SimHost => {
  const seed = options.seed ?? 1;
  const overrides: Overrides = { kernelLevel: null, swapUsedBytes: null, swapTotalBytes: null };
  const faults = createSensorFaults();
  const listeners = new Set<() => void>();
  let generation = 0;
  let nextEvent = 0;
  let world = createWorld(options.scenario ?? defaultScenario, seed, generation);
  let hintedLevel: number = world.level;
  let stopHints: (() => void) | null = null;
  let isClosed = false;

  const bench: Bench = {
    get world() {
      return world;
    },
    overrides,
    faults,
    load: (scenario) => {
      generation += 1;
      startedMs = clock.nowMs();
      nextEvent = 0;
      world = createWorld(scenario, seed, generation);
      Object.assign(overrides, { kernelLevel: null, swapUsedBytes: null, swapTotalBytes: null });
    },
  };

  /** Brings the machine to the present: what its scenario has planned happens on the way. */
  const catchUp = (nowMs: number): void => {
    for (let event = world.scenario.events[nextEvent]; event !== undefined; event = world.scenario.events[nextEvent]) {
      if (startedMs + event.atMs > nowMs) break;
      nextEvent += 1;
      world.advanceTo(event.atMs);
      const outcome = control(bench, event.key, event.value);
      if (!outcome.ok)
        throw new Error(`scenario ${world.scenario.name}, ${event.key} ${event.value}: ${outcome.detail}`);
    }
    world.advanceTo(nowMs - startedMs);
  };

  const clock: SimClock = options.clock === 'real' ? createRealClock() : createManualClock(catchUp);

  let startedMs = clock.nowMs();

  const now = (): number => {
    const nowMs = clock.nowMs();
    if (options.clock === 'real') catchUp(nowMs);
    return nowMs;
  };

  const kernelLevel = (): number => overrides.kernelLevel ?? world.level;

  const watchLevel = (): void => {
    stopHints = clock.at(now() + hintEveryMs, watchLevel);
    const level = kernelLevel();
    if (level === hintedLevel) return;
    hintedLevel = level;
    if (!faults.of.has('events')) for (const listener of [...listeners]) listener();
  };

  const gone = (id: ProcessId): SensorFact => ({
    sensor: 'processes',
    problem: 'vanished',
    detail: `pid ${id.pid} is not the process it was`,
    pid: id.pid,
  });

  const mine = (id: ProcessId): SimProcess | Exclude<ActResult, { ok: true }> => {
    now();
    const p = world.processes.get(id.pid);
    if (p === undefined) return { ok: false, problem: 'vanished', detail: `no process ${id.pid}` };
    if (String(p.uniqueId) !== id.start)
      return { ok: false, problem: 'reused', detail: `pid ${id.pid} is another process now` };
    return p;
  };

  /** xnu refuses band changes of launchd and the kernel (P_MEMSTAT_INTERNAL). */
  const banded = (id: ProcessId): SimProcess | Exclude<ActResult, { ok: true }> => {
    const p = mine(id);
    if ('ok' in p) return p;
    if (faults.of.has('bands')) return { ok: false, problem: 'refused', detail: refusal('bands').detail };
    return p.pid <= 1 ? { ok: false, problem: 'refused', detail: `EPERM for pid ${p.pid}` } : p;
  };

  const send = (id: ProcessId, signal: HostSignal): ActResult => {
    const p = mine(id);
    if ('ok' in p) return p;
    return world.signal(p.pid, signal)
      ? { ok: true }
      : { ok: false, problem: 'refused', detail: `${signal} to pid ${p.pid}: EPERM` };
  };

  const bandResult = (p: SimProcess): BandResult => ({ ok: true, band: bandOf(p.band), raw: p.band });

  const worldNow = (): SimWorld => {
    now();
    return world;
  };

  const seats = createSeatMembers({
    world: worldNow,
    clock,
    find: (id) => {
      const p = mine(id);
      return 'ok' in p ? null : p;
    },
  });

  return {
    kind: 'sim',
    facts: {
      totalBytes: world.scenario.machine.totalBytes,
      pageBytes: world.scenario.machine.pageBytes,
      // Every start of a machine in real time is a boot of its own; a manual one must repeat itself.
      bootId: options.clock === 'real' ? `sim-${seed}-${clock.wallMs()}` : `sim-${seed}`,
      os: 'macOS 15.5, simulated',
      missing: [],
    },
    clock,
    get world() {
      return world;
    },
    advance: (ms) => clock.advance(ms),

    readMachine: (depth) => {
      const atMs = now();
      const isSlot = depth === 'slot';
      const { machine } = world.scenario;
      const raw: RawMachine = {
        atMs,
        totalBytes: machine.totalBytes,
        pageBytes: machine.pageBytes,
        vm: { ok: true, value: vmCounters(world.memory, world.holdings()) },
        swap: isSlot ? { ok: true, value: swapOf(world, overrides) } : null,
        level: isSlot ? { ok: true, value: kernelLevel() } : null,
        segments: isSlot
          ? { ok: true, value: { limit: Math.round(machine.compressorPoolBytes / segmentBytes), segmentBytes } }
          : null,
        facts: [],
      };
      return machineReading(faults.spoil(raw));
    },

    readProcesses: () => {
      const atMs = now();
      const failure = faults.of.get('processes');
      if (failure === 'refused') return { atMs, processes: [], facts: [{ sensor: 'processes', ...factOf('refused') }] };
      const processes = Array.from(world.processes.values(), readingOf);
      if (failure !== 'zero') return { atMs, processes, facts: [] };
      const emptied = processes.map((p) => ({
        ...p,
        footprintBytes: 0,
        rssBytes: 0,
        wiredBytes: 0,
        compressedBytes: 0,
      }));
      return { atMs, processes: emptied, facts: [{ sensor: 'processes', ...factOf('zero') }] };
    },

    readChosen: (ids) =>
      ids.map((id) => {
        const p = mine(id);
        return 'ok' in p ? gone(id) : readingOf(p);
      }),

    identify: (pid) => {
      now();
      const p = world.processes.get(pid);
      return p === undefined ? { sensor: 'processes', problem: 'vanished', detail: `no process ${pid}`, pid } : idOf(p);
    },

    inspect: (id) => {
      const p = mine(id);
      return 'ok' in p ? gone(id) : inspectionOf(p);
    },
    signal: send,
    stop: ({ id }) => send(id, 'SIGSTOP'),
    kill: ({ id }) => send(id, 'SIGKILL'),

    readBand: (id) => {
      const p = banded(id);
      return 'ok' in p ? p : bandResult(p);
    },

    setBand: (id, band) => {
      const p = banded(id);
      if ('ok' in p) return p;
      p.band = bandNumbers[band];
      return bandResult(p);
    },

    readCompressedShares: async () => {
      const { processes, holdings } = worldNow();
      const sizes = [...processes.values()].map((p) => ({
        id: idOf(p),
        compressedBytes: Math.floor(p.compressedBytes),
      }));
      const largest = sizes
        .filter((each) => each.compressedBytes > 0)
        .sort((a, b) => b.compressedBytes - a.compressedBytes);
      return { atMs: now(), totalBytes: Math.floor(holdings().compressedBytes), largest: largest.slice(0, 8) };
    },

    services: createServices({ world: worldNow, isHidden: () => faults.of.has('services') }),

    portTraffic: seats.portTraffic,
    ...(seats.portOwner === undefined ? {} : { portOwner: seats.portOwner }),
    probe: seats.probe,
    isExecutableGone: seats.isExecutableGone,
    gpuLimit: seats.gpuLimit,
    setGpuLimit: seats.setGpuLimit,

    onPressure: (listener) => {
      if (isClosed) return () => {};
      const own = () => listener();
      listeners.add(own);
      if (stopHints === null) {
        hintedLevel = kernelLevel();
        stopHints = clock.at(now() + hintEveryMs, watchLevel);
      }
      return () => {
        listeners.delete(own);
        if (listeners.size > 0) return;
        stopHints?.();
        stopHints = null;
      };
    },

    peerOf: options.peerOf ?? (() => ({ ok: false, detail: 'a simulated machine has no sockets' })),

    simulate: (key, value) => {
      now();
      return control(bench, key, value);
    },

    close: async () => {
      isClosed = true;
      listeners.clear();
      clock.close();
    },
  };
};

const factOf = (problem: 'refused' | 'zero') => ({
  problem,
  detail: problem === 'refused' ? refusal('processes').detail : 'proc_pid_rusage: all footprints read 0',
});
