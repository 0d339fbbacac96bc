import type { ServiceJob, ServiceResult } from '../host/port.ts';
import { randomHex } from '../keeper/random.ts';
import type { Services } from './folder.ts';
import { type Exit, type Job, mayStartAtMs, newJob, printedJob, restoredJob, savedJob } from './job.ts';
import type { Launched } from './launch.ts';
import { findStarted, hasLeftovers, see, sinceBootMs } from './proc.ts';
import type { JobSpec } from './spec.ts';
import type { SavedState } from './state-file.ts';

/**
 * launchd's semantics for one folder of property lists: KeepAlive, ThrottleInterval, RunAtLoad, and a bootout that is TERM
 * to the group and KILL at ExitTimeOut. Jobs are nobody's children but ours; when the supervisor is killed they go on
 * (a seat must not end because something of ours did), and the next supervisor adopts them.
 */
export interface Jobs {
  /** Loads the folder, and takes over what an earlier supervisor left. */
  open(left: SavedState | null): void;
  list(): readonly JobRow[];
  /** Reads the folder anew, loads the job and starts it; `already`: it runs. */
  bootstrap(label: string): ServiceResult;
  /** Tells it to end; it is listed until it has. */
  bootout(label: string): ServiceResult;
  print(label: string): Printed;
  /** Starts a loaded job at once. `restart`: one that runs is killed first, as `launchctl kickstart -k` does. */
  kickstart(label: string, restart: boolean): ServiceResult;
  /** Ends all jobs; resolves when none is left. */
  drain(): Promise<void>;
}

export interface JobRow {
  readonly label: string;
  readonly pid: number | null;
  /** How its last run ended; null: it has not ended yet. */
  readonly lastExit: Exit | null;
}

export type Printed = { readonly ok: true; readonly job: ServiceJob } | Extract<ServiceResult, { ok: false }>;

export interface JobsOptions {
  readonly readServices: () => Services;
  readonly launch: (spec: JobSpec, token: string) => Launched;
  readonly save: (state: Omit<SavedState, 'bootId'>) => void;
  /** The list has changed. */
  readonly onChange: () => void;
  readonly log: { readonly warn: (text: string) => void; readonly notice: (text: string) => void };
}

type Refusal = Extract<ServiceResult, { ok: false }>;

/** How often an adopted job is looked at: nobody tells us of the end of another's child. */
const lookEveryMs = 250;
/** sysexits.h EX_CONFIG: what launchd gives as the exit code of a job it could not start. */
const notStarted: Exit = { code: 78, signal: null };
/** ExitTimeOut 0 means without end; a supervisor that has to stop waits this long. */
const patientSeconds = 20;

const ok: ServiceResult = { ok: true };
const refuse = (problem: Refusal['problem'], detail: string): Refusal => ({ ok: false, problem, detail });
const absent = (label: string): Refusal => refuse('absent', `the supervisor has no service ${label}`);

