import type { ServiceJob } from '../host/service-manager.ts';
import type { JobSpec } from './spec.ts';
import type { SavedJob } from './state-file.ts';

/** How a run ended. Neither code nor signal: an earlier supervisor's child, whose end only init was told. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A loaded job. Mutable, and changed only by the supervisor's jobs. */
export interface Job {
  readonly spec: JobSpec;
  /** Leader of its session and process group; null: it does not run. */
  pid: number | null;
  start: string | null;
  /** Names the last start among all others. */
  token: string | null;
  /** Started by an earlier supervisor: its end is seen by looking, not told. */
  isAdopted: boolean;
  /** It was booted out and is on its way to its end; then it is forgotten. */
  isEnding: boolean;
  /** It is started again at once when it has ended. */
  restarts: boolean;
  /** Milliseconds since boot. */
  lastStartMs: number | null;
  killAtMs: number | null;
  lastExit: Exit | null;
  cancelStart: () => void;
  cancelKill: () => void;
}

const nothing = (): void => {};

export const newJob = (spec: JobSpec): Job => ({
  spec,
  pid: null,
  start: null,
  token: null,
  isAdopted: false,
  isEnding: false,
  restarts: false,
  lastStartMs: null,
  killAtMs: null,
  lastExit: null,
  cancelStart: nothing,
  cancelKill: nothing,
});

export const restoredJob = (saved: SavedJob): Job => ({
  ...newJob(saved.spec),
  token: saved.token,
  isEnding: saved.isEnding,
  killAtMs: saved.killAtMs,
  lastStartMs: saved.lastStartMs,
  lastExit: saved.lastExit,
});

export const savedJob = (job: Job): SavedJob => ({
  spec: job.spec,
  isEnding: job.isEnding,
  killAtMs: job.killAtMs,
  pid: job.pid,
  start: job.start,
  token: job.token,
  lastStartMs: job.lastStartMs,
  lastExit: job.lastExit,
});

/** A row of the list of all. */
export interface JobRow {
  readonly label: string;
  readonly pid: number | null;
  /** How its last run ended; null: it has not ended yet. */
  readonly lastExit: Exit | null;
}

export const rowOf = ({ spec, pid, lastExit }: Job): JobRow => ({ label: spec.label, pid, lastExit });

export const printedJob = (job: Job): ServiceJob => ({
  label: job.spec.label,
  pid: job.pid,
  lastExit: job.lastExit,
  exitTimeoutSeconds: job.spec.exitTimeoutSeconds,
  hasMachServices: job.spec.hasMachServices,
});

/** When it may start: two starts are at least ThrottleInterval apart, however the first one ended. */
export const mayStartAtMs = (job: Job, nowMs: number): number =>
  job.lastStartMs === null ? nowMs : Math.max(nowMs, job.lastStartMs + job.spec.throttleSeconds * 1000);
