import { dirname } from 'node:path';
import { type DaemonRole, daemonLogPaths, daemonPlistFile, installedRunDirectory } from './daemon-plists.ts';

/** Where an installation without a bundle puts things. A test has a root of its own; everybody else's is `/`. */

export interface InstallPlaces {
  readonly plist: (role: DaemonRole) => string;
  /** Holds castellan.toml and `run`. */
  readonly support: string;
  readonly runDirectory: string;
  /** The command line, where a shell finds it. */
  readonly command: string;
  /** What launchd keeps of each daemon's stderr. */
  readonly logs: readonly string[];
}

export const installPlaces = (isDevelopment: boolean, root = ''): InstallPlaces => {
  const runDirectory = `${root}${installedRunDirectory(isDevelopment)}`;
  const plist = (role: DaemonRole): string => `${root}/Library/LaunchDaemons/${daemonPlistFile(role, isDevelopment)}`;
  return {
    plist,
    support: dirname(runDirectory),
    runDirectory,
    command: `${root}/usr/local/bin/castellan${isDevelopment ? '-dev' : ''}`,
    logs: daemonLogPaths(isDevelopment).map((path) => `${root}${path}`),
  };
};
