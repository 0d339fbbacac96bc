/** What a launchd job (on Linux: a job of the supervisor) is doing. */
export interface ServiceJob {
  readonly label: string;
  /** Null: loaded, and not running. */
  readonly pid: number | null;
  /** How its last run ended; null: it has not ended yet. */
  readonly lastExit: { readonly code: number | null; readonly signal: string | null } | null;
  /** Seconds between the TERM of a bootout and launchd's KILL. */
  readonly exitTimeoutSeconds: number | null;
  /** It offers Mach services, so that others would be woken or left waiting by its end; null: not known. */
  readonly hasMachServices: boolean | null;
}

/**
 * Expected outcomes of a change to a service. `absent`: no such job is known (launchctl's 113). `ending`: it was told to end
 * before and is still on its way (36, 37); the same can be asked again once it is gone.
 */
export type ServiceResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly problem: 'absent' | 'already' | 'ending' | 'refused' | 'unsupported' | 'failed';
      readonly detail: string;
    };

/**
 * launchd's jobs, or what stands in for them. `bootout` resolves when the job has been told to end (launchd answers 36,
 * "operation now in progress"): that it is gone is seen in `pids`, and its memory in the footprints.
 */
export interface ServiceManager {
  /**
   * Pids of loaded jobs by label; a listed job that does not run maps to null. Never blocks: at most one slot old.
   * Null: not known, because nobody has answered yet or nobody answers any more. It is no empty list: a service that is
   * not known is not absent. Why is a fact of the sensor `services` in a machine reading of depth `slot`.
   */
  pids(): ReadonlyMap<string, number | null> | null;
  /**
   * Where services live that are not of the system's domain: label, or its beginning and an asterisk → `gui/UID`. In force until it is told anew. Absent where
   * there is one domain only.
   */
  locate?(domains: ReadonlyMap<string, string>): void;
  /**
   * How the last run of each listed job ended, as `launchctl list` has it: an exit code, or the negative of a signal. A job
   * that has not ended yet is left out. launchctl prints 0 of such a job, too, so on a Mac there are no zeros. Never blocks.
   *
   * Of a job that was booted out it is told for a minute after its end, although it is in `pids` no more, until it is
   * bootstrapped again: -9 is one that did not drain and was killed at its time-out. Not on a Mac, where launchd forgets it.
   */
  lastExits(): ReadonlyMap<string, number>;
  /**
   * Writes the property list of a service where this host loads it from, so that a bootstrap finds it. `already`: it is there
   * as given. A job that is loaded goes on as it is until it is bootstrapped again. Absent where that is the installer's
   * affair.
   */
  define?(label: string, plist: string): Promise<ServiceResult>;
  /**
   * Loads the job and runs it, whatever its property list says of a start at load: one that was loaded already and does not
   * run (as after the start of the machine) is started, too. `already`: it runs.
   *
   * Which property list it runs by: on Linux the one that is there now. launchd starts what is loaded as it was loaded; who
   * wants the present list boots it out first.
   */
  bootstrap(label: string): Promise<ServiceResult>;
  bootout(label: string): Promise<ServiceResult>;
  print(label: string): Promise<{ readonly ok: true; readonly job: ServiceJob } | Exclude<ServiceResult, { ok: true }>>;
}
