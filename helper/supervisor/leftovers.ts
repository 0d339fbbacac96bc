import { setTimeout as sleep } from 'node:timers/promises';
import { hasLeftovers } from './proc.ts';

/** What jobs leave in their process groups: launchd ends it (launchd.plist(5), AbandonProcessGroup). */
export interface Leftovers {
  /** Tells what is left of the group to end, and kills it after so many seconds. */
  end(label: string, group: number, seconds: number): void;
  /** Resolves when nothing is left; at `untilMs` (as `nowMs` has it) it is killed. */
  drain(untilMs: () => number): Promise<void>;
}

const lookEveryMs = 50;

export const createLeftovers = (
  nowMs: () => number,
  log: { readonly warn: (text: string) => void; readonly notice: (text: string) => void },
): Leftovers => {
  const groups = new Map<number, string>();

  const signal = (group: number, name: 'SIGTERM' | 'SIGKILL'): boolean => {
    try {
      return hasLeftovers(group) && process.kill(-group, name);
    } catch {
      return false;
    }
  };

  const kill = (label: string, group: number): void => {
    if (signal(group, 'SIGKILL')) log.warn(`${label}: what it left behind did not end and was killed`);
  };

  return {
    end: (label, group, seconds) => {
      if (!signal(group, 'SIGTERM')) return;
      log.notice(`${label}: it left processes behind, which were told to end`);
      groups.set(group, label);
      setTimeout(() => {
        kill(label, group);
        groups.delete(group);
      }, seconds * 1000).unref();
    },
    drain: async (untilMs) => {
      for (;;) {
        for (const [group, label] of [...groups]) {
          if (!hasLeftovers(group)) groups.delete(group);
          else if (nowMs() >= untilMs()) kill(label, group);
        }
        if (groups.size === 0) return;
        await sleep(lookEveryMs);
      }
    },
  };
};
