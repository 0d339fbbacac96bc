import type { Random } from './random.ts';

/** Highest pid of macOS (xnu `bsd/sys/proc_internal.h`, PID_MAX 99999); after it the count starts again at 100. */
const highestPid = 99_999;
const firstAfterWrap = 100;

export interface Pids {
  /** The next free pid. Short-lived commands that nobody sees use some up in between. */
  next(isUsed: (pid: number) => boolean, random: Random): number;
  nextUniqueId(): number;
}

export const createPids = (firstPid: number, generation: number): Pids => {
  let last = firstPid - 1;
  let uniqueId = 1000 + generation * 1_000_000;
  return {
    next: (isUsed, random) => {
      last += 1 + Math.floor(random() * 12);
      if (last > highestPid) last = firstAfterWrap;
      while (isUsed(last)) last = last === highestPid ? firstAfterWrap : last + 1;
      return last;
    },
    nextUniqueId: () => {
      uniqueId += 1;
      return uniqueId;
    },
  };
};
