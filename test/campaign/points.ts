/**
 * The exact places at which a run holds keeper or deadman: between two system calls of the code as it ships. `hooks.ts` knows
 * how each is recognised from outside.
 */

export type Party = 'keeper' | 'deadman';

export const keeperPoints = {
  /** The intent row is written. */
  intended: 'intent ↔ rename',
  /** A tombstone has its name; nobody was asked. */
  named: 'rename ↔ acknowledge',
  /** The deadman was asked. */
  asked: 'rename ↔ acknowledge',
  /** Acknowledged, looked at, and the next call is the stop. */
  acknowledged: 'acknowledge ↔ signal',
  signalled: 'signal ↔ verify',
  /** The next call writes the result row. */
  verified: 'verify ↔ result',
  claimed: 'claim ↔ SIGCONT',
  continued: 'SIGCONT ↔ delete',
  deleted: 'delete ↔ result',
} as const;

export const deadmanPoints = {
  /** A tombstone was read and found good. */
  watching: 'rename ↔ acknowledge',
  watched: 'acknowledge ↔ signal',
  claimed: 'claim ↔ SIGCONT',
  continued: 'SIGCONT ↔ delete',
  deleted: 'delete ↔ next',
} as const;

export type KeeperPoint = keyof typeof keeperPoints;
export type DeadmanPoint = keyof typeof deadmanPoints;
export type Point = KeeperPoint | DeadmanPoint;

/** A process stops there the `nth` time it comes by, until it is told to go on. */
export interface Hold {
  readonly point: Point;
  readonly nth: number;
}

/** Of a process that somebody resumes: where a second blow finds the resumer. */
export const resumePoints = ['claimed', 'continued', 'deleted'] as const;

/** The environment variable that carries holds to `hooks.ts`, as JSON. */
export const holdsVariable = 'CASTELLAN_CAMPAIGN_HOLDS';
/** What passes between a held process and who holds it: lines out, one byte in. */
export const holdsDescriptor = 3;
