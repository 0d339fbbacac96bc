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

/** Back from a sheet, the focus is where it was opened from, or if that is no more, on the button that is always there. */
const useReturn = (
  root: RefObject<HTMLDivElement | null>,
  isOpen: boolean,
  visible: boolean,
  opener: () => string,
  otherwise: string,
): void => {
  const wasOpen = useRef(false);
  useEffect(() => {
    const find = (place: string): HTMLElement | null => root.current?.querySelector<HTMLElement>(place) ?? null;
    if (wasOpen.current && !isOpen && visible) (find(opener()) ?? find(otherwise))?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
};

/** A button of a seat's card, as it is found again once it is drawn anew. */
const onCard = (seat: string | undefined | null, button: string): string =>
  seat == null ? `[data-testid=${button}]` : `[data-seat="${CSS.escape(seat)}"] [data-testid=${button}]`;

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
  const asked = useRef({ isOpen: false, from: '' });
  if (isAsking !== asked.current.isOpen) {
    const seat = document.activeElement?.closest<HTMLElement>('[data-seat]')?.dataset.seat;
    asked.current = {
      isOpen: isAsking,
      from: isAsking ? onCard(seat, seat === undefined ? 'what-if' : 'seat-fits') : asked.current.from,
    };
  }
  useReturn(root, isAsking, visible, () => asked.current.from, '[data-testid=what-if]');
  const healthSeat = useRef<string | null>(null);
  if (isHealth) healthSeat.current = health.opened.value?.seat ?? null;
  useReturn(
    root,
    isHealth,
    visible,
    () => onCard(healthSeat.current, healthSeat.current === null ? 'health' : 'seat-health'),
    '[data-testid=health]',
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
          <Top status={status} store={store} processes={processes} />
        </main>
      )}
      <PageEnd store={store} asking={asking} live={live} isAlone={screen?.isAlone === true} />
    </div>
  );
};
