import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { TrustedOwner } from '../helper/protocol/server-trust.ts';

/** Which keeper the app belongs to, and who may own its socket. */
export interface Place {
  readonly runDirectory: string;
  readonly owner: TrustedOwner;
}

/** As the installer makes it; a test compares it with the keeper's own constant. */
export const productionRunDirectory = (platform: string): string =>
  platform === 'darwin' ? '/Library/Application Support/Sanctum/Castellan/run' : '/run/castellan';

/** Of a development build that launchd runs: beside an installed one, it must not be taken for it. */
export const developmentBuildRunDirectory = '/Library/Application Support/Sanctum/Castellan-dev/run';

/** Links above the run directory are the system's own (`/tmp` on macOS); the directory itself may not be one. */
const withoutLinksAbove = (path: string): string => {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    // Nothing there: said when it is connected to.
    return path;
  }
};

export interface Surroundings {
  readonly isPackaged: boolean;
  /** Packaged, and no release. */
  readonly isDevelopmentBuild?: boolean;
  readonly platform: string;
  readonly uid: number;
  readonly env: { readonly CASTELLAN_RUN_DIR?: string | undefined };
}

/**
 * A packaged app knows one place and trusts root alone; no variable changes that. In development the variable names the
 * folder, which may also be the current user's: the same checks, another owner.
 */
export const findPlace = ({ isPackaged, isDevelopmentBuild = false, platform, uid, env }: Surroundings): Place => {
  const isDevelopment = isPackaged && isDevelopmentBuild && platform === 'darwin';
  const runDirectory = isDevelopment ? developmentBuildRunDirectory : productionRunDirectory(platform);
  const installed: Place = { runDirectory, owner: { kind: 'root' } };
  const named = env.CASTELLAN_RUN_DIR;
  if (isPackaged || named === undefined || !isAbsolute(named)) return installed;
  return { runDirectory: withoutLinksAbove(named), owner: { kind: 'root_or_user', uid } };
};
