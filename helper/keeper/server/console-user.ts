import { statSync } from 'node:fs';
import type { HostKind } from '../../host/port.ts';

/** The first account of a person; below it are those of the system, as the one that macOS sets itself up with (248). */
const firstLoginUid = 500;

/** loginwindow gives the console to whoever is logged in at it and has the screen, and takes it back for root afterwards. */
const ownerOfConsole = (): number | null => {
  try {
    const { uid } = statSync('/dev/console');
    return uid >= firstLoginUid ? uid : null;
  } catch {
    return null;
  }
};

/**
 * The user at the console, asked anew each time: users are switched while connections live. Where the keeper runs as somebody's
 * own, and where there is no console that has an owner, it is the keeper's own account.
 */
export const consoleUserOf = (
  hostKind: HostKind,
  keeperUid: number,
  owner: () => number | null = ownerOfConsole,
): (() => number | null) => (hostKind === 'darwin' && keeperUid === 0 ? owner : () => keeperUid);
