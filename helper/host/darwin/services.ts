import { execFile } from 'node:child_process';
import type { SensorFact } from '../reading.ts';
import { decodeServices, type ServiceList } from './decode.ts';

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

export const runLaunchctl: RunLaunchctl = (args, done, limitMs = usualLimitMs) => {
  execFile(launchctl, args, { timeout: limitMs, maxBuffer: 2 ** 20, env: {} }, (error, stdout) => {
    if (error === null) done(stdout, 0);
    else done(null, typeof error.code === 'number' ? error.code : null);
  });
};

export interface Services {
  /** Null: not known. */
  read(): ReadonlyMap<string, number | null> | null;
  /** As the status column has it; empty while they are not known. */
  exits(): ReadonlyMap<string, number>;
  /** Why they are not known; null: they are, or launchctl has been asked just now for the first time. */
  fact(): SensorFact | null;
}

/**
 * Pids by label. launchctl takes milliseconds and sometimes seconds, so it runs beside the loop and `read` gives what
 * the last run said: at most one sampling interval old. Before the first run has answered, and after one that failed,
 * nothing is known.
 *
 * Not seen on a Mac: `launchctl list` as root lists the system domain; jobs of the console user's domain
 * (gui/UID) need `launchctl print`, whose form Apple calls unstable.
 */
export const createServices = (nowMs: () => number, run: RunLaunchctl = runLaunchctl): Services => {
  let known: ServiceList | null = null;
  let readAtMs = -Infinity;
  let isRunning = false;
  let problem: string | null = null;

  const refresh = (): void => {
    if (isRunning || nowMs() - readAtMs < freshMs) return;
    isRunning = true;
    run(['list'], (output, code = null) => {
      isRunning = false;
      readAtMs = nowMs();
      known = output === null ? null : decodeServices(output);
      problem = output === null ? `launchctl list failed (${code ?? 'no answer'})` : null;
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
    fact: () => (problem === null ? null : { sensor: 'services', problem: 'unavailable', detail: problem }),
  };
};
