import type { HostSignal } from '../port.ts';
import type { ServiceResult } from '../service-manager.ts';
import { type Job, killed } from './launchd.ts';
import {
  balance,
  createMemory,
  freeBytes,
  giveBack,
  type Holdings,
  holdingsOf,
  isLowOnSpace,
  isOutOfPagingSpace,
  type MemoryState,
  relax,
  release,
  roomBytes,
  vmCounters,
} from './memory.ts';
import { createPopulation } from './population.ts';
import { type KernelLevel, nextKernelLevel } from './pressure.ts';
import { footprintOf, grow, isBusy, rests, type SimProcess, shrink, wantedBytes } from './process.ts';
import { createRandom } from './random.ts';
import type { ProcessSpec, Scenario } from './scenario.ts';

/** A process the kernel killed because compressor or swap were exhausted. */
export interface KernelKill {
  readonly atMs: number;
  readonly pid: number;
  readonly name: string;
  readonly band: number;
  /** Its share of all compressed memory, above 0.5. */
  readonly share: number;
}

/** The simulated Mac itself. Time stands still until `advanceTo`. */
export interface SimWorld {
  readonly scenario: Scenario;
  readonly nowMs: number;
  readonly memory: MemoryState;
  readonly level: KernelLevel;
  readonly kernelKills: readonly KernelKill[];
  readonly processes: ReadonlyMap<number, SimProcess>;
  readonly jobs: ReadonlyMap<string, Job>;
  holdings(): Holdings;
  /** Runs the machine up to a virtual time; whole steps only, so it may stay up to 100 ms behind. */
  advanceTo(ms: number): void;
  /** @param pid a pid of choice (for a test of reuse); throws when it is taken */
  spawn(spec: ProcessSpec, pid?: number): SimProcess;
  /** False: no such process, or one that nobody may signal. */
  signal(pid: number, signal: HostSignal): boolean;
  bootstrap(label: string): ServiceResult;
  load(label: string): ServiceResult;
  kickstart(label: string): ServiceResult;
  bootout(label: string): ServiceResult;
  /** The limit of what the GPU may hold wired, bytes; 0: the system's own policy. Changed from outside. */
  gpuLimitBytes: number;
  /** Whether the kernel tells of traffic at ports. */
  showsTraffic: boolean;
  /** Holds available memory at this many bytes by a process named ballast; null lets go. */
  pinAvailable(bytes: number | null): void;
  /** Most that `pinAvailable` could hold now, bytes. */
  mostAvailable(): number;
  /** How much processes can be given at once, bytes; what is beyond has to wait for the compressor. */
  room(): number;
  /** Makes counters and level agree again after processes were changed from outside. */
  settle(): void;
}

const MB = 2 ** 20;
/** While something moves fast, and otherwise. */
const fineStepMs = 10;
const coarseStepMs = 100;
const relaxEveryMs = 1_000;
/** The kernel looks for a victim at most this often (xnu `kern_proc.c`, no_paging_space_action). */
const killSpacingMs = 5_000;

const ballastSpec: ProcessSpec = {
  name: 'ballast',
  command: '/usr/local/bin/ballast --hold',
  footprintBytes: 0,
  coldShare: 0,
  cpuShare: 0,
};

