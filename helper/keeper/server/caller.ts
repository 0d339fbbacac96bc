import { isGatewayVerb, requests, type Tier, type Verb } from '../../protocol/requests.ts';

/** Who is at the other end of a connection: as the kernel said when it was accepted. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  readonly client: 'app' | 'cli' | 'gateway';
  readonly tier: Tier;
}

/**
 * Uid 0 is root; the user at the console is console; every other local user reads. The account a keeper runs as is as
 * good as root to it: it can end the keeper and start one of its own. Installed, that account is root; in development it
 * is the developer, who may thus do everything there.
 */
export const tierOf = (uid: number, consoleUid: number | null, keeperUid = 0): Tier => {
  if (uid === 0 || uid === keeperUid) return 'root';
  return uid === consoleUid ? 'console' : 'read';
};

const rank: Readonly<Record<Exclude<Tier, 'gateway'>, number>> = { read: 0, console: 1, root: 2 };

/** The gateway has its own verbs and nobody else's; nobody else has those that are for it alone. */
export const mayUse = (tier: Tier, verb: Verb): boolean => {
  if (tier === 'gateway') return isGatewayVerb(verb);
  const needed: Tier = requests[verb].tier;
  return needed !== 'gateway' && rank[tier] >= rank[needed];
};
