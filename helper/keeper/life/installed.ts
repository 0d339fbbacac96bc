import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../../install/command-runner.ts';
import { ensureGatewayAccount } from '../../install/gateway-account.ts';
import { createLaunchctlPort } from '../../install/launchd.ts';
import { installedRunDirectories } from './run-directory.ts';

/** What is different for a keeper that launchd runs as root on a Mac. */

/**
 * launchd keeps what a daemon writes to its stderr in a file that nobody shortens; the keeper's own log is shortened, and says
 * the same.
 */
export const isLaunchds = (runDirectory: string): boolean =>
  process.platform === 'darwin' && installedRunDirectories('darwin').includes(runDirectory);

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
