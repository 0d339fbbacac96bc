import { useEffect, useRef } from 'preact/hooks';
import type { Bridge } from '../../app/ipc/contract.ts';
import type { Asking } from '../data/asking.ts';
import { bannersFor } from '../data/banners.ts';
import type { HistoryView } from '../data/history.ts';
import { registrationScreen } from '../data/registration-screen.ts';
import { screenFor } from '../data/screen.ts';
import type { SeatAsking } from '../data/seat-asking.ts';
import type { Store } from '../data/state.ts';
import type { WhatIf } from '../data/what-if.ts';
import { Banners } from './banners.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { Memory } from './memory.tsx';
import { Pinned } from './pinned.tsx';
import { Relief } from './relief.tsx';
import { Seats } from './seats.tsx';
import { StateScreen } from './state-screen.tsx';
import { Top } from './top.tsx';
import { WhatIfSheet } from './what-if.tsx';

interface Props {
  readonly bridge: Bridge;
  readonly store: Store;
  readonly history: HistoryView;
  readonly asking: Asking;
  readonly seatAsking: SeatAsking;
  readonly whatIf: WhatIf;
}

/** Header, what waits for the operator, and footer stay; what is between scrolls. */
export const App = ({ bridge, store, history, asking, seatAsking, whatIf }: Props) => {
  const connection = store.connection.value;
  const registration = store.registration.value;
  // The clock is asked for only where words grow older with it: all below is drawn anew with each second it is read in.
  const isCalm = connection.kind === 'connected' && registration.removal === null;
  const screen = isCalm
    ? null
    : (registrationScreen(registration, connection, store.nowMs.value) ?? screenFor(connection, store.nowMs.value));
  const status = screen?.isAlone === true ? null : store.status.value;
  const canAct = connection.kind === 'connected' && connection.tier !== 'read';
  const live = screen === null;
  const isAsking = whatIf.seat.value !== null;
  // What was asked when the popover was left is not met again at the next opening, nor what came of it.
  const visible = store.visible.value;
  useEffect(() => {
    if (visible) return;
    whatIf.close();
    seatAsking.clear();
  }, [visible]);
  // Back from the sheet, the focus is where it was opened from.
  const root = useRef<HTMLDivElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (wasAsking.current && !isAsking && visible) {
      root.current?.querySelector<HTMLElement>('[data-testid=what-if]')?.focus();
    }
    wasAsking.current = isAsking;
  }, [isAsking]);
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
      {status !== null && isAsking && <WhatIfSheet status={status} store={store} whatIf={whatIf} live={live} />}
      {status !== null && !isAsking && (
        <main>
          <Banners banners={bannersFor(status, store.notificationFault.value, live ? registration.update : null)} />
          <Memory status={status} history={history} store={store} />
          <Relief status={status} asking={asking} canAct={canAct} />
          <Seats status={status} store={store} asking={seatAsking} whatIf={whatIf} canAct={canAct} live={live} />
          <Top status={status} own={store.own.value} />
        </main>
      )}
      <Footer store={store} asking={asking} live={live} isAlone={screen?.isAlone === true} />
      <p class="unseen" aria-live="polite">
        {store.announcement.value}
      </p>
    </div>
  );
};
