import type { Bridge } from '../app/ipc/contract.ts';
import { ignoreHeld } from './held.ts';
import { createModels } from './models.ts';
import { openPopover } from './popover.tsx';

/** One page for both: the popover, or with `#window` the window, whose code the popover does not load. */

declare global {
  interface Window {
    readonly castellan: Bridge;
  }
}

const root = document.getElementById('popover');
if (root === null) throw new Error('index.html has no #popover');
const models = createModels(window.castellan);
ignoreHeld(document);
if (location.hash === '#window') {
  const { openWindow } = await import('./window/open.tsx');
  openWindow(models, root);
} else openPopover(models, root);
