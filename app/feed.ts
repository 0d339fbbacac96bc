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
  readonly measureOwn: () => Promise<AppSnapshot['own']>;
}

const ownEveryMs = 10_000;
/** The first frame comes first. */
const ownAfterOpeningMs = 500;

export const createFeed = ({ store, senders, measureOwn }: FeedOptions): Feed => {
  let isLooking = false;
  let patches = 0;
  let timer: NodeJS.Timeout | null = null;

  const send = (patch: Parameters<Senders['patch']>[0]): void => {
    patches += 1;
    senders.patch(patch);
  };

  const measure = async (): Promise<void> => {
    const own = await measureOwn();
    if (!isLooking) return;
    store.dispatch({ kind: 'own', own });
    timer = setTimeout(() => void measure(), ownEveryMs);
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
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (!looking) return;
      // A window that was kept is brought up to date before it shows; a new one asks by itself.
      send(store.get());
      timer = setTimeout(() => void measure(), ownAfterOpeningMs);
    },
  };
};
