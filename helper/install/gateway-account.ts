import { installedRunDirectories } from '../keeper/life/run-directory.ts';
import { gatewayAccountName } from '../keeper/server/gateway-account.ts';
import { findAccount, makeAccount, removeAccount } from './account.ts';
import type { RunCommand } from './command-runner.ts';
import { daemonLabel, installedRunDirectory } from './daemon-plists.ts';
import { kickstart, type Launchd } from './launchd.ts';

/**
 * The app can register the daemons and make no account; so the keeper, which is root, makes the gateway's at its first start.
 * Until then launchd cannot start the gateway, whose property list names the account, and is told to try again.
 */

export interface EnsureAccount {
  readonly platform: string;
  readonly uid: number;
  readonly runDirectory: string;
  readonly run: RunCommand;
  readonly launchd: Launchd;
  readonly tell: (level: 'notice' | 'error', text: string) => void;
}

/** Only of a keeper that launchd runs: in development the gateway has an account that is there. Never rejects. */
export const ensureGatewayAccount = async (given: EnsureAccount): Promise<void> => {
  const { platform, uid, runDirectory, run, launchd, tell } = given;
  const isDevelopment = runDirectory === installedRunDirectory(true);
  const isInstalled = isDevelopment || runDirectory === installedRunDirectory(false);
  if (platform !== 'darwin' || uid !== 0 || !isInstalled) return;
  // At every start but the first this is all.
  if ((await run('/usr/bin/id', ['-u', gatewayAccountName])).code === 0) return;
  const found = await findAccount(run);
  if (found.kind === 'there') return;
  const made = found.kind === 'missing' ? await makeAccount(run, found) : { ok: false as const, why: found.why };
  if (!made.ok) {
    tell('error', `the account ${gatewayAccountName} could not be made, so there is no gateway: ${made.why}`);
    return;
  }
  tell('notice', `the account ${gatewayAccountName} was made for the gateway`);
  // It is not loaded when it was not approved, or not registered, yet: then it finds the account later.
  await kickstart(launchd, 'system', daemonLabel('gateway', isDevelopment));
};

/**
 * With its data an installed keeper that is removed takes the account along: the app cannot. Whoever still runs as it keeps
 * its number until it ends.
 *
 * @returns what could not be done, a sentence each
 */
export const forgetGatewayAccount = async ({
  platform,
  runDirectory,
  run,
}: Pick<EnsureAccount, 'platform' | 'runDirectory' | 'run'>): Promise<readonly string[]> => {
  const [installed] = installedRunDirectories(platform);
  // A development build beside it does not take the account of the installed one.
  if (platform !== 'darwin' || runDirectory !== installed) return [];
  const gone = await removeAccount(run);
  return gone.ok ? [] : [`${gone.why}.`];
};
