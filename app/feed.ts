import type { AppSnapshot, Senders } from './ipc/contract.ts';
import { patchBetween, type Store } from './state.ts';

/** Keeps the renderer current while somebody looks; hidden, it is told nothing and nothing is measured for it. */

export interface Feed {
  look(looking: boolean): void;
  /** Since the app started. */
  patchesSent(): number;
}

export interface FeedOptions {
  readonly store: Store;
  readonly senders: Senders;
  /** May reject: the next measurement is made all the same. */
  readonly measureOwn: () => Promise<AppSnapshot['own']>;
  readonly log: (line: string) => void;
}

const ownEveryMs = 10_000;
/** The first frame comes first. */
const ownAfterOpeningMs = 500;

export const createFeed = ({ store, senders, measureOwn, log }: FeedOptions): Feed => {
  let isLooking = false;
  let patches = 0;
  let timer: NodeJS.Timeout | null = null;
  /** Counts the looks: a measurement that outlives its look must not go on beside that of the next. */
  let generation = 0;
  let lastFault = '';

  const send = (patch: Parameters<Senders['patch']>[0]): void => {
    patches += 1;
    senders.patch(patch);
  };

  /** Null, and said once, when it cannot be had. */
  const tryToMeasure = async (): Promise<AppSnapshot['own'] | null> => {
    try {
      return await measureOwn();
    } catch (error) {
      const fault = `own usage: ${String(error)}`;
      if (fault !== lastFault) log(fault);
      lastFault = fault;
      return null;
    }
  };

  const measure = async (mine: number): Promise<void> => {
    const own = await tryToMeasure();
    if (mine !== generation) return;
    if (own !== null) store.dispatch({ kind: 'own', own });
    timer = setTimeout(() => void measure(mine), ownEveryMs);
  };

  store.onChange((after, before) => {
    const patch = isLooking ? patchBetween(before, after) : null;
    if (patch !== null) send(patch);
  });

  return {
    patchesSent: () => patches,
    look: (looking) => {
      if (looking === isLooking) return;
      isLooking = looking;
      generation += 1;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (!looking) return;
      // A window that was kept is brought up to date before it shows; a new one asks by itself.
      send(store.get());
      const mine = generation;
      timer = setTimeout(() => void measure(mine), ownAfterOpeningMs);
    },
  };
};
