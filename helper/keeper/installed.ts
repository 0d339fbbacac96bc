import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../host/port.ts';
import { runCommand } from '../install/command-runner.ts';
import { createLaunchctlPort } from '../install/cutover-launchd.ts';
import { whyNotRoots } from '../install/executable-trust.ts';
import { ensureGatewayAccount } from '../install/gateway-account.ts';
import { installedRunDirectories } from './run-directory.ts';

/** What is different for a keeper that launchd runs as root on a Mac. */

/**
 * launchd keeps what a daemon writes to its stderr in a file that nobody shortens; the keeper's own log is shortened, and says
 * the same.
 */
export const isLaunchds = (runDirectory: string): boolean =>
  process.platform === 'darwin' && installedRunDirectories('darwin').includes(runDirectory);

/** On a Mac, what belongs to others can be neither measured nor changed without root. */
export const cannotActReasons = (host: Host, uid: number, runDirectory: string): readonly string[] => {
  if (host.kind !== 'darwin') return [];
  if (uid !== 0)
    return ["The keeper does not run as root: other users' processes cannot be measured, and nothing can be set."];
  const why = isLaunchds(runDirectory) ? whyNotRoots(process.execPath) : null;
  return why === null ? [] : [`Others than root can change the program itself (${why}): install it with its package.`];
};

/** Before anything else: the gateway's socket is given to it. */
export const ensureOwnAccount = (uid: number, runDirectory: string): Promise<void> =>
  ensureGatewayAccount({
    platform: process.platform,
    uid,
    runDirectory,
    run: runCommand,
    launchd: { launchctl: createLaunchctlPort(), sleep },
    tell: (level, text) => process.stderr.write(`${level}: ${text}\n`),
  });
