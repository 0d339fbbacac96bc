import type { HostSignal } from '../port.ts';
import type { ServiceResult } from '../service-manager.ts';
import {
  absent,
  bootoutJob,
  bootstrapJob,
  createJob,
  defaultExitTimeoutSeconds,
  type Ending,
  type Job,
  jobEnded,
  jobStarted,
  kickstartJob,
  killed,
  loadJob,
  notStarted,
} from './launchd.ts';
import { createPids } from './pids.ts';
import { createProcess, isStopped, type SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { ProcessSpec, Scenario } from './scenario.ts';
import { countMoved } from './server.ts';

/** Who is alive on the simulated Mac, who started whom, and which of them launchd starts again. */
export interface Population {
  readonly table: ReadonlyMap<number, SimProcess>;
  readonly jobs: ReadonlyMap<string, Job>;
  /** @param pid a pid of choice (for a test of reuse); throws when it is taken */
  spawn(spec: ProcessSpec, nowMs: number, pid?: number): SimProcess;
  end(p: SimProcess, nowMs: number, how: Ending): void;
  /** False: no such process, or one that nobody may signal. */
  signal(pid: number, signal: HostSignal, nowMs: number): boolean;
  /** Loads and runs it, as the port's bootstrap does. */
  bootstrap(label: string, nowMs: number): ServiceResult;
  /** The two halves of it, as launchctl has them. */
  load(label: string, nowMs: number): ServiceResult;
  kickstart(label: string, nowMs: number): ServiceResult;
  bootout(label: string, nowMs: number): ServiceResult;
  /** Starts and ends what is due. */
  keepHouse(nowMs: number): void;
}

const MB = 2 ** 20;
/** Helpers come every few seconds and stay for less than a minute. */
const helperEveryMs = 4_000;

const helperSpec: ProcessSpec = {
  name: 'mdworker_shared',
  command: '/System/Library/Frameworks/CoreServices.framework/Frameworks/Metadata.framework/Support/mdworker_shared',
  uid: 501,
  footprintBytes: 16 * MB,
  coldShare: 0.8,
  isPlatform: true,
};

/** Who handles TERM exits by itself; the others are ended by it. */
const onTerm = (p: SimProcess): Ending =>
  p.spec.stopMs === undefined ? { code: null, signal: 'SIGTERM' } : { code: 0, signal: null };

/** From the start of a program that cannot run to its end. */
const brokenStartMs = 200;

/** @param onEnded told of every process that has ended, while what it held is still known */
export const createPopulation = (
  scenario: Scenario,
  random: Random,
  seed: number,
  generation: number,
  onEnded: (p: SimProcess, how: Ending) => void,
): Population => {
  const table = new Map<number, SimProcess>();
  const jobs = new Map<string, Job>();
  const pids = createPids(400, generation);
  /** Those whose end is planned. */
  const mortal = new Set<SimProcess>();
  let nextHelperMs = helperEveryMs;

  const parentOf = (spec: ProcessSpec): number => {
    if (spec.parent !== undefined) for (const p of table.values()) if (p.spec.name === spec.parent) return p.pid;
    return spec.name === 'launchd' ? 0 : 1;
  };

  const add = (spec: ProcessSpec, nowMs: number, isFresh: boolean, chosenPid?: number): SimProcess => {
    const pid = chosenPid ?? pids.next((p) => table.has(p), random);
    if (table.has(pid)) throw new Error(`pid ${pid} is in use`);
    const ppid = parentOf(spec);
    const processGroup = spec.processGroup ?? (ppid > 1 ? table.get(ppid)?.processGroup : undefined) ?? pid;
    const id = { pid, uniqueId: pids.nextUniqueId(), ppid, processGroup };
    const p = createProcess(spec, id, nowMs, isFresh, seed);
    table.set(pid, p);
    return p;
  };

  const end = (p: SimProcess, nowMs: number, how: Ending): void => {
    if (!table.delete(p.pid)) return;
    mortal.delete(p);
    onEnded(p, how);
    const job = jobOf(p);
    if (job !== undefined) jobEnded(job, nowMs, how);
    for (const child of [...table.values()]) {
      if (child.ppid !== p.pid) continue;
      if (child.spec.parent === p.spec.name) end(child, nowMs, onTerm(child));
      else child.ppid = 1;
    }
  };

  const jobOf = (p: SimProcess): Job | undefined => {
    const job = p.spec.service === undefined ? undefined : jobs.get(p.spec.service.label);
    return job?.pid === p.pid ? job : undefined;
  };

  const drainMsOf = (p: SimProcess): number | 'never' => jobOf(p)?.drainMs ?? p.spec.stopMs ?? 150;

  const start = (job: Job, nowMs: number): void => {
    if (job.mode.kind === 'no_executable') {
      job.lastStartMs = nowMs;
      jobEnded(job, nowMs, notStarted);
      return;
    }
    const p = add(job.spec, nowMs, true);
    jobStarted(job, p.pid, nowMs);
    if (job.mode.kind !== 'exits') return;
    p.endsAtMs = nowMs + brokenStartMs;
    p.endCode = job.mode.code;
    mortal.add(p);
  };

  const term = (p: SimProcess, nowMs: number): void => {
    if (isStopped(p)) p.isTermPending = true;
    else {
      const drainMs = drainMsOf(p);
      if (drainMs !== 'never') p.exitAtMs ??= nowMs + drainMs;
    }
    mortal.add(p);
  };

  /** How it is over now; null: it is not. */
  const endingOf = (p: SimProcess, nowMs: number): Ending | null => {
    if (p.exitAtMs !== null && p.exitAtMs <= nowMs && !isStopped(p)) return onTerm(p);
    if (p.endsAtMs !== null && p.endsAtMs <= nowMs && !isStopped(p)) return { code: p.endCode, signal: null };
    return p.killAtMs !== null && p.killAtMs <= nowMs ? killed : null;
  };

  const toJob = (label: string, nowMs: number, act: (job: Job, nowMs: number) => ServiceResult): ServiceResult => {
    const job = jobs.get(label);
    return job === undefined ? absent(label) : act(job, nowMs);
  };

  for (const spec of scenario.processes) {
    const p = add(spec, 0, false, spec.name === 'launchd' ? 1 : undefined);
    if (spec.service === undefined) continue;
    const job = createJob(spec, spec.service);
    jobs.set(spec.service.label, job);
    jobStarted(job, p.pid, 0);
  }

  return {
    table,
    jobs,
    spawn: (spec, nowMs, pid) => add(spec, nowMs, true, pid),
    end,
    signal: (pid, signal, nowMs) => {
      const p = table.get(pid);
      if (p === undefined || pid <= 1) return false;
      if (signal === 'SIGKILL') end(p, nowMs, killed);
      else if (signal === 'SIGTERM') term(p, nowMs);
      else if (signal === 'SIGSTOP') {
        countMoved(p, nowMs);
        p.state = 'stopped';
      } else if (isStopped(p)) {
        p.state = 'sleeping';
        p.clients.sinceMs = nowMs;
        p.isSettled = false;
        if (p.isTermPending) term(p, nowMs);
      }
      return true;
    },
    bootstrap: (label, nowMs) => toJob(label, nowMs, bootstrapJob),
    load: (label, nowMs) => toJob(label, nowMs, loadJob),
    kickstart: (label, nowMs) => toJob(label, nowMs, kickstartJob),
    bootout: (label, nowMs) => {
      const job = jobs.get(label);
      if (job === undefined) return absent(label);
      const result = bootoutJob(job);
      const p = job.pid === null ? undefined : table.get(job.pid);
      if (!result.ok || p === undefined) return result;
      term(p, nowMs);
      p.killAtMs = nowMs + (job.service.exitTimeoutSeconds ?? defaultExitTimeoutSeconds) * 1000;
      return result;
    },
    keepHouse: (nowMs) => {
      for (const job of jobs.values()) if (job.startAtMs !== null && job.startAtMs <= nowMs) start(job, nowMs);
      for (const p of mortal) {
        const how = endingOf(p, nowMs);
        if (how !== null) end(p, nowMs, how);
      }
      if (!scenario.isLively || nowMs < nextHelperMs) return;
      nextHelperMs = nowMs + helperEveryMs * (0.5 + random());
      const helper = add({ ...helperSpec, footprintBytes: (8 + Math.floor(random() * 32)) * MB }, nowMs, true);
      mortal.add(helper);
      helper.endsAtMs = nowMs + 15_000 + random() * 45_000;
    },
  };
};
