import type { ServiceJob, ServiceResult } from '../host/service-manager.ts';
import type { Services } from './folder.ts';
import type { Exit, JobRow } from './job.ts';
import type { Launched } from './launch.ts';
import type { JobSpec } from './spec.ts';
import type { SavedState } from './state-file.ts';

/** What the supervisor's jobs are to the rest of it. */

export type Printed = { readonly ok: true; readonly job: ServiceJob } | Extract<ServiceResult, { ok: false }>;

/**
 * launchd's semantics for one folder of property lists: KeepAlive, ThrottleInterval, RunAtLoad, and a bootout that is TERM
 * to the group and KILL at ExitTimeOut. Jobs are nobody's children but ours; when the supervisor is killed they go on
 * (a seat must not end because something of ours did), and the next supervisor adopts them.
 */
export interface Jobs {
  /** Loads the folder, and takes over what an earlier supervisor left. */
  open(left: SavedState | null): void;
  list(): readonly JobRow[];
  /** How those ended that were booted out within the last minute, and are gone from the list. */
  departed(): readonly { readonly label: string; readonly lastExit: Exit }[];
  /** Reads the folder anew, loads the job and starts it; `already`: it runs. */
  bootstrap(label: string): ServiceResult;
  /** Tells it to end; it is listed until it has. */
  bootout(label: string): ServiceResult;
  print(label: string): Printed;
  /** Starts a loaded job at once. `restart`: one that runs is killed first, as `launchctl kickstart -k` does. */
  kickstart(label: string, restart: boolean): ServiceResult;
  /** Ends all jobs, by KILL what has not ended after a while; resolves when none is left, nor anything that one left. */
  drain(): Promise<void>;
  /** Somebody does not want to wait for a drain that is under way: all that is left is killed. */
  hurry(): void;
}

export interface JobsOptions {
  readonly readServices: () => Services;
  readonly launch: (spec: JobSpec, token: string) => Launched;
  readonly save: (state: Omit<SavedState, 'bootId'>) => void;
  /** The list has changed. */
  readonly onChange: () => void;
  readonly log: { readonly warn: (text: string) => void; readonly notice: (text: string) => void };
  /** Longest time to end that a job has when the supervisor ends, seconds; tests have another. */
  readonly lastSeconds?: number;
  /** How long an end is told of that has left the list, milliseconds; tests have another. */
  readonly departedMs?: number;
}
