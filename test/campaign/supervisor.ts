import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs, type Running, start, type Told } from './party.ts';
import type { RunPlan } from './plan.ts';
import type { Hold, Party } from './points.ts';

/** Starts keeper and deadman, and starts them again as a service manager would: after a while, or not at all. */

export interface Supervisor {
  readonly living: (party: Party) => Running | null;
  readonly startNow: (party: Party) => Promise<Running>;
  /** SIGKILL, and waits for its end. */
  readonly kill: (party: Party) => Promise<void>;
  /** Whether who ended is started again. Whoever is missing when it is switched on is started as well. */
  readonly restarts: (on: boolean) => void;
  /** Of this party nothing more is started. */
  readonly retire: (party: Party) => void;
  /** Nobody is being started, or about to be. */
  readonly isSettled: () => boolean;
  readonly all: () => readonly Running[];
  /** How each that ended did. */
  readonly endings: () => ReadonlyMap<Running, string>;
}

export interface SupervisorOptions {
  readonly plan: RunPlan;
  readonly runDirectory: string;
  readonly holdsOf: (party: Party, generation: number) => readonly Hold[];
  readonly onTold: (told: Told) => void;
}

const startMs = 60_000;

export const until = async (what: string, condition: () => boolean, limitMs: number): Promise<void> => {
  const from = nowMs();
  while (!condition()) {
    if (nowMs() - from > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(10);
  }
};

export const createSupervisor = ({ plan, runDirectory, holdsOf, onTold }: SupervisorOptions): Supervisor => {
  const all: Running[] = [];
  const ready = new Set<Running>();
  const endings = new Map<Running, string>();
  const retired = new Set<Party>();
  const pending = new Set<Party>();
  let on = true;

  const living = (party: Party): Running | null =>
    all.findLast((each) => each.party === party && !each.isOver()) ?? null;

  const startNow: Supervisor['startNow'] = async (party) => {
    const generation = all.filter((each) => each.party === party).length + 1;
    const running = start({
      party,
      generation,
      runDirectory,
      scale: plan.scale,
      isWhole: party === 'keeper' && generation > 1 && plan.wholeNext,
      holds: holdsOf(party, generation),
      onTold: (told) => {
        if (told.verb === 'ready') ready.add(running);
        onTold(told);
      },
    });
    all.push(running);
    void running.over.then((how) => {
      endings.set(running, how);
      if (on) comeBack(party);
    });
    const isUp = (): boolean =>
      running.isOver() ||
      (party === 'keeper' && !running.isWhole
        ? ready.has(running)
        : running.said().includes(party === 'keeper' ? 'keeper started' : 'deadman: started'));
    await until(`the ${party} is up: ${running.said()}`, isUp, startMs);
    return running;
  };

  const comeBack = (party: Party): void => {
    const afterMs = party === 'keeper' ? plan.keeperBackMs : plan.deadmanBackMs;
    if (afterMs === null || retired.has(party) || pending.has(party)) return;
    pending.add(party);
    setTimeout(() => {
      const wanted = on && !retired.has(party) && living(party) === null;
      // One that does not come up shows in what the run waits for next.
      void (wanted ? startNow(party) : Promise.resolve())
        .catch(() => {})
        .then(() => {
          pending.delete(party);
          if (on && living(party) === null) comeBack(party);
        });
    }, afterMs);
  };

  return {
    living,
    startNow,
    kill: async (party) => {
      const running = living(party);
      if (running === null) return;
      running.signal('SIGKILL');
      await running.over;
    },
    restarts: (next) => {
      on = next;
      if (!on) return;
      for (const party of ['keeper', 'deadman'] as const) if (living(party) === null) comeBack(party);
    },
    retire: (party) => {
      retired.add(party);
    },
    isSettled: () => pending.size === 0,
    all: () => all,
    endings: () => endings,
  };
};
