import { render } from 'preact';
import { keyAction } from './keys.ts';
import { type Models, reportsPainted } from './models.ts';
import { App } from './parts/app.tsx';

/** Keys that work wherever the focus is; a sheet that is open goes first. */
const listen = ({ bridge, history, health, whatIf }: Models): void => {
  document.addEventListener('keydown', (event) => {
    const action = keyAction(event);
    if (action === null) return;
    event.preventDefault();
    if (action.kind === 'hide' && health.opened.peek() !== null) health.close();
    else if (action.kind === 'hide' && whatIf.seat.peek() !== null) whatIf.close();
    else if (action.kind === 'hide') void bridge.hide();
    else if (action.kind === 'window') void bridge.openWindow(action.page);
    else if (action.kind === 'range') history.choose(action.range);
  });
};

export const openPopover = (models: Models, root: HTMLElement): void => {
  reportsPainted(models);
  listen(models);
  render(<App {...models} />, root);
};
