import type { ServiceJob, ServiceResult } from '../service-manager.ts';
import type { ProcessSpec, ServiceSpec } from './scenario.ts';

/** How a process ended: with a code, or by a signal. */
export type Ending =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: 'SIGTERM' | 'SIGKILL' };

/** sysexits.h EX_CONFIG: what launchd gives as the exit of a job that it could not start. */
export const notStarted: Ending = { code: 78, signal: null };

export const killed: Ending = { code: null, signal: 'SIGKILL' };

/** How the program of a job behaves, until it is told otherwise. */
export type ServerMode =
  | { readonly kind: 'ok' }
  /** Accepts connections and answers nobody. */
  | { readonly kind: 'hangs' }
  /** Loads, and says for ever that it is not ready. */
  | { readonly kind: 'never_ready' }
  /** Ends with this code soon after each start. */
  | { readonly kind: 'exits'; readonly code: number }
  /** Its file is gone: what runs goes on, the next start fails. */
  | { readonly kind: 'no_executable' };

/** Yes: also of a server whose model is gone, which is what makes it hollow. */
export const servesAnyway = { ok: true, detail: '' } as const;

/** One loaded or unloaded job. A job that is loaded and not running has no pid; one that is booted out may still run. */
export interface Job {
  readonly service: ServiceSpec;
  readonly spec: ProcessSpec;
  isLoaded: boolean;
  pid: number | null;
  lastStartMs: number;
  /** When launchd will start it next; null: it will not. */
  startAtMs: number | null;
  lastExit: Ending | null;
  /** When that was. */
  lastEndMs: number;
  mode: ServerMode;
  /** Milliseconds from TERM to its end; `never`: it does not end by itself; null: as its specification says. */
  drainMs: number | 'never' | null;
}

type Refusal = Extract<ServiceResult, { ok: false }>;

const defaultThrottleSeconds = 10;
export const defaultExitTimeoutSeconds = 5;

export const createJob = (spec: ProcessSpec, service: ServiceSpec): Job => ({
  service,
  spec,
  isLoaded: true,
  pid: null,
  lastStartMs: 0,
  startAtMs: null,
  lastExit: null,
  lastEndMs: 0,
  mode: { kind: 'ok' },
  drainMs: null,
});

/** `launchctl print` and `list` know it: it is loaded, or booted out and on its way to its end (state SIGTERMed). */
export const isListed = (job: Job): boolean => job.isLoaded || job.pid !== null;

/** As the supervisor tells it: for a minute after the end of one that was booted out. launchd itself forgets it at once. */
const departedMs = 60_000;

/** How its last run ended is known. */
export const isExitKnown = (job: Job, nowMs: number): boolean => isListed(job) || nowMs - job.lastEndMs < departedMs;

/** Two starts are at least ThrottleInterval apart, however the first one ended. */
const throttledMs = (job: Job, nowMs: number): number =>
  Math.max(nowMs, job.lastStartMs + (job.service.throttleSeconds ?? defaultThrottleSeconds) * 1000);

export const jobStarted = (job: Job, pid: number, nowMs: number): void => {
  job.pid = pid;
  job.lastStartMs = nowMs;
  job.startAtMs = null;
};

export const jobEnded = (job: Job, nowMs: number, how: Ending): void => {
  job.pid = null;
  job.lastExit = how;
  job.lastEndMs = nowMs;
  job.startAtMs = job.isLoaded && job.service.keepAlive ? throttledMs(job, nowMs) : null;
};

/** As the status column of `launchctl list` has it: a code, or the negative of a signal (sys/signal.h). */
export const exitStatus = ({ code, signal }: Ending): number =>
  signal === null ? code : signal === 'SIGKILL' ? -9 : -15;

const ending = (label: string): Refusal => ({
  ok: false,
  problem: 'ending',
  detail: `${label} is still ending (launchctl: 37); try again once it is gone`,
});

/**
 * `launchctl bootstrap`. launchd starts a job that is to run when it is loaded at once, throttle or not. It refuses one that
 * is loaded (5, as an input/output error) and one that is still ending (37, operation already in progress).
 */
export const loadJob = (job: Job, nowMs: number): ServiceResult => {
  const { label, keepAlive, runAtLoad = keepAlive } = job.service;
  if (job.isLoaded) return { ok: false, problem: 'already', detail: `${label} is loaded already (launchctl: 5)` };
  if (job.pid !== null) return ending(label);
  job.isLoaded = true;
  job.lastExit = null;
  job.startAtMs = runAtLoad ? nowMs : null;
  return { ok: true };
};

/** `launchctl kickstart`: starts what is loaded, at once; `already`: it runs, or is being started. */
export const kickstartJob = (job: Job, nowMs: number): ServiceResult => {
  const { label } = job.service;
  if (!isListed(job)) return absent(label);
  if (!job.isLoaded) return ending(label);
  if (job.pid !== null || (job.startAtMs !== null && job.startAtMs <= nowMs))
    return { ok: false, problem: 'already', detail: `${label} runs already (launchctl: 37)` };
  job.startAtMs = nowMs;
  return { ok: true };
};

/** What a bootstrap is at the port: both. */
export const bootstrapJob = (job: Job, nowMs: number): ServiceResult => {
  const loaded = loadJob(job, nowMs);
  if (!loaded.ok && loaded.problem !== 'already') return loaded;
  const started = kickstartJob(job, nowMs);
  return loaded.ok && !started.ok && started.problem === 'already' ? loaded : started;
};

/** Its process is told to end by the world; the job is not started again. */
export const bootoutJob = (job: Job): ServiceResult => {
  const { label } = job.service;
  if (!isListed(job)) return absent(label);
  if (!job.isLoaded) return { ok: false, problem: 'already', detail: `${label} is ending already (launchctl: 36)` };
  job.isLoaded = false;
  job.startAtMs = null;
  return { ok: true };
};

export const absent = (label: string): Refusal => ({
  ok: false,
  problem: 'absent',
  detail: `launchd knows no job ${label} (launchctl: 113)`,
});

export const printJob = (job: Job): ServiceJob => ({
  label: job.service.label,
  pid: job.pid,
  lastExit: job.lastExit,
  exitTimeoutSeconds: job.service.exitTimeoutSeconds ?? defaultExitTimeoutSeconds,
  hasMachServices: job.service.machServices ?? false,
});
