import type { ProcessList } from '../helper/protocol/index.ts';
import { type AppSnapshot, type Senders, type Surface, surfaces } from './ipc/contract.ts';
import { patchBetween, type Store } from './state.ts';

/** Keeps each surface current while somebody looks at it; hidden, it is told nothing and nothing is measured for it. */

export interface Feed {
  look(surface: Surface, looking: boolean): void;
  /** Whether the surface shows the process table; forgotten with its page. */
  watchProcesses(surface: Surface, watching: boolean): void;
  /** The table has come. */
  processes(list: ProcessList): void;
  /** Since the app started. */
  patchesSent(): number;
}

export interface FeedOptions {
  readonly store: Store;
  readonly senders: Readonly<Record<Surface, Senders>>;
  /** May reject: the next measurement is made all the same. */
  readonly measureOwn: () => Promise<AppSnapshot['own']>;
  /** Called when the process table comes to be wanted, and when it is wanted no more. */
  readonly onWantProcesses: (wanted: boolean) => void;
  readonly log: (line: string) => void;
}

const ownEveryMs = 10_000;
/** The first frame comes first. */
const ownAfterOpeningMs = 500;

export const createFeed = ({ store, senders, measureOwn, onWantProcesses, log }: FeedOptions): Feed => {
  const looking = new Set<Surface>();
  const watching = new Set<Surface>();
  let isWanted = false;
  let patches = 0;
  let timer: NodeJS.Timeout | null = null;
  /** Counts the looks: a measurement that outlives its look must not go on beside that of the next. */
  let generation = 0;
  let lastFault = '';

  const send = (surface: Surface, patch: Parameters<Senders['patch']>[0]): void => {
    patches += 1;
    senders[surface].patch(patch);
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

  /** The popover's list of the largest is made of the status, which the keeper makes of a table it has to read for that. */
  const wantProcesses = (): void => {
    const wanted = looking.has('popover') || (looking.has('window') && watching.has('window'));
    if (wanted === isWanted) return;
    isWanted = wanted;
    onWantProcesses(wanted);
  };

  store.onChange((after, before) => {
    const patch = looking.size === 0 ? null : patchBetween(before, after);
    if (patch !== null) for (const surface of looking) send(surface, patch);
  });

  const measureWhileLooked = (): void => {
    generation += 1;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (looking.size === 0) return;
    const mine = generation;
    timer = setTimeout(() => void measure(mine), ownAfterOpeningMs);
  };

  return {
    patchesSent: () => patches,
    look: (surface, isLooking) => {
      if (isLooking === looking.has(surface)) return;
      const others = looking.size - (isLooking ? 0 : 1);
      if (isLooking) looking.add(surface);
      else looking.delete(surface);
      // A page that was kept is brought up to date before it shows; a new one asks by itself.
      if (isLooking) send(surface, store.get());
      if (others === 0) measureWhileLooked();
      wantProcesses();
    },
    watchProcesses: (surface, isWatching) => {
      if (isWatching) watching.add(surface);
      else watching.delete(surface);
      wantProcesses();
    },
    processes: (list) => {
      for (const surface of surfaces) {
        if (looking.has(surface) && watching.has(surface)) senders[surface].processes(list);
      }
    },
  };
};
