import { effect } from '@preact/signals';
import { render } from 'preact';
import type { Bridge } from '../app/ipc/contract.ts';
import { createAsking } from './data/asking.ts';
import { createHealthPage } from './data/health-page.ts';
import { createHistory } from './data/history.ts';
import { createSeatAsking } from './data/seat-asking.ts';
import { createStore } from './data/state.ts';
import { createWhatIf } from './data/what-if.ts';
import { keyAction } from './keys.ts';
import { App } from './parts/app.tsx';

declare global {
  interface Window {
    readonly castellan: Bridge;
  }
}

const bridge = window.castellan;
const store = createStore(bridge, {
  hidden: () => document.visibilityState === 'hidden',
  onVisibility: (changed) => {
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  },
  now: () => Date.now(),
  everySecond: (tick) => {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  },
});
const history = createHistory(bridge, () => Date.now());
const asking = createAsking(bridge, () => Date.now());
const seatAsking = createSeatAsking(bridge, () => Date.now());
const health = createHealthPage();
const whatIf = createWhatIf(bridge, {
  now: () => Date.now(),
  later: (afterMs, then) => {
    const timer = setTimeout(then, afterMs);
    return () => clearTimeout(timer);
  },
});

effect(() => {
  const status = store.status.value;
  if (status !== null) history.add(status);
});

/** Main measures from opening to here: two frames, because the first callback runs before its frame is painted. */
const reportPainted = (): void => {
  requestAnimationFrame(() => requestAnimationFrame(() => void bridge.painted()));
};
let hasDrawn = false;
effect(() => {
  if (hasDrawn || !store.visible.value || store.status.value === null) return;
  hasDrawn = true;
  reportPainted();
});
bridge.onShown(reportPainted);

document.addEventListener('keydown', (event) => {
  const action = keyAction(event);
  if (action === null) return;
  event.preventDefault();
  // A sheet that is open goes first.
  if (action.kind === 'hide' && health.opened.peek() !== null) health.close();
  else if (action.kind === 'hide' && whatIf.seat.peek() !== null) whatIf.close();
  else if (action.kind === 'hide') void bridge.hide();
  else if (action.kind === 'range') history.choose(action.range);
});

const root = document.getElementById('popover');
if (root === null) throw new Error('index.html has no #popover');
render(
  <App
    bridge={bridge}
    store={store}
    history={history}
    asking={asking}
    seatAsking={seatAsking}
    whatIf={whatIf}
    health={health}
  />,
  root,
);
