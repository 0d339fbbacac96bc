import { findRunDirectory, productionRunDirectory } from '../keeper/run-directory.ts';
import type { TrustedOwner } from '../protocol/server-trust.ts';
import { type Io, type Parsed, text } from './command.ts';

/** Which keeper a command is about, and who may own what lies there. */
export interface Place {
  readonly runDirectory: string;
  readonly owner: TrustedOwner;
}

export const placeOf = (parsed: Parsed, io: Io): Place => {
  const flag = text(parsed, 'run-dir') ?? undefined;
  const runDirectory = findRunDirectory({ flag, platform: process.platform, uid: io.uid, env: io.env });
  // What an installed keeper has belongs to root alone; a development keeper may be one's own.
  const installed = runDirectory === productionRunDirectory(process.platform);
  return { runDirectory, owner: installed ? { kind: 'root' } : { kind: 'root_or_user', uid: io.uid } };
};
