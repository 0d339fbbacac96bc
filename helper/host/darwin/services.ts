import { execFile } from 'node:child_process';
import type { SensorFact } from '../reading.ts';
import { decodeServices } from './decode.ts';

/** Runs launchctl and gives its output, or null when it failed; and its exit code, null when it gave none (a timeout). */
export type RunLaunchctl = (
  args: readonly string[],
  done: (output: string | null, code?: number | null) => void,
) => void;

const launchctl = '/bin/launchctl';
const timeoutMs = 5_000;
const freshMs = 1_900;

export const runLaunchctl: RunLaunchctl = (args, done) => {
  execFile(launchctl, args, { timeout: timeoutMs, maxBuffer: 2 ** 20, env: {} }, (error, stdout) => {
    if (error === null) done(stdout, 0);
    else done(null, typeof error.code === 'number' ? error.code : null);
  });
};

export interface Services {
  read(): ReadonlyMap<string, number | null>;
  /** Why the list may be old; null: it is not. */
  fact(): SensorFact | null;
}

/**
 * Pids by label. launchctl takes milliseconds and sometimes seconds, so it runs beside the loop and `read` gives what
 * the last run said: at most one sampling interval old. The first look gives nothing.
 *
 * Not seen on a Mac: `launchctl list` as root lists the system domain; jobs of the console user's domain
 * (gui/UID) need `launchctl print`, whose form Apple calls unstable.
 */
export const createServices = (nowMs: () => number, run: RunLaunchctl = runLaunchctl): Services => {
  let known: ReadonlyMap<string, number | null> = new Map();
  let readAtMs = -Infinity;
  let isRunning = false;
  let problem: string | null = null;

  return {
    read: () => {
      if (!isRunning && nowMs() - readAtMs >= freshMs) {
        isRunning = true;
        run(['list'], (output) => {
          isRunning = false;
          readAtMs = nowMs();
          problem = output === null ? 'launchctl list failed' : null;
          if (output !== null) known = decodeServices(output);
        });
      }
      return known;
    },
    fact: () => (problem === null ? null : { sensor: 'processes', problem: 'unavailable', detail: problem }),
  };
};
