import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTombstone } from '../../deadman/directory.ts';
import { spacingMs } from '../../deadman/judge.ts';
import type { Places } from '../../deadman/places.ts';
import type { Host } from '../../host/port.ts';
import { type ProcessId, processKey } from '../../host/reading.ts';
import type { Target } from '../../relief/acts.ts';
import type { DeadmanLink } from './deadman-link.ts';
import { stoppedOf, type Thaw } from './thaw.ts';

/**
 * What this keeper has frozen and not yet resumed, and how that ends. A process is held until it runs, or has ended. A freeze
 * ends as a whole: once one of its members runs again, by whoever's hand, the others are resumed.
 */

export interface ActOutcome {
  readonly outcome: 'ok' | 'failed';
  readonly detail: string;
}

/** One freeze, with those of its processes that are still stopped. */
export interface HeldFreeze {
  readonly plan: number;
  readonly targets: readonly ProcessId[];
}

export interface HeldOptions {
  readonly host: Pick<Host, 'readChosen' | 'signal'>;
  readonly places: Places;
  readonly instance: string;
  readonly link: Pick<DeadmanLink, 'report'>;
  readonly thaw: Thaw;
  readonly warn: (text: string) => void;
  readonly times: { readonly spacingMs: number; readonly withinMs: number };
}

export interface Held {
  readonly add: (plan: number, targets: readonly Target[]) => void;
  readonly has: (pid: number) => boolean;
  /** In the order in which they were frozen. */
  readonly list: () => readonly HeldFreeze[];
  /** These, and the others of their freezes. Tells `decide` of those it was not asked for. */
  readonly resume: (targets: readonly Target[], why: string) => Promise<ActOutcome>;
  /** Whatever is held of these, with the others of their freezes; each is told. */
  readonly resumeWithin: (pids: ReadonlySet<number>, why: string) => Promise<ActOutcome>;
  /** One freeze after the other, smallest first; each process that runs is told. */
  readonly resumeAll: (why: string) => Promise<void>;
  /** Ends freezes whose tombstones the folder no longer knows. */
  readonly reread: () => void;
  /** The deadman is done with it, and has told so. */
  readonly drop: (pid: number, start: string) => void;
}

export const ok = (detail: string): ActOutcome => ({ outcome: 'ok', detail });
export const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
export const processes = (count: number): string => (count === 1 ? '1 process' : `${count} processes`);

interface Entry {
  readonly target: Target;
  readonly plan: number;
}

const sizeOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { target }) => sum + target.footprintBytes, 0);

