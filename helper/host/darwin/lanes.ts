/**
 * Work for many owners on few threads: one piece at a time for each owner, so that work of one that never comes back holds up
 * nobody else's. In the order asked for, among those whose owner has none under way.
 */

export interface LaneWork<T> {
  /** Whose it is. */
  readonly owner: number;
  /** Asked while it waits: work that nobody wants any more is not done. */
  readonly isWanted: () => boolean;
  readonly run: () => Promise<T>;
  /** What it gives when it is not done. */
  readonly unwanted: () => T;
}

export type Lanes = <T>(work: LaneWork<T>) => Promise<T>;

interface Waiting {
  readonly owner: number;
  readonly isWanted: () => boolean;
  readonly begin: () => Promise<void>;
  readonly drop: () => void;
}

/** @param most pieces of work under way at once, of all owners together */
export const createLanes = (most: number): Lanes => {
  const busy = new Set<number>();
  let waiting: readonly Waiting[] = [];

  const begin = (next: Waiting): void => {
    waiting = waiting.filter((each) => each !== next);
    busy.add(next.owner);
    void next.begin().finally(() => {
      busy.delete(next.owner);
      proceed();
    });
  };

  const proceed = (): void => {
    // Behind work that hangs, what is asked for must not pile up.
    for (const each of waiting) if (!each.isWanted()) each.drop();
    waiting = waiting.filter((each) => each.isWanted());
    while (busy.size < most) {
      const next = waiting.find(({ owner }) => !busy.has(owner));
      if (next === undefined) return;
      begin(next);
    }
  };

  return ({ owner, isWanted, run, unwanted }) =>
    new Promise((resolve, reject) => {
      const one: Waiting = {
        owner,
        isWanted,
        begin: () => run().then(resolve, reject),
        drop: () => resolve(unwanted()),
      };
      waiting = [...waiting, one];
      proceed();
    });
};
