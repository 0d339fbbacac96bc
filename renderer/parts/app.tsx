import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { bannersFor } from '../data/screens/banners.ts';
import { canActNow, screenNow } from '../data/screens/screen-now.ts';
import type { Models } from '../models.ts';
import { Advice } from './advice.tsx';
import { Banners } from './banners.tsx';
import { Containers } from './containers.tsx';
import { Header } from './header.tsx';
import { HealthSheet } from './health.tsx';
import { Memory } from './memory.tsx';
import { PageEnd } from './page-end.tsx';
import { Pinned } from './pinned.tsx';
import { Relief } from './relief.tsx';
import { Seats } from './seats.tsx';
import { StateScreen } from './state-screen.tsx';
import { Top } from './top.tsx';
import { useHealthAttention } from './use-health-attention.ts';
import { WhatIfSheet } from './what-if.tsx';

/** Back from a sheet, the focus is where it was opened from. */
const useReturn = (
  root: RefObject<HTMLDivElement | null>,
  isOpen: boolean,
  visible: boolean,
  opener: () => string,
): void => {
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen && visible) root.current?.querySelector<HTMLElement>(opener())?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
};

/** The button a sheet was opened with, or the one that is always there: as it is found again once it is drawn anew. */
const placeOf = (opener: Element | null): string => {
  const seat = opener?.closest<HTMLElement>('[data-seat]')?.dataset.seat;
  return seat === undefined ? '[data-testid=what-if]' : `[data-seat="${CSS.escape(seat)}"] [data-testid=seat-fits]`;
};

/** Header, what waits for the operator, and footer stay; what is between scrolls. */
export const App = ({ bridge, store, history, asking, seatAsking, whatIf, health, processes }: Models) => {
  const registration = store.registration.value;
  const screen = screenNow(store);
  const status = screen?.isAlone === true ? null : store.status.value;
  const canAct = canActNow(store);
  const live = screen === null;
  const isAsking = whatIf.seat.value !== null;
  const isHealth = health.opened.value !== null;
  // What was asked when the popover was left is not met again at the next opening, nor what came of it.
  const visible = store.visible.value;
  useEffect(() => {
    if (visible) return;
    whatIf.close();
    health.close();
    seatAsking.clear();
  }, [visible]);
  useHealthAttention(store, health);
  const root = useRef<HTMLDivElement>(null);
  const askedFrom = useRef({ isOpen: false, opener: '' });
  if (isAsking !== askedFrom.current.isOpen)
    askedFrom.current = isAsking
      ? { isOpen: true, opener: placeOf(document.activeElement) }
      : { ...askedFrom.current, isOpen: false };
  useReturn(root, isAsking, visible, () => askedFrom.current.opener);
  const healthSeat = useRef<string | null>(null);
  if (isHealth) healthSeat.current = health.opened.value?.seat ?? null;
  useReturn(root, isHealth, visible, () =>
    healthSeat.current === null
      ? '[data-testid=health]'
      : `[data-seat="${CSS.escape(healthSeat.current)}"] [data-testid=seat-health]`,
  );
  return (
    <div ref={root} class={screen !== null && status !== null ? 'popover stale' : 'popover'}>
      <Header bridge={bridge} store={store} screen={screen} />
      {screen !== null && status !== null && <StateScreen bridge={bridge} screen={screen} whole={false} />}
      {screen !== null && status === null && (
        <main>
          <StateScreen bridge={bridge} screen={screen} whole={true} />
        </main>
      )}
      {status !== null && <Pinned status={status} store={store} asking={asking} live={live} />}
      {status !== null && isHealth && <HealthSheet status={status} store={store} page={health} live={live} />}
      {status !== null && isAsking && !isHealth && (
        <WhatIfSheet status={status} store={store} whatIf={whatIf} live={live} />
      )}
      {status !== null && !isAsking && !isHealth && (
        <main>
          <Banners
            bridge={bridge}
            banners={bannersFor(status, store.notificationFault.value, live ? registration.update : null)}
          />
          <Memory status={status} history={history} store={store} />
          <Relief status={status} asking={asking} canAct={canAct} />
          <Advice status={status} store={store} />
          <Seats
            status={status}
            store={store}
            asking={seatAsking}
            whatIf={whatIf}
            health={health}
            canAct={canAct}
            live={live}
          />
          <Containers status={status} />
          <Top status={status} own={store.own.value} store={store} processes={processes} />
        </main>
      )}
      <PageEnd store={store} asking={asking} live={live} isAlone={screen?.isAlone === true} />
    </div>
  );
};
