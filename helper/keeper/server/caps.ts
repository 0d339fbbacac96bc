/**
 * How many connections each user may have. Pools rather than one total, so that nobody can keep the console user or
 * root out by connecting often.
 */

export type Pool = 'root' | 'console' | 'others';

export const caps = {
  /** Kept for root beyond what root has as console user or as one of the others. */
  root: 2,
  console: 8,
  others: 6,
  /** Of the places for others, for one uid. */
  othersPerUid: 2,
} as const;

/** One connection that has a place. */
export interface Seated {
  readonly uid: number;
  readonly pool: Pool;
}

const has = (seated: readonly Seated[], pool: Pool, uid?: number): number =>
  seated.filter((one) => one.pool === pool && (uid === undefined || one.uid === uid)).length;

/** The pool in which a new connection of `uid` gets a place; null when it has none left. */
export const placeFor = (seated: readonly Seated[], uid: number, consoleUid: number | null): Pool | null => {
  if (uid === 0 && has(seated, 'root') < caps.root) return 'root';
  // Counted by uid: connections of whoever was at the console before take nothing from who is there now.
  if (uid === consoleUid) return has(seated, 'console', uid) < caps.console ? 'console' : null;
  return has(seated, 'others') < caps.others && has(seated, 'others', uid) < caps.othersPerUid ? 'others' : null;
};
