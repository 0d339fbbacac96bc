import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTombstone } from '../deadman/directory.ts';
import { spacingMs } from '../deadman/judge.ts';
import type { Places } from '../deadman/places.ts';
import type { Host } from '../host/port.ts';
import type { Target } from '../relief/acts.ts';
import type { DeadmanLink } from './deadman-link.ts';
import { stoppedOf, type Thaw } from './thaw.ts';

/** What this keeper has frozen and not yet resumed, and how that ends. */

export interface ActOutcome {
  readonly outcome: 'ok' | 'failed';
  readonly detail: string;
}

export interface HeldOptions {
  readonly host: Pick<Host, 'kind' | 'readChosen' | 'signal'>;
  readonly places: Places;
  readonly instance: string;
  readonly link: Pick<DeadmanLink, 'report'>;
  readonly warn: (text: string) => void;
  readonly times: { readonly spacingMs: number; readonly withinMs: number };
}

export interface Held {
  readonly add: (plan: number, targets: readonly Target[]) => void;
  readonly has: (pid: number) => boolean;
  /** Freezes there are; a group is one. */
  readonly freezes: () => number;
  readonly resume: (targets: readonly Target[], why: string, thaw: Thaw) => Promise<ActOutcome>;
  /** One freeze after the other, smallest first, each told to `decide`. */
  readonly resumeAll: (why: string, thaw: Thaw) => Promise<void>;
  /** Drops what the folder no longer knows, and tells it. */
  readonly reread: () => void;
  /** The deadman is done with it. */
  readonly drop: (pid: number, start: string) => void;
}

export const ok = (detail: string): ActOutcome => ({ outcome: 'ok', detail });
export const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
export const processes = (count: number): string => (count === 1 ? '1 process' : `${count} processes`);

export const createHeld = ({ host, places, instance, link, warn, times }: HeldOptions): Held => {
  const held = new Map<number, { readonly target: Target; readonly plan: number }>();

  const resume: Held['resume'] = async (targets, why, thaw) => {
    const mine = targets.filter(({ id }) => held.get(id.pid)?.target.id.start === id.start);
    const others = targets.filter((target) => !mine.includes(target)).map(({ id }) => id);
    for (const { id } of mine) held.delete(id.pid);
    const problems = [
      ...(await thaw(mine.map(({ id }) => id))),
      ...stoppedOf(host, others).map(({ pid }) => `pid ${pid} is stopped, and not by this keeper; nothing was sent`),
    ];
    for (const problem of problems) warn(`resume: ${problem}`);
    return problems.length > 0 ? failed(problems.join('; ')) : ok(`${processes(targets.length)} resumed: ${why}`);
  };

  return {
    add: (plan, targets) => {
      for (const target of targets) held.set(target.id.pid, { target, plan });
    },
    has: (pid) => held.has(pid),
    freezes: () => new Set([...held.values()].map(({ plan }) => plan)).size,
    resume,
    resumeAll: async (why, thaw) => {
      const plans = new Map<number, Target[]>();
      for (const { plan, target } of held.values()) plans.set(plan, [...(plans.get(plan) ?? []), target]);
      const size = (targets: readonly Target[]): number => targets.reduce((sum, each) => sum + each.footprintBytes, 0);
      const inOrder = [...plans.values()].sort((a, b) => size(a) - size(b));
      for (const [index, targets] of inOrder.entries()) {
        if (index > 0) await sleep(spacingMs(inOrder.length, times));
        // Somebody else may have resumed it during the pause.
        const still = targets.filter(({ id }) => held.has(id.pid));
        await resume(still, why, thaw);
        for (const { id } of still) link.report({ type: 'thawed', id, why });
      }
    },
    reread: () => {
      for (const [pid, { target, plan }] of [...held]) {
        const tombstone = readTombstone(join(places.stopped, String(pid)));
        if (tombstone?.instance === instance && tombstone.freeze === plan) continue;
        held.delete(pid);
        link.report({ type: 'thawed', id: target.id, why: 'it was resumed while the keeper did not run' });
      }
    },
    drop: (pid, start) => {
      const known = held.get(pid);
      if (known?.target.id.start !== start) return;
      held.delete(pid);
      // The deadman signals nobody on a simulated machine.
      if (host.kind === 'sim') host.signal(known.target.id, 'SIGCONT');
    },
  };
};
