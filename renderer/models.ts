import { effect } from '@preact/signals';
import type { Bridge } from '../app/ipc/contract.ts';
import { createHistory, type HistoryView } from './data/charts/history.ts';
import { createHealthPage, type HealthPage } from './data/health/page.ts';
import { createReading, type Reading } from './data/reading.ts';
import { type Asking, createAsking } from './data/relief/asking.ts';
import { createSeatAsking, type SeatAsking } from './data/seats/asking.ts';
import { createWhatIf, type WhatIf } from './data/seats/what-if.ts';
import { createStore, type Store } from './data/state.ts';

/** What popover and window are both drawn from: one set a page, fed by the bridge, the page's visibility and its clock. */
export interface Models {
  readonly bridge: Bridge;
  readonly store: Store;
  readonly history: HistoryView;
  readonly asking: Asking;
  readonly seatAsking: SeatAsking;
  readonly whatIf: WhatIf;
  readonly health: HealthPage;
  readonly processes: Reading<'read.processes'>;
}

/** The tick that falls on a status gives way to it: so late may a status come. */
const tickBehindMs = 150;

export const createModels = (bridge: Bridge): Models => {
  const now = (): number => Date.now();
  const store = createStore(bridge, {
    hidden: () => document.visibilityState === 'hidden',
    onVisibility: (changed) => {
      document.addEventListener('visibilitychange', changed);
      return () => document.removeEventListener('visibilitychange', changed);
    },
    now,
    everySecond: (tick) => {
      let timer = setTimeout(function next() {
        timer = setTimeout(next, 1000);
        tick();
      }, 1000 + tickBehindMs);
      return () => clearTimeout(timer);
    },
  });
  const history = createHistory(bridge, now);
  effect(() => {
    const status = store.status.value;
    if (status !== null) history.add(status);
  });
  const whatIf = createWhatIf(bridge, {
    now,
    later: (afterMs, then) => {
      const timer = setTimeout(then, afterMs);
      return () => clearTimeout(timer);
    },
  });
  return {
    bridge,
    store,
    history,
    asking: createAsking(bridge, now),
    seatAsking: createSeatAsking(bridge, now),
    whatIf,
    health: createHealthPage(),
    processes: createReading(bridge, 'read.processes', { all: false }, now),
  };
};

/** Main measures from opening to here: two frames, because the first callback runs before its frame is painted. */
export const reportsPainted = ({ bridge, store }: Pick<Models, 'bridge' | 'store'>): void => {
  const report = (): void => {
    requestAnimationFrame(() => requestAnimationFrame(() => void bridge.painted()));
  };
  let hasDrawn = false;
  effect(() => {
    if (hasDrawn || !store.visible.value || store.status.value === null) return;
    hasDrawn = true;
    report();
  });
  bridge.onShown(report);
};
