import type { Caller } from '../../helper/keeper/server/caller.ts';
import type { PeerSession } from '../../helper/keeper/server/peer-guard.ts';
import { type ProvenCaller, proveCaller } from '../../helper/keeper/server/proven-caller.ts';

/** A caller whose session nothing has happened to, for tests of what handlers do. */
export const proven = (caller: Caller): ProvenCaller => {
  const made = proveCaller(caller, { still: () => null } as PeerSession);
  if (!made.ok) throw new Error('a session that is still the same was refused');
  return made.caller;
};
