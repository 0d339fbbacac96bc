import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import type { WindowPage } from '../../app/ipc/contract.ts';
import { type Models, reportsPainted } from '../models.ts';
import { windowKey } from './keys.ts';
import { createPageModels } from './page-models.ts';
import { AppWindow } from './window.tsx';

/** Where a page is asked for from another: a seat's sum, a seat's health. */
const leading = (models: Models, lead: (page: WindowPage) => void): Models => ({
  ...models,
  whatIf: {
    ...models.whatIf,
    open: (seat) => {
      models.whatIf.open(seat);
      lead('what-if');
    },
  },
  health: {
    ...models.health,
    open: (seat) => {
      models.health.open(seat);
      lead('health');
    },
  },
});

export const openWindow = (models: Models, root: HTMLElement): void => {
  const page = signal<WindowPage>('overview');
  const choose = (next: WindowPage): void => {
    page.value = next;
  };
  // The page main was asked for, each time it is asked for.
  effect(() => {
    const goal = models.store.windowGoal.value;
    if (goal !== null) choose(goal.page);
  });
  document.addEventListener('keydown', (event) => {
    const key = windowKey(event, page.peek());
    if (key === null) return;
    event.preventDefault();
    if (key.kind === 'hide') void models.bridge.hide();
    else if (key.kind === 'page') choose(key.page);
    else models.history.choose(key.range);
  });
  reportsPainted(models);
  render(<AppWindow {...leading(models, choose)} {...createPageModels(models)} page={page} onChoose={choose} />, root);
};
