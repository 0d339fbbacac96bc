import type { ProcessSpec, ServiceSpec } from './scenario.ts';

/** One loaded or unloaded job. A job that is loaded and not running has no pid. */
export interface Job {
  readonly service: ServiceSpec;
  readonly spec: ProcessSpec;
  isLoaded: boolean;
  pid: number | null;
  lastStartMs: number;
  /** When launchd will start it next; null: it will not. */
  startAtMs: number | null;
}

const defaultThrottleSeconds = 10;
export const defaultExitTimeoutSeconds = 5;

export const createJob = (spec: ProcessSpec, service: ServiceSpec): Job => ({
  service,
  spec,
  isLoaded: true,
  pid: null,
  lastStartMs: 0,
  startAtMs: null,
});

/** Two starts are at least ThrottleInterval apart, however the first one ended. */
const throttledMs = (job: Job, nowMs: number): number =>
  Math.max(nowMs, job.lastStartMs + (job.service.throttleSeconds ?? defaultThrottleSeconds) * 1000);

export const jobStarted = (job: Job, pid: number, nowMs: number): void => {
  job.pid = pid;
  job.lastStartMs = nowMs;
  job.startAtMs = null;
};

export const jobEnded = (job: Job, nowMs: number): void => {
  job.pid = null;
  job.startAtMs = job.isLoaded && job.service.keepAlive ? throttledMs(job, nowMs) : null;
};

/** launchd starts a job that is bootstrapped again at once, throttle or not. */
export const bootstrapJob = (job: Job, nowMs: number): void => {
  job.isLoaded = true;
  if (job.pid === null) job.startAtMs = nowMs;
};

/** Its process is told to end by the world; the job is not started again. */
export const bootoutJob = (job: Job): void => {
  job.isLoaded = false;
  job.startAtMs = null;
};
