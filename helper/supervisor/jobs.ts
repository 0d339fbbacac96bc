import type { ServiceResult } from '../host/service-manager.ts';
import { randomHex } from '../keeper/random.ts';
import type { Jobs, JobsOptions } from './contract.ts';
import { createDeparted } from './departed.ts';
import { type Exit, type Job, mayStartAtMs, newJob, printedJob, restoredJob, rowOf, savedJob } from './job.ts';
import { createLeftovers } from './leftovers.ts';
import { findStarted, see, sinceBootMs } from './proc.ts';
import type { JobSpec } from './spec.ts';
import type { SavedJob } from './state-file.ts';
import { departedMs, lastSeconds } from './times.ts';

type Refusal = Extract<ServiceResult, { ok: false }>;

/** How often an adopted job is looked at: nobody tells us of the end of another's child. */
const lookEveryMs = 250;
/** sysexits.h EX_CONFIG: what launchd gives as the exit code of a job it could not start. */
const notStarted: Exit = { code: 78, signal: null };
/** ExitTimeOut 0 means without end; for what a job leaves behind, and for a supervisor that has to stop, it is this. */
const patientSeconds = 20;

const ok: ServiceResult = { ok: true };
const refuse = (problem: Refusal['problem'], detail: string): Refusal => ({ ok: false, problem, detail });
const absent = (label: string): Refusal => refuse('absent', `the supervisor has no service ${label}`);

export const createJobs = (options: JobsOptions): Jobs => {
  const { readServices, launch, save, onChange, log } = options;
  const mostAtEnd = options.lastSeconds ?? lastSeconds;
  const departed = createDeparted(options.departedMs ?? departedMs, onChange);
  const leftovers = createLeftovers(sinceBootMs, log);
  const jobs = new Map<string, Job>();
  const bootedOut = new Set<string>();
  let isDraining = false;
  /** When a drain is over, milliseconds since boot. */
  let drainedAtMs = Number.POSITIVE_INFINITY;
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

  const planStart = (job: Job, atMs: number): void => {
    job.cancelStart();
    job.cancelStart = at(atMs, () => start(job));
  };

  const ended = (job: Job, how: Exit): void => {
    const { label } = job.spec;
    const group = job.pid;
    job.cancelKill();
    Object.assign(job, { pid: null, start: null, token: null, isAdopted: false, killAtMs: null, lastExit: how });
    if (group !== null) leftovers.end(label, group, job.spec.exitTimeoutSeconds || patientSeconds);
    const told = how.signal ?? (how.code === null ? 'unseen' : `code ${how.code}`);
    if (job.isEnding) {
      jobs.delete(label);
      departed.note(label, how);
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

  /** @param why after "did not end" */
  const planKill = (job: Job, atMs: number, why = `within ${job.spec.exitTimeoutSeconds} s of TERM`): void => {
    job.cancelKill();
    job.killAtMs = atMs;
    job.cancelKill = at(atMs, () => {
      log.warn(`${job.spec.label}: did not end ${why} and was killed`);
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
    if (exitTimeoutSeconds > 0) planKill(job, sinceBootMs() + exitTimeoutSeconds * 1000);
    signalGroup(job, 'SIGTERM');
  };

  /** Nobody waits for an ExitTimeOut of an hour when the supervisor itself ends. */
  const planLastKill = (job: Job): void => {
    const seconds = Math.min(job.spec.exitTimeoutSeconds || patientSeconds, mostAtEnd);
    const atMs = sinceBootMs() + seconds * 1000;
    if (job.killAtMs === null || job.killAtMs > atMs)
      planKill(job, atMs, `within the ${seconds} s it has when the supervisor ends`);
  };

  const load = (spec: JobSpec): Job => {
    departed.forget(spec.label);
    const job = newJob(spec);
    jobs.set(spec.label, job);
    return job;
  };

  /** It was killed: nobody else knows how another's child ended. */
  const isOverdue = ({ killAtMs }: Job): boolean => killAtMs !== null && sinceBootMs() >= killAtMs;

  const look = (): void => {
    for (const job of [...jobs.values()]) {
      if (!job.isAdopted || job.pid === null) continue;
      const seen = see(job.pid);
      if (seen === null || seen.isZombie || seen.start !== job.start)
        ended(job, { code: null, signal: isOverdue(job) ? 'SIGKILL' : null });
    }
    if (looking === null || [...jobs.values()].some((job) => job.isAdopted)) return;
    clearInterval(looking);
    looking = null;
  };

  /**
   * A job of an earlier supervisor: it is ours if it still runs, by its pid and start or else by the token of its start. One
   * that has ended is loaded anew, by its property list of now.
   */
  const adopt = (known: SavedJob, present: JobSpec = known.spec): void => {
    const { label } = known.spec;
    const job = restoredJob(known);
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
      const lastExit = mayRun ? { code: null, signal: null } : job.lastExit;
      const anew: Job = { ...job, spec: present, token: null, lastExit };
      jobs.set(label, anew);
      if (present.keepAlive) planStart(anew, mayStartAtMs(anew, sinceBootMs()));
    }
  };

  return {
    open: (left) => {
      const { specs, problems } = readServices();
      for (const label of left?.bootedOut ?? []) bootedOut.add(label);
      for (const saved of left?.jobs ?? []) adopt(saved, specs.get(saved.spec.label));
      for (const { detail } of problems) log.warn(detail);
      for (const spec of specs.values()) {
        if (jobs.has(spec.label) || bootedOut.has(spec.label)) continue;
        const job = load(spec);
        if (spec.keepAlive || spec.runAtLoad) start(job);
      }
      if ([...jobs.values()].some((job) => job.isAdopted)) looking = setInterval(look, lookEveryMs);
      changed();
    },
    departed: departed.list,
    list: () => [...jobs.values()].map(rowOf),
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
      drainedAtMs = sinceBootMs() + mostAtEnd * 1000;
      const empty = new Promise<void>((resolve) => {
        whenEmpty = resolve;
      });
      for (const job of [...jobs.values()]) {
        if (!job.isEnding) tellToEnd(job);
        if (job.pid !== null) planLastKill(job);
      }
      if (jobs.size > 0) log.notice(`${jobs.size} told to end; what has not ended in ${mostAtEnd} s is killed`);
      changed();
      if (jobs.size > 0) await empty;
      if (looking !== null) clearInterval(looking);
      await leftovers.drain(() => drainedAtMs);
    },
    hurry: () => {
      drainedAtMs = 0;
      for (const job of jobs.values())
        if (job.pid !== null) planKill(job, 0, 'before the supervisor was told to hurry');
    },
  };
};
