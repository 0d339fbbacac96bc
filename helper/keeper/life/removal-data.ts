import { rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../config/trusted-folders.ts';
import { daemonLogPaths } from '../../install/daemon-plists.ts';
import { seatLogsPath } from '../../supervisor/places.ts';
import { gatewayFolderPath } from '../server/gateway-folder.ts';
import { gatewaySocketPath } from '../server/gateway-socket.ts';
import { gatewayTokenPath } from '../server/gateway-token.ts';
import { configPath, heartbeatPath, installedRunDirectories, socketPath, statePath } from './run-directory.ts';

/**
 * Removes what Castellan wrote: history, journal, audit, logs, what seats wrote, the token, the sockets and castellan.toml. By
 * name, so that what somebody else put into a folder they chose stays, and the folder with it.
 */

/** launchd's files of what the daemons of this run directory said; nobody but root can take them away, so the app cannot. */
export const launchdLogs = (runDirectory: string, platform: string): readonly string[] => {
  const at = platform === 'darwin' ? installedRunDirectories(platform).indexOf(runDirectory) : -1;
  return at === -1 ? [] : daemonLogPaths(at === 1);
};

/** Tombstones are left out while there are any: who holds one is still to be resumed. */
const ours = (runDirectory: string, platform: string, isUndo: boolean): readonly string[] => [
  statePath(runDirectory),
  heartbeatPath(runDirectory),
  socketPath(runDirectory),
  gatewaySocketPath(runDirectory),
  gatewayTokenPath(runDirectory),
  gatewayFolderPath(runDirectory),
  ...(isUndo ? [] : [configPath(runDirectory), ...launchdLogs(runDirectory, platform)]),
  join(runDirectory, 'deadman.sock'),
  join(runDirectory, 'slots'),
  seatLogsPath(runDirectory),
];

const emptyOnly = (runDirectory: string, platform: string): readonly string[] => [
  join(runDirectory, 'resuming'),
  join(runDirectory, 'stopped'),
  runDirectory,
  // …/Sanctum/Castellan/run: the two above were made with it.
  ...(platform === 'darwin' && installedRunDirectories(platform).includes(runDirectory)
    ? [dirname(runDirectory), dirname(dirname(runDirectory))]
    : []),
];

/**
 * @param isUndo of an installation that failed: castellan.toml was there before it, and launchd's files tell why
 * @returns what could not be removed, a sentence each
 */
export const removeData = (
  runDirectory: string,
  platform: string,
  { isUndo = false }: { readonly isUndo?: boolean } = {},
): readonly string[] => {
  const left: string[] = [];
  for (const path of ours(runDirectory, platform, isUndo)) {
    try {
      // Of a link the link itself goes, never what it leads to.
      rmSync(path, { recursive: true, force: true, maxRetries: 2, retryDelay: 50 });
    } catch (error) {
      left.push(`${path} could not be removed: ${errorCode(error)}.`);
    }
  }
  for (const folder of emptyOnly(runDirectory, platform)) {
    try {
      rmdirSync(folder);
    } catch {
      // Not there, or somebody else's things are in it.
    }
  }
  return left;
};