export const createHeld = ({ host, places, instance, link, thaw, warn, times }: HeldOptions): Held => {
  const held = new Map<number, Entry>();
  /** Being resumed at the moment. */
  const ending = new Map<Entry, Promise<readonly string[]>>();

  const isHeld = (entry: Entry): boolean => held.get(entry.target.id.pid) === entry;
  const plansOf = (entries: readonly Entry[]): ReadonlySet<number> => new Set(entries.map(({ plan }) => plan));
  const membersOf = (plans: ReadonlySet<number>): readonly Entry[] =>
    [...held.values()].filter(({ plan }) => plans.has(plan));

  const endNow = async (entries: readonly Entry[]): Promise<readonly string[]> => {
    try {
      const { stopped, problems, notes } = await thaw(entries.map(({ target }) => target.id));
      for (const entry of entries) {
        const { pid } = entry.target.id;
        if (!stopped.has(pid) && isHeld(entry)) held.delete(pid);
      }
      for (const text of [...problems, ...notes]) warn(`resume: ${text}`);
      return problems;
    } finally {
      for (const entry of entries) ending.delete(entry);
    }
  };

  /** Resumes these; what is being resumed already is waited for. Resolves to what went wrong. */
  const end = async (entries: readonly Entry[]): Promise<readonly string[]> => {
    const waits = new Set(entries.flatMap((entry) => ending.get(entry) ?? []));
    const fresh = entries.filter((entry) => !ending.has(entry));
    if (fresh.length > 0) {
      const ended = endNow(fresh);
      for (const entry of fresh) ending.set(entry, ended);
      waits.add(ended);
    }
    return (await Promise.all(waits)).flat();
  };

  const tell = (entries: readonly Entry[], why: string): void => {
    for (const entry of entries) if (!isHeld(entry)) link.report({ type: 'thawed', id: entry.target.id, why });
  };

  /** These freezes are over: what is still held of them is resumed. `gone`: whose resumer may have died and left its claim. */
  const finish = (plans: ReadonlySet<number>, gone: readonly Entry[] = []): void => {
    const rest = membersOf(plans);
    end([...gone, ...rest]).then(
      () => tell(rest, 'it was resumed with the others of its freeze'),
      (fault: unknown) => warn(`resume: ${String(fault)}`),
    );
  };

  return {
    add: (plan, targets) => {
      for (const target of targets) held.set(target.id.pid, { target, plan });
    },
    has: (pid) => held.has(pid),
    list: () =>
      [...plansOf([...held.values()])].map((plan) => ({
        plan,
        targets: membersOf(new Set([plan])).map(({ target }) => target.id),
      })),
    resume: async (targets, why) => {
      const asked = new Set(targets.map(({ id }) => processKey(id)));
      const isAsked = ({ target }: Entry): boolean => asked.has(processKey(target.id));
      const mine = [...held.values()].filter(isAsked);
      const others = targets.filter(({ id }) => held.get(id.pid)?.target.id.start !== id.start).map(({ id }) => id);
      const all = membersOf(plansOf(mine));
      const problems = await end(all);
      const unasked = all.filter((entry) => !isAsked(entry));
      tell(unasked, why);
      const strangers = stoppedOf(host, others).map(
        ({ pid }) => `pid ${pid} is stopped, and not by this keeper; nothing was sent`,
      );
      for (const stranger of strangers) warn(`resume: ${stranger}`);
      if (problems.length + strangers.length > 0) return failed([...problems, ...strangers].join('; '));
      return ok(`${processes(targets.length + unasked.length)} resumed: ${why}`);
    },
    resumeWithin: async (pids, why) => {
      const all = membersOf(plansOf([...held.values()].filter(({ target }) => pids.has(target.id.pid))));
      if (all.length === 0) return ok('nothing of it is frozen');
      const problems = await end(all);
      tell(all, why);
      return problems.length > 0 ? failed(problems.join('; ')) : ok(`${processes(all.length)} resumed: ${why}`);
    },
    resumeAll: async (why) => {
      const groups = [...plansOf([...held.values()])].map((plan) => membersOf(new Set([plan])));
      groups.sort((a, b) => sizeOf(a) - sizeOf(b));
      for (const [index, group] of groups.entries()) {
        if (index > 0) await sleep(spacingMs(groups.length, times));
        // Somebody else may have resumed it during the pause, and told so.
        const still = group.filter(isHeld);
        await end(still);
        tell(still, why);
      }
    },
    reread: () => {
      const missing = [...held.values()].filter((entry) => {
        const tombstone = readTombstone(join(places.stopped, String(entry.target.id.pid)));
        return !ending.has(entry) && (tombstone?.instance !== instance || tombstone.freeze !== entry.plan);
      });
      if (missing.length === 0) return;
      const ids = missing.map(({ target }) => target.id);
      const stopped = new Set(stoppedOf(host, ids).map(processKey));
      const gone = missing.filter(({ target }) => !stopped.has(processKey(target.id)));
      for (const { target } of gone) held.delete(target.id.pid);
      finish(plansOf(missing), gone);
      tell(gone, 'it was resumed while the keeper did not run');
    },
    drop: (pid, start) => {
      const known = held.get(pid);
      if (known?.target.id.start !== start) return;
      held.delete(pid);
      // The deadman signals nobody on a simulated machine, nor one that it takes for another; and its tombstone is gone.
      for (const id of stoppedOf(host, [known.target.id])) host.signal(id, 'SIGCONT');
      // It tells of the others of a group in the same breath; only those it does not tell of are left then.
      setImmediate(() => finish(new Set([known.plan])));
    },
  };
};
