import type { ProcessReading, Sensor, SensorFact } from '../host/reading.ts';
import { chosenIds } from '../keeper/sampling.ts';
import type { KeeperState, Reading, SampleDepth } from '../keeper/state.ts';
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
  readonly serviceOf: (label: string) => ServiceSpec | null;
  /** False: it is not there, or stands still already. */
  readonly stop: (pid: number, nowMs: number) => boolean;
  readonly resume: (pid: number, nowMs: number) => boolean;
  /** Told to end: it is gone after its drain. */
  readonly drain: (run: Run, nowMs: number) => void;
  readonly end: (run: Run, nowMs: number) => void;
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
    say(nowMs, `${label} starts as pid ${pid}`);
    return true;
  };

  const end = (run: Run, nowMs: number): void => {
    if (runs.get(run.pid) !== run) return;
    runs.delete(run.pid);
    say(nowMs, `${run.spec.name} (pid ${run.pid}) has ended`);
    const service = run.spec.service === undefined ? undefined : services.get(run.spec.service);
    if (service === undefined) return;
    const footprint = footprintOf(run, nowMs);
    leakedBytes += footprint - Math.min(service.frees ?? footprint, footprint);
    if (service.respawn !== undefined)
      schedule(nowMs + service.respawn, (later) => {
        startService(service.label, later);
      });
  };

  for (const spec of scenario.processes) {
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
    const pids = [...services.keys()].map((label) => [label, serviceRun(label)?.pid ?? null] as const);
    const isBlind = failing.includes('processes');
    const chosen = chosenIds(depth, state).map((id): ProcessReading | SensorFact => {
      const run = runs.get(id.pid);
      return run !== undefined && run.start === id.start
        ? processReadingOf(run, nowMs)
        : { sensor: 'processes', problem: 'vanished', detail: `pid ${id.pid}`, pid: id.pid };
    });
    return {
      depth,
      signs: null,
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