/** @param generation counts machines of one run, so that no identity of one is an identity of the next */
export const createWorld = (scenario: Scenario, seed: number, generation = 0): SimWorld => {
  const random = createRandom(seed);
  const memory = createMemory(scenario.machine);
  const people = createPopulation(scenario, random, seed, generation, (p, how) => release(memory, p, how === killed));
  const { table } = people;
  const kernelKills: KernelKill[] = [];
  let nowMs = 0;
  let level: KernelLevel = 1;
  let lastKillMs = -killSpacingMs;
  let pin: { readonly bytes: number; readonly ballast: SimProcess } | null = null;

  const holdings = (): Holdings => holdingsOf(table);

  /** As of the end of the last step, or of `settle`. */
  let last = holdings();

  /** The ballast ends like any process; the pin ends with it. */
  const pinned = (): typeof pin => {
    if (pin !== null && table.get(pin.ballast.pid) !== pin.ballast) pin = null;
    return pin;
  };

  const mostAvailable = (): number =>
    freeBytes(memory, holdings()) + memory.fileBytes + memory.purgeableBytes + (pinned()?.ballast.anonBytes ?? 0);

  const roomIn = (dtMs: number): number => roomBytes(memory, last, table, dtMs) + (pinned()?.ballast.anonBytes ?? 0);

  const moveMemory = (dtMs: number): void => {
    const ballast = pinned()?.ballast ?? null;
    let room = roomIn(dtMs);
    let touched = 0;
    for (const p of table.values()) {
      if (p === ballast || rests(p, nowMs)) continue;
      const wanted = wantedBytes(p, nowMs, dtMs, scenario.isLively);
      if (wanted <= 0) shrink(p, -wanted);
      else {
        const given = Math.min(wanted, room);
        room -= given;
        touched += given;
        grow(p, given);
      }
    }
    // A few thousand faults a second are normal for an idle Mac; each new page is one more.
    memory.faults += (4 + 2 * random()) * dtMs + touched / scenario.machine.pageBytes;
    if (scenario.isLively)
      memory.fileBytes = Math.max(memory.fileBytes + (random() - 0.5) * 0.04 * MB * dtMs, 400 * MB);
  };

  const holdAvailable = (bytes: number, ballast: SimProcess): void => {
    const most = mostAvailable();
    ballast.anonBytes = Math.max(most - bytes, 0);
    ballast.restBytes = ballast.anonBytes;
    ballast.peakBytes = Math.max(ballast.peakBytes, footprintOf(ballast));
    const left = Math.max(most - ballast.anonBytes, 0);
    memory.fileBytes = Math.min(memory.fileBytes, left * 0.6);
    memory.purgeableBytes = Math.min(memory.purgeableBytes, left * 0.1);
  };

  const updateLevel = (h: Holdings): void => {
    const vm = vmCounters(memory, h);
    // `free` of the counters already holds the speculative pages.
    level = nextKernelLevel(level, vm.active + vm.inactive + vm.free, vm.compressor, isLowOnSpace(memory, h));
  };

  /** xnu `kern_proc.c`: the largest owner of compressed memory is killed if it has more than half of it. */
  const killForSpace = (h: Holdings): void => {
    if (nowMs - lastKillMs < killSpacingMs || !isOutOfPagingSpace(memory, h)) return;
    lastKillMs = nowMs;
    let victim: SimProcess | null = null;
    for (const p of table.values()) if (p.compressedBytes > (victim?.compressedBytes ?? 0)) victim = p;
    if (victim === null || victim.pid <= 1 || victim.compressedBytes * 2 <= h.compressedBytes) return;
    const share = victim.compressedBytes / h.compressedBytes;
    kernelKills.push({ atMs: nowMs, pid: victim.pid, name: victim.spec.name, band: victim.band, share });
    people.end(victim, nowMs, killed);
  };

  const settle = (dtMs: number): Holdings => {
    const held = pinned();
    if (held === null) last = balance(memory, table, dtMs);
    else {
      holdAvailable(held.bytes, held.ballast);
      last = holdings();
    }
    updateLevel(last);
    return last;
  };

  const step = (dtMs: number): void => {
    nowMs += dtMs;
    people.keepHouse(nowMs);
    giveBack(memory, dtMs / 1000);
    if (nowMs % relaxEveryMs === 0 && pinned() === null) relax(memory, last, table, relaxEveryMs / 1000);
    moveMemory(dtMs);
    killForSpace(settle(dtMs));
  };

  const stepMs = (): number => {
    if (nowMs % coarseStepMs !== 0) return fineStepMs;
    for (const p of table.values()) if (isBusy(p, nowMs)) return fineStepMs;
    return coarseStepMs;
  };

  return {
    scenario,
    memory,
    kernelKills,
    processes: table,
    jobs: people.jobs,
    get nowMs() {
      return nowMs;
    },
    get level() {
      return level;
    },
    holdings,
    gpuLimitBytes: 0,
    showsTraffic: true,
    advanceTo: (ms) => {
      for (let dt = stepMs(); nowMs + dt <= ms; dt = stepMs()) step(dt);
    },
    spawn: (spec, pid) => people.spawn(spec, nowMs, pid),
    signal: (pid, signal) => people.signal(pid, signal, nowMs),
    bootstrap: (label) => people.bootstrap(label, nowMs),
    load: (label) => people.load(label, nowMs),
    kickstart: (label) => people.kickstart(label, nowMs),
    bootout: (label) => people.bootout(label, nowMs),
    pinAvailable: (bytes) => {
      const held = pinned();
      if (bytes === null) {
        if (held !== null) people.end(held.ballast, nowMs, { code: 0, signal: null });
        return;
      }
      pin = { bytes, ballast: held?.ballast ?? people.spawn(ballastSpec, nowMs) };
      settle(0);
    },
    mostAvailable,
    room: () => roomIn(0),
    settle: () => {
      settle(0);
    },
  };
};
