import { wantedTargets } from '../arbiter/arbiter.ts';
import type { BandName, BandResult } from '../host/port.ts';
import { type ProcessReading, processKey, type Sensor, type SensorFact } from '../host/reading.ts';
import type { Reading, SampleDepth, SeatSigns } from '../keeper/judgement/reading.ts';
import { chosenIds } from '../keeper/judgement/sampling.ts';
import type { KeeperState } from '../keeper/judgement/state.ts';
import { machineReadingAt } from './machine.ts';
import {
  firstRun,
  footprintOf,
  inspectionOf,
  nextRun,
  processReadingOf,
  type Run,
  scriptedFootprint,
  scriptedWired,
  wiredOf,
} from './processes.ts';
import type { Scenario, ServiceSpec } from './scenario.ts';

/**
 * The scripted machine: processes and services that start, grow, stand still, drain and come back, in virtual time. What
 * is done to them changes what is measured: a process that stands still takes nothing more, one that ended has given its
 * memory back.
 */
export interface World {
  /** `order` arranges what no operating system promises an order of; a judgement must not depend on it. */
  readonly read: (nowMs: number, depth: SampleDepth, state: KeeperState, order: Order) => Reading;
  readonly runOf: (pid: number) => Run | null;
  readonly serviceRun: (label: string) => Run | null;
  /** Null: nobody listens there. */
  readonly listenerAt: (address: string) => Run | null;
  readonly serviceOf: (label: string) => ServiceSpec | null;
  /** False: it is not there, or stands still already. */
  readonly stop: (pid: number, nowMs: number) => boolean;
  readonly resume: (pid: number, nowMs: number) => boolean;
  /** Told to end: it is gone after its drain. */
  readonly drain: (run: Run, nowMs: number) => void;
  readonly end: (run: Run, nowMs: number, exit?: number) => void;
  /** Taken out of the list as soon as nothing of it runs; until then it does not come back by itself. */
  readonly unload: (label: string) => void;
  /** Whether a seat's process says that it is ready. */
  readonly isReady: (label: string, nowMs: number) => boolean;
  readonly setBand: (pid: number, band: BandName) => void;
  readonly deleteExecutable: (pid: number) => void;
  readonly startService: (label: string, nowMs: number) => boolean;
  readonly stopped: () => readonly number[];
  readonly footprint: (pid: number, nowMs: number) => number;
  readonly fail: (sensor: Sensor, untilMs: number) => void;
}

export type Order = <T>(list: readonly T[]) => readonly T[];

/** A process that is told to end takes a moment. */
const usualDrainMs = 1_000;
/** Pids of runs that the scenario gives none. */
const firstFreePid = 60_000;

export interface WorldOptions {
  readonly scenario: Scenario;
  /** Calls back at a time to come. */
  readonly schedule: (atMs: number, call: (nowMs: number) => void) => void;
  readonly say: (atMs: number, text: string) => void;
}

