import { setTimeout as sleep } from 'node:timers/promises';
import type { Children } from './children.ts';
import { nowMs, type Running, type Told } from './party.ts';
import type { RunPlan } from './plan.ts';
import type { Hold, Party } from './points.ts';
import type { Supervisor } from './supervisor.ts';

/** The blows of a run: SIGKILL or SIGSTOP, at the point that was chosen, and perhaps a second one. */

export interface Blows {
  /** What each process is held at. */
  readonly holdsOf: (party: Party, generation: number) => readonly Hold[];
  readonly onHeld: (by: Running, point: string) => void;
  /** Strikes now, wherever they are. */
  readonly strike: (held: Running | null) => Promise<void>;
  /** A blow that belongs to the story, before the one at the point. */
  readonly begin: () => void;
  readonly reached: () => boolean;
  readonly hasStruck: () => boolean;
  readonly firstMs: () => number | null;
  readonly reused: () => { readonly pid: number; readonly atMs: number } | null;
  /** No second blow any more: the run is brought to its end. */
  readonly disarm: () => void;
  /** The blow has landed, and no wedge lasts. */
  readonly isSettled: () => boolean;
}

export interface BlowsOptions {
  readonly plan: RunPlan;
  readonly children: Children;
  readonly told: readonly Told[];
  readonly supervisor: () => Supervisor;
}

/** A resumer that was held so long looks again. */
const settleMs = 50;

const isHere = ({ place, trigger }: RunPlan, party: Party, generation: number): boolean => {
  if (place.at !== party) return false;
  return generation === (trigger === 'keeper_returns' || trigger === 'deadman_returns' ? 2 : 1);
};

export const createBlows = ({ plan, children, told, supervisor }: BlowsOptions): Blows => {
  const { place, again, struck } = plan;
  let reached = false;
  let hasStruck = false;
  let second = again;
  let firstMs: number | null = null;
  let reused: { readonly pid: number; readonly atMs: number } | null = null;
  let wedges = 0;
  let isDone = false;

  const begin = (): void => {
    firstMs ??= nowMs();
  };

  const giveAway = async (held: Running | null): Promise<void> => {
    const stopped = new Set<number>();
    for (const { verb, rest } of told) {
      if (verb === 'stop') stopped.add(Number(rest));
      if (verb === 'cont') stopped.delete(Number(rest));
    }
    // Of others it is not known yet whether the keeper has seen them as they are. And who is held between two signals has
    // looked at all it signals: there is no call that looks and signals at once, so the one that had its signal is taken.
    const signalled = told.findLast(({ verb, by }) => verb === 'cont' && by === held);
    const isBetween = place.at !== 'time' && place.point === 'continued' && signalled !== undefined;
    const [pid] = isBetween ? [Number(signalled.rest)] : [...stopped];
    if (pid === undefined) return;
    const next = await children.replace(pid);
    // Without the new owner the old one has just ended: that, too, happens.
    reused = { pid, atMs: next === null ? Number.POSITIVE_INFINITY : nowMs() };
    await sleep(settleMs);
  };

  const wedge = (running: Running): void => {
    running.signal('SIGSTOP');
    running.go();
    wedges += 1;
    setTimeout(() => {
      wedges -= 1;
      running.signal('SIGCONT');
    }, plan.wedgeMs);
  };

  const strike: Blows['strike'] = async (held) => {
    if (hasStruck) return;
    hasStruck = true;
    reached = held !== null || place.at === 'time';
    if (plan.reuse) await giveAway(held);
    begin();
    const struckOnes: Running[] = [];
    const chosen: readonly Party[] = struck === 'both' ? ['keeper', 'deadman'] : [struck];
    for (const party of chosen) {
      const running = supervisor().living(party);
      if (running === null) continue;
      if (plan.how === 'wedge') wedge(running);
      else running.signal('SIGKILL');
      struckOnes.push(running);
    }
    if (held !== null && !chosen.includes(held.party)) setTimeout(held.go, plan.goMs);
    if (plan.how === 'kill') await Promise.all(struckOnes.map(({ over }) => over));
    supervisor().restarts(true);
    isDone = true;
  };

  return {
    holdsOf: (party, generation) => [
      ...(place.at !== 'time' && isHere(plan, party, generation) ? [{ point: place.point, nth: plan.nth }] : []),
      ...(second === null ? [] : [second]),
    ],
    onHeld: (by, point) => {
      if (!hasStruck && place.at === by.party && place.point === point && isHere(plan, by.party, by.generation)) {
        void strike(by);
      } else if (hasStruck && second?.point === point) {
        second = null;
        by.signal('SIGKILL');
      } else by.go();
    },
    strike,
    begin,
    reached: () => reached,
    hasStruck: () => hasStruck,
    firstMs: () => firstMs,
    reused: () => reused,
    disarm: () => {
      second = null;
    },
    isSettled: () => isDone && wedges === 0,
  };
};
