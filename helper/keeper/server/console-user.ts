import type { HostKind } from '../../host/port.ts';
import { consoleUid } from '../../install/console-account.ts';

/**
 * The user at the console, asked anew each time: users are switched while connections live. Where the keeper runs as somebody's
 * own, and where there is no console that has an owner, it is the keeper's own account.
 */
export const consoleUserOf = (
  hostKind: HostKind,
  keeperUid: number,
  owner: () => number | null = consoleUid,
): (() => number | null) => (hostKind === 'darwin' && keeperUid === 0 ? owner : () => keeperUid);