export const createWorld = ({ scenario, schedule, say }: WorldOptions): World => {
  const runs = new Map<number, Run>();
  const services = new Map(scenario.services.map((service) => [service.label, service]));
  const respawns = new Map<string, number>();
  const loaded = new Set(scenario.services.filter((service) => service.loaded).map(({ label }) => label));
  const exits = new Map<string, number>();
  /** Told to leave the list, and still running. */
  const leaving = new Set<string>();
  const delist = (label: string): void => {
    leaving.delete(label);
    loaded.delete(label);
    exits.delete(label);
  };
  const bands = new Map<number, BandName>();
  const deleted = new Set<string>();
  const failures: { readonly sensor: Sensor; readonly untilMs: number }[] = [];
  let leakedBytes = 0;
  let freePid = firstFreePid;

  const serviceRun = (label: string): Run | null => {
    for (const run of runs.values()) if (run.spec.service === label) return run;
    return null;
  };

  const startService = (label: string, nowMs: number): boolean => {
    const service = services.get(label);
    const spec = scenario.processes.find((process) => process.service === label);
    if (service === undefined || spec === undefined || serviceRun(label) !== null) return false;
    const before = respawns.get(label) ?? 0;
    respawns.set(label, before + 1);
    const pid = service.respawnPids[before] ?? freePid++;
    runs.set(pid, nextRun(spec, service, pid, nowMs));
    loaded.add(label);
    exits.delete(label);
    say(nowMs, `${label} starts as pid ${pid}`);
    endLater(pid, service, nowMs);
    return true;
  };

  /** A program that ends by itself, whatever for. */
  const endLater = (pid: number, service: ServiceSpec, nowMs: number): void => {
    if (service.exitsAfter === undefined) return;
    const run = runs.get(pid);
    schedule(nowMs + service.exitsAfter, (later) => {
      if (run !== undefined) end(run, later, service.exitCode);
    });
  };

  const end = (run: Run, nowMs: number, exit = 0): void => {
    if (runs.get(run.pid) !== run) return;
    runs.delete(run.pid);
    say(nowMs, `${run.spec.name} (pid ${run.pid}) has ended`);
    const service = run.spec.service === undefined ? undefined : services.get(run.spec.service);
    if (service === undefined) return;
    exits.set(service.label, exit);
    const footprint = footprintOf(run, nowMs);
    leakedBytes += footprint - Math.min(service.frees ?? footprint, footprint);
    if (leaving.has(service.label)) {
      delist(service.label);
      return;
    }
    if (service.respawn !== undefined)
      schedule(nowMs + service.respawn, (later) => {
        if (loaded.has(service.label)) startService(service.label, later);
      });
  };

  for (const spec of scenario.processes) {
    // Not loaded at the start, and so not there: `startService` makes its first run.
    if (spec.service !== undefined && !loaded.has(spec.service)) continue;
    if (spec.from === undefined || spec.from === 0) runs.set(spec.pid, firstRun(spec));
    else schedule(spec.from, () => runs.set(spec.pid, firstRun(spec)));
    if (spec.until !== undefined)
      schedule(spec.until, (nowMs) => {
        const run = runs.get(spec.pid);
        if (run !== undefined) end(run, nowMs);
      });
  }

  const table = (nowMs: number): readonly ProcessReading[] =>
    [...runs.values()].map((run) => processReadingOf(run, nowMs));

  const signsAt = (state: KeeperState): SeatSigns => ({
    lastExits: [...exits].filter(([label]) => loaded.has(label)),
    traffic: [],
    executableGone: [...deleted],
    bands: wantedTargets(state.arbiter, 0).map((id) => {
      const run = runs.get(id.pid);
      const found: BandResult =
        run === undefined || run.start !== id.start
          ? { ok: false, problem: 'vanished', detail: `pid ${id.pid}` }
          : { ok: true, band: bands.get(id.pid) ?? 'DEFAULT', raw: 0 };
      return { id, found };
    }),
    gpuLimit: { kind: 'not_evaluated', why: 'A replay has no GPU.' },
  });

  const read: World['read'] = (nowMs, depth, state, order) => {
    const failing = failures.filter(({ untilMs }) => nowMs < untilMs).map(({ sensor }) => sensor);
    let givenBackBytes = 0;
    let wiredBytes = leakedBytes;
    for (const spec of scenario.processes) {
      givenBackBytes += scriptedFootprint(spec, nowMs);
      wiredBytes -= scriptedWired(spec, nowMs);
    }
    for (const run of runs.values()) {
      givenBackBytes -= footprintOf(run, nowMs);
      wiredBytes += wiredOf(run, nowMs);
    }
    const change = { givenBackBytes: givenBackBytes - leakedBytes, wiredBytes, failing };
    const machine = machineReadingAt(scenario, nowMs, change, depth === 'fast');
    const pids = [...loaded].map((label) => [label, serviceRun(label)?.pid ?? null] as const);
    const isBlind = failing.includes('processes');
    const chosen = chosenIds(depth, state).map((id): ProcessReading | SensorFact => {
      const run = runs.get(id.pid);
      return run !== undefined && run.start === id.start
        ? processReadingOf(run, nowMs)
        : { sensor: 'processes', problem: 'vanished', detail: `pid ${id.pid}`, pid: id.pid };
    });
    return {
      depth,
      signs: depth === 'fast' ? null : signsAt(state),
      machine,
      services: depth === 'fast' ? [] : failing.includes('services') ? null : order(pids),
      table:
        depth !== 'full'
          ? null
          : {
              atMs: nowMs,
              processes: isBlind ? [] : order(table(nowMs)),
              facts: isBlind ? [{ sensor: 'processes', problem: 'unavailable', detail: 'fails in this scenario' }] : [],
            },
      chosen: chosen.filter((each): each is ProcessReading => 'id' in each),
      vanished: chosen.filter((each): each is SensorFact => !('id' in each)),
      inspections: depth === 'full' ? order([...runs.values()].map(inspectionOf)) : [],
    };
  };

  return {
    read,
    runOf: (pid) => runs.get(pid) ?? null,
    serviceRun,
    listenerAt: (address) => [...runs.values()].find(({ spec }) => spec.listening.includes(address)) ?? null,
    serviceOf: (label) => services.get(label) ?? null,
    stop: (pid, nowMs) => {
      const run = runs.get(pid);
      if (run === undefined || run.stoppedSinceMs !== null) return false;
      run.stoppedSinceMs = nowMs;
      return true;
    },
    resume: (pid, nowMs) => {
      const run = runs.get(pid);
      if (run === undefined || run.stoppedSinceMs === null) return false;
      run.pausedMs += nowMs - run.stoppedSinceMs;
      run.stoppedSinceMs = null;
      return true;
    },
    drain: (run, nowMs) => {
      if (run.drainingSinceMs !== null) return;
      run.drainingSinceMs = nowMs;
      const service = run.spec.service === undefined ? undefined : services.get(run.spec.service);
      schedule(nowMs + (service?.drain ?? usualDrainMs), (later) => end(run, later));
    },
    end,
    unload: (label) => {
      if (serviceRun(label) === null) delist(label);
      else leaving.add(label);
    },
    isReady: (label, nowMs) => {
      const run = serviceRun(label);
      return (
        run !== null && run.stoppedSinceMs === null && nowMs - run.zeroMs >= (services.get(label)?.readyAfter ?? 0)
      );
    },
    setBand: (pid, band) => {
      bands.set(pid, band);
    },
    deleteExecutable: (pid) => {
      const run = runs.get(pid);
      if (run !== undefined) deleted.add(processKey({ pid, start: run.start }));
    },
    startService,
    stopped: () => [...runs.values()].filter((run) => run.stoppedSinceMs !== null).map(({ pid }) => pid),
    footprint: (pid, nowMs) => {
      const run = runs.get(pid);
      return run === undefined ? 0 : footprintOf(run, nowMs);
    },
    fail: (sensor, untilMs) => {
      failures.push({ sensor, untilMs });
    },
  };
};
