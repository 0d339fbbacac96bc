import type { Entry } from './directory.ts';
import { dueMs, type Tombstone } from './tombstone.ts';

/**
 * When each freeze is over, and since when each claim has been seen; by the machine's monotonic clock. Rebuilt from the
 * folders at every look: nothing here is needed for safety but what is on disk.
 */
export interface Deadlines {
  /** A tombstone that was acknowledged, or is seen for the first time. */
  readonly note: (tombstone: Tombstone, nowMs: number) => void;
  /** All that are there now: what is not among them is forgotten. */
  readonly seeAll: (stopped: readonly Entry[], resuming: readonly Entry[], nowMs: number) => void;
  readonly isOver: (tombstone: Tombstone, nowMs: number) => boolean;
  /** The next moment at which a freeze is over; null: none is known. */
  readonly nextMs: () => number | null;
  readonly isOldClaim: (entry: Entry, nowMs: number) => boolean;
  /** It is tried again now: its age begins anew. */
  readonly tried: (path: string, nowMs: number) => void;
}

const keyOf = ({ pid, instance, freeze, writtenMs }: Tombstone): string => `${pid} ${instance} ${freeze} ${writtenMs}`;

export const createDeadlines = (claimMs: number): Deadlines => {
  let due = new Map<string, number>();
  let claims = new Map<string, number>();
  const dueOf = (tombstone: Tombstone, nowMs: number): number => due.get(keyOf(tombstone)) ?? dueMs(tombstone, nowMs);
  return {
    note: (tombstone, nowMs) => {
      due.set(keyOf(tombstone), dueOf(tombstone, nowMs));
    },
    seeAll: (stopped, resuming, nowMs) => {
      due = new Map(
        stopped.flatMap(({ tombstone }) => (tombstone === null ? [] : [[keyOf(tombstone), dueOf(tombstone, nowMs)]])),
      );
      claims = new Map(resuming.map(({ path }) => [path, claims.get(path) ?? nowMs]));
    },
    isOver: (tombstone, nowMs) => dueOf(tombstone, nowMs) <= nowMs,
    nextMs: () => (due.size === 0 ? null : Math.min(...due.values())),
    isOldClaim: ({ path }, nowMs) => nowMs - (claims.get(path) ?? nowMs) >= claimMs,
    tried: (path, nowMs) => {
      claims.set(path, nowMs);
    },
  };
};