export const createJobs = ({ readServices, launch, save, onChange, log }: JobsOptions): Jobs => {
  const jobs = new Map<string, Job>();
  const bootedOut = new Set<string>();
  let isDraining = false;
  let whenEmpty: () => void = () => {};
  let looking: NodeJS.Timeout | null = null;

  const keep = (): void => save({ jobs: [...jobs.values()].map(savedJob), bootedOut: [...bootedOut] });
  const changed = (): void => {
    keep();
    onChange();
  };

  const at = (atMs: number, call: () => void): (() => void) => {
    const timer = setTimeout(call, Math.max(0, Math.ceil(atMs - sinceBootMs())));
    return () => clearTimeout(timer);
  };

  const isItself = (job: Job, pid: number): boolean => !job.isAdopted || see(pid)?.start === job.start;

  /** Our own child is not reaped before we are told of its end, so its number is its own; another's is looked at first. */
  const signalGroup = (job: Job, signal: 'SIGTERM' | 'SIGKILL'): void => {
    if (job.pid === null || !isItself(job, job.pid)) return;
    try {
      process.kill(-job.pid, signal);
    } catch {
      // ESRCH: it has just ended.
    }
  };

  /** launchd ends what a job leaves in its process group (launchd.plist(5), AbandonProcessGroup). */
  const endLeftovers = (label: string, group: number, seconds: number): void => {
    const signal = (name: 'SIGTERM' | 'SIGKILL'): boolean => {
      try {
        return hasLeftovers(group) && process.kill(-group, name);
      } catch {
        return false;
      }
    };
    if (!signal('SIGTERM')) return;
    log.notice(`${label}: it left processes behind, which were told to end`);
    setTimeout(() => {
      if (signal('SIGKILL')) log.warn(`${label}: what it left behind did not end and was killed`);
    }, seconds * 1000).unref();
  };

  const planStart = (job: Job, atMs: number): void => {
    job.cancelStart();
    job.cancelStart = at(atMs, () => start(job));
  };

  const ended = (job: Job, how: Exit): void => {
    const { label } = job.spec;
    const group = job.pid;
    job.cancelKill();
    Object.assign(job, { pid: null, start: null, token: null, isAdopted: false, killAtMs: null, lastExit: how });
    if (group !== null) endLeftovers(label, group, job.spec.exitTimeoutSeconds || patientSeconds);
    const told = how.signal ?? (how.code === null ? 'unseen' : `code ${how.code}`);
    if (job.isEnding) {
      jobs.delete(label);
      log.notice(`${label}: ended (${told})`);
    } else if (job.restarts) {
      job.restarts = false;
      planStart(job, sinceBootMs());
    } else if (job.spec.keepAlive) {
      const atMs = mayStartAtMs(job, sinceBootMs());
      log.notice(`${label}: ended (${told}), starts again in ${((atMs - sinceBootMs()) / 1000).toFixed(1)} s`);
      planStart(job, atMs);
    } else log.notice(`${label}: ended (${told})`);
    changed();
    if (isDraining && jobs.size === 0) whenEmpty();
  };

  const start = (job: Job): void => {
    if (job.pid !== null || job.isEnding) return;
    job.cancelStart();
    job.token = randomHex(16);
    job.lastStartMs = sinceBootMs();
    // Before the fork: a supervisor that is killed right after it leaves the token by which its child is found.
    keep();
    const launched = launch(job.spec, job.token);
    if (!launched.ok) {
      log.warn(`${job.spec.label}: not started: ${launched.detail}`);
      ended(job, notStarted);
      return;
    }
    const { child, pid } = launched;
    job.pid = pid;
    job.start = see(pid)?.start ?? null;
    child.once('exit', (code, signal) => ended(job, { code, signal }));
    changed();
  };

  const planKill = (job: Job, atMs: number): void => {
    job.killAtMs = atMs;
    job.cancelKill = at(atMs, () => {
      log.warn(
        `${job.spec.label}: did not end within ${job.spec.exitTimeoutSeconds || patientSeconds} s of TERM and was killed`,
      );
      signalGroup(job, 'SIGKILL');
    });
  };

  /** TERM now, KILL later. A job that is stopped cannot handle TERM; whoever froze it resumes it first. */
  const tellToEnd = (job: Job): void => {
    const { label, exitTimeoutSeconds } = job.spec;
    job.isEnding = true;
    job.cancelStart();
    if (job.pid === null) {
      jobs.delete(label);
      return;
    }
    const seconds = exitTimeoutSeconds || (isDraining ? patientSeconds : 0);
    if (seconds > 0) planKill(job, sinceBootMs() + seconds * 1000);
    signalGroup(job, 'SIGTERM');
  };

  const load = (spec: JobSpec): Job => {
    const job = newJob(spec);
    jobs.set(spec.label, job);
    return job;
  };

  const look = (): void => {
    for (const job of [...jobs.values()]) {
      if (!job.isAdopted || job.pid === null) continue;
      const seen = see(job.pid);
      if (seen === null || seen.isZombie || seen.start !== job.start) ended(job, { code: null, signal: null });
    }
    if (looking === null || [...jobs.values()].some((job) => job.isAdopted)) return;
    clearInterval(looking);
    looking = null;
  };

  /** A job of an earlier supervisor: it is ours if it still runs, by its pid and start or else by the token of its start. */
  const adopt = (job: Job, known: { readonly pid: number | null; readonly start: string | null }): void => {
    const { label } = job.spec;
    const pid = known.pid ?? (job.token === null ? null : findStarted(job.token));
    const seen = pid === null ? null : see(pid);
    const isAlive = seen !== null && !seen.isZombie && (known.start === null || seen.start === known.start);
    const mayRun = known.pid !== null || job.token !== null;
    if (isAlive) {
      Object.assign(job, { pid, start: seen.start, isAdopted: true });
      jobs.set(label, job);
      log.notice(`${label}: still runs as pid ${pid}; taken over`);
      if (job.killAtMs !== null) planKill(job, job.killAtMs);
    } else if (job.isEnding) bootedOut.add(label);
    else {
      jobs.set(label, job);
      job.token = null;
      if (mayRun) job.lastExit = { code: null, signal: null };
      if (job.spec.keepAlive) planStart(job, mayStartAtMs(job, sinceBootMs()));
    }
  };

  return {
    open: (left) => {
      for (const label of left?.bootedOut ?? []) bootedOut.add(label);
      for (const saved of left?.jobs ?? []) adopt(restoredJob(saved), saved);
      const { specs, problems } = readServices();
      for (const { detail } of problems) log.warn(detail);
      for (const spec of specs.values()) {
        if (jobs.has(spec.label) || bootedOut.has(spec.label)) continue;
        const job = load(spec);
        if (spec.keepAlive || spec.runAtLoad) start(job);
      }
      if ([...jobs.values()].some((job) => job.isAdopted)) looking = setInterval(look, lookEveryMs);
      changed();
    },
    list: () => [...jobs.values()].map(({ spec, pid, lastExit }) => ({ label: spec.label, pid, lastExit })),
    bootstrap: (label) => {
      const known = jobs.get(label);
      if (known?.isEnding === true) return refuse('ending', `${label} is still ending; try again once it is gone`);
      if (known !== undefined && known.pid !== null) return refuse('already', `${label} runs already`);
      if (isDraining) return refuse('failed', 'the supervisor is stopping');
      const { specs, problems } = readServices();
      const problem = problems.find((each) => each.label === label);
      // One whose file was removed is loaded all the same.
      const spec = specs.get(label) ?? (problem === undefined ? known?.spec : undefined);
      if (spec === undefined) return problem === undefined ? absent(label) : refuse(problem.problem, problem.detail);
      known?.cancelStart();
      bootedOut.delete(label);
      start(load(spec));
      changed();
      return ok;
    },
    bootout: (label) => {
      const job = jobs.get(label);
      if (job === undefined) return absent(label);
      if (job.isEnding) return refuse('already', `${label} is ending already`);
      bootedOut.add(label);
      log.notice(`${label}: told to end`);
      tellToEnd(job);
      changed();
      return ok;
    },
    print: (label) => {
      const job = jobs.get(label);
      return job === undefined ? absent(label) : { ok: true, job: printedJob(job) };
    },
    kickstart: (label, restart) => {
      const job = jobs.get(label);
      if (job === undefined) return absent(label);
      if (job.isEnding) return refuse('ending', `${label} is ending`);
      if (job.pid === null) start(job);
      else if (restart) {
        job.restarts = true;
        log.warn(`${label}: killed to be started anew, as was asked`);
        signalGroup(job, 'SIGKILL');
      }
      return ok;
    },
    drain: async () => {
      isDraining = true;
      const empty = new Promise<void>((resolve) => {
        whenEmpty = resolve;
      });
      for (const job of [...jobs.values()]) {
        if (!job.isEnding) tellToEnd(job);
        else if (job.killAtMs === null) planKill(job, sinceBootMs() + patientSeconds * 1000);
      }
      changed();
      if (jobs.size > 0) await empty;
      if (looking !== null) clearInterval(looking);
    },
  };
};
