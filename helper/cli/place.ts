import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findRunDirectory, installedRunDirectories } from '../keeper/life/run-directory.ts';
import type { TrustedOwner } from '../protocol/server-trust.ts';
import { type Io, type Parsed, text } from './command.ts';

/** Which keeper a command is about, and who may own what lies there. */
export interface Place {
  readonly runDirectory: string;
  readonly owner: TrustedOwner;
}

/**
 * Links above the run directory are the system's own (`/tmp` and `/var` on macOS) or judged where they lead; the run
 * directory itself may not be one.
 */
const withoutLinksAbove = (path: string): string => {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    // Nothing there: said when it is looked at.
    return path;
  }
};

export const placeOf = (parsed: Parsed, io: Io): Place => {
  const flag = text(parsed, 'run-dir') ?? undefined;
  const found = findRunDirectory({ flag, platform: process.platform, uid: io.uid, env: io.env });
  // What an installed keeper has belongs to root alone; a development keeper may be one's own.
  const installed = installedRunDirectories(process.platform).includes(found);
  return {
    runDirectory: withoutLinksAbove(found),
    owner: installed ? { kind: 'root' } : { kind: 'root_or_user', uid: io.uid },
  };
};
