import { execFile } from 'node:child_process';
import type { SensorFact } from '../reading.ts';
import { decodeServices, type ServiceList } from './decode.ts';
import { createDomains, type Domains } from './domains.ts';

/** Runs launchctl and gives its output, or null when it failed; and its exit code, null when it gave none (a timeout). */
export type RunLaunchctl = (
  args: readonly string[],
  done: (output: string | null, code?: number | null) => void,
  /** Milliseconds that it may take; left out: 5 s. */
  limitMs?: number,
) => void;

const launchctl = '/bin/launchctl';
const usualLimitMs = 5_000;
const freshMs = 1_900;
const none: ReadonlyMap<string, number> = new Map();
const nothing: ServiceList = { pids: new Map(), exits: none };

export const runLaunchctl: RunLaunchctl = (args, done, limitMs = usualLimitMs) => {
  try {
    execFile(launchctl, args, { timeout: limitMs, maxBuffer: 2 ** 20, env: {} }, (error, stdout) => {
      if (error === null) done(stdout, 0);
      else done(null, typeof error.code === 'number' ? error.code : null);
    });
  } catch {
    // Where there is no memory for another process Node throws (ENOMEM), and calls back for other errors.
    setImmediate(() => done(null, null));
  }
};

export interface Services {
  /** Null: not known. */
  read(): ReadonlyMap<string, number | null> | null;
  /** As the status column has it; empty while they are not known. */
  exits(): ReadonlyMap<string, number>;
  /** A job was started just now: how it ended before is of no account any more. */
  started(label: string): void;
  /** Why they are not known; null: they are, or launchctl has been asked just now for the first time. */
  fact(): SensorFact | null;
}

/**
 * Pids by label. launchctl takes milliseconds and sometimes seconds, so it runs beside the loop and `read` gives what
 * the last run said: at most one sampling interval old. Before the first run has answered, and after one that failed,
 * nothing is known.
 *
 * As root `launchctl list` lists the system's domain. That of a user is listed from within it (`launchctl asuser`, in the man
 * page launchctl(1)); without that user logged in there is none, which launchctl says by an exit code. Not seen on a Mac.
 */
export const createServices = (
  nowMs: () => number,
  run: RunLaunchctl = runLaunchctl,
  domains: Domains = createDomains(),
): Services => {
  let known: ServiceList | null = null;
  let readAtMs = -Infinity;
  /** When launchctl was asked for what is known, and when each job was started by us. */
  let askedAtMs = -Infinity;
  const startedAtMs = new Map<string, number>();
  let isRunning = false;
  let problem: string | null = null;

  /** launchctl was asked before the start of a job: that list has the exit of an earlier run. */
  const current = ({ pids, exits }: ServiceList): ServiceList => ({
    pids,
    exits: new Map([...exits].filter(([label]) => (startedAtMs.get(label) ?? -Infinity) < askedAtMs)),
  });

  const finish = (found: ServiceList | null, code: number | null): void => {
    isRunning = false;
    readAtMs = nowMs();
    known = found === null ? null : current(found);
    problem = found === null ? `launchctl list failed (${code ?? 'no answer'})` : null;
  };

  /** The services of these users that live there, beside those found so far. */
  const addUsers = (found: ServiceList, [uid, ...others]: readonly number[]): void => {
    if (uid === undefined) {
      finish(found, 0);
      return;
    }
    run(['asuser', String(uid), launchctl, 'list'], (output, code = null) => {
      if (output === null && code === null) {
        finish(null, null);
        return;
      }
      const listed = output === null ? nothing : decodeServices(output);
      const isThere = ([label]: readonly [string, unknown]): boolean => {
        const domain = domains.of(label);
        return domain.kind === 'gui' && domain.uid === uid;
      };
      addUsers(
        {
          pids: new Map([...found.pids, ...[...listed.pids].filter(isThere)]),
          exits: new Map([...found.exits, ...[...listed.exits].filter(isThere)]),
        },
        others,
      );
    });
  };

  const refresh = (): void => {
    if (isRunning || nowMs() - readAtMs < freshMs) return;
    isRunning = true;
    askedAtMs = nowMs();
    run(['list'], (output, code = null) => {
      if (output === null) {
        finish(null, code);
        return;
      }
      const uids = domains.uids();
      const found = decodeServices(output);
      // One of the same label in the system's domain is another service.
      const isSystems = ([label]: readonly [string, unknown]): boolean => domains.of(label).kind === 'system';
      addUsers(
        {
          pids: new Map([...found.pids].filter(isSystems)),
          exits: new Map([...found.exits].filter(isSystems)),
        },
        uids,
      );
    });
  };

  return {
    read: () => {
      refresh();
      return known?.pids ?? null;
    },
    exits: () => {
      refresh();
      return known?.exits ?? none;
    },
    started: (label) => {
      startedAtMs.set(label, nowMs());
      if (known !== null) known = current(known);
    },
    fact: () => (problem === null ? null : { sensor: 'services', problem: 'unavailable', detail: problem }),
  };
};
