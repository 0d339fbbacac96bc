import { productionRunDirectory } from '../keeper/life/run-directory.ts';
import type { Hello } from './server.ts';
import { compareStarts, type ReadStarts } from './starts.ts';

/** Starts a keeper that hangs again, by ending it: whoever supervises it starts the next one. */

export interface RestartOptions {
  readonly platform: string;
  readonly runDirectory: string;
  readonly readStarts: ReadStarts;
  readonly kill: (pid: number) => void;
  /** Runs a program with an empty environment; resolves to what went wrong, or null. */
  readonly execute: (command: string, args: readonly string[]) => Promise<string | null>;
}

export type RestartKeeper = (keeper: Hello) => Promise<string>;

export const keeperService = 'system/com.sanctum.castellan';
const launchctlLimitMs = 20_000;

export const execute: RestartOptions['execute'] = async (command, args) => {
  const { execFile } = await import('node:child_process');
  // It throws where there is no memory for another process (ENOMEM), and calls back for other errors.
  return new Promise<string | null>((resolve) => {
    execFile(command, [...args], { timeout: launchctlLimitMs, killSignal: 'SIGKILL', env: {} }, (fault) =>
      resolve(fault === null ? null : fault.message),
    );
  }).catch(String);
};

/**
 * Resolves to what was done, in words. On a Mac the installed keeper is launchd's to restart: `kickstart -k` ends a service and
 * starts it (launchctl(1)). Nobody has tried this on a Mac. Elsewhere, and for a keeper in development, SIGKILL: a process
 * that hangs may be stopped or deaf to anything else.
 */
export const createRestart =
  (options: RestartOptions): RestartKeeper =>
  async ({ pid, started }) => {
    if (options.platform === 'darwin' && options.runDirectory === productionRunDirectory('darwin')) {
      const problem = await options.execute('/bin/launchctl', ['kickstart', '-k', keeperService]);
      return problem === null ? `launchd restarts ${keeperService}` : `launchctl kickstart failed: ${problem}`;
    }
    const seen = (await options.readStarts([pid]))?.get(pid);
    if (seen === undefined || compareStarts(started, seen.started) !== 'same')
      return `pid ${pid} is not known to be the keeper any more: nobody was killed`;
    try {
      options.kill(pid);
      return `the keeper, pid ${pid}, was killed; whoever supervises it starts it again`;
    } catch (fault) {
      return `the keeper, pid ${pid}, could not be killed: ${String(fault)}`;
    }
  };
