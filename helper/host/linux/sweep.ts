import type { ProcessEntry } from './process-entry.ts';

/**
 * Decides whose open files are listed in a pass. Listing all of a thousand processes costs more than the pass itself,
 * so it is done for processes seen for the first time, and for all when the machine's shared memory grew by more than
 * the processes explain; those that have worked since they were listed last come first, because only they can have
 * opened or filled a file. What does not fit into the pass's time waits for the next.
 */
export interface Sweep {
  /**
   * Lists what is due. `recharge` brings the charges up to date after a listing, so that what is left unexplained can
   * be judged. True when anything was listed after the last `recharge`.
   */
  run(
    entries: ReadonlyMap<number, ProcessEntry>,
    shmemBytes: number | null,
    list: (entry: ProcessEntry) => void,
    recharge: () => void,
  ): boolean;
  forget(entry: ProcessEntry): void;
}

/** Growth that nobody explains and that is worth a search, bytes. */
const worthSearchBytes = 8 * 2 ** 20;
const passBudgetMs = 1.5;
/** The first pass of all may take longer: what it finds is the first figure people see. */
const firstBudgetMs = 60;
/** Growth that no search explains (files in a tmpfs) makes searches rarer, up to one in so many passes. */
const rarestSearch = 8;

export const createSweep = (nowMs: () => number): Sweep => {
  const urgent = new Set<ProcessEntry>();
  const rest = new Set<ProcessEntry>();
  let isFirst = true;
  /** Shared memory that was left unexplained when the last search ended, or less if it shrank since. */
  let unexplainedThen: number | null = null;
  let searching = false;
  let passesToWait = 0;
  let rarity = 1;

  const unexplained = (entries: ReadonlyMap<number, ProcessEntry>, shmemBytes: number): number => {
    let explained = 0;
    for (const entry of entries.values()) explained += entry.shmemBytes + entry.memfdBytes;
    return shmemBytes - explained;
  };

  const work = (queue: Set<ProcessEntry>, until: number, list: (entry: ProcessEntry) => void): boolean => {
    let any = false;
    for (const entry of queue) {
      if (nowMs() >= until) break;
      queue.delete(entry);
      list(entry);
      any = true;
    }
    return any;
  };

  const enqueue = (entries: ReadonlyMap<number, ProcessEntry>, grew: boolean): void => {
    const all = grew && passesToWait === 0 && !searching;
    for (const entry of entries.values()) {
      if (entry.kernelThread) continue;
      if (entry.listedAtTicks === -1 || (grew && entry.listedAtTicks !== entry.cpuTicks)) {
        urgent.add(entry);
        rest.delete(entry);
      } else if (all) rest.add(entry);
    }
    if (all) searching = true;
    if (passesToWait > 0) passesToWait -= 1;
  };

  return {
    run: (entries, shmemBytes, list, recharge) => {
      const before = shmemBytes === null ? null : unexplained(entries, shmemBytes);
      if (before !== null && unexplainedThen !== null) unexplainedThen = Math.min(unexplainedThen, before);
      const grew = before !== null && unexplainedThen !== null && before >= unexplainedThen + worthSearchBytes;
      enqueue(entries, grew);

      const until = nowMs() + (isFirst ? firstBudgetMs : passBudgetMs);
      isFirst = false;
      let listed = work(urgent, until, list);
      listed = work(rest, until, list) || listed;
      if (shmemBytes === null || before === null || urgent.size > 0 || rest.size > 0) return listed;
      if (!listed && !searching && unexplainedThen !== null) return false;
      if (listed) recharge();

      const after = unexplained(entries, shmemBytes);
      const explained = before - after;
      // A search of those that worked may find it all; then there is no need to search the others.
      const found = grew && explained >= worthSearchBytes / 2;
      if (unexplainedThen === null || found || searching) unexplainedThen = after;
      if (searching) {
        searching = false;
        rarity = found ? 1 : Math.min(rarity * 2, rarestSearch);
        passesToWait = rarity - 1;
      }
      return false;
    },
    forget: (entry) => {
      urgent.delete(entry);
      rest.delete(entry);
    },
  };
};
