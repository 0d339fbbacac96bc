import type { PopoverState } from '../e2e/popover-fixtures.ts';
import type { PopoverShell, WindowView } from '../e2e/popover-states-shell.ts';
import type { GalleryState } from './list.ts';

/** How a state of the list is drawn by the real renderer, whoever asks for it: the gallery, its pictures, or a test. */

export interface Appearance {
  readonly colorScheme: 'light' | 'dark';
  readonly contrast: 'no-preference' | 'more';
  readonly reducedMotion: 'no-preference' | 'reduce';
  /** Size of text, as a share of the usual. */
  readonly text: '100%' | '130%';
}

export const light: Appearance = {
  ...{ colorScheme: 'light', contrast: 'no-preference', reducedMotion: 'no-preference', text: '100%' },
};

/** The smallest the window can be, and one to work in. */
export const smallWindow: WindowView = { width: 760, height: 520 };
export const largeWindow: WindowView = { width: 1200, height: 800 };

/** Loads the state anew, as it is at this moment. `view`: of a state of the window. */
export const drawState = async (
  shell: PopoverShell,
  { kind, make, press, drawn }: GalleryState,
  appearance: Appearance,
  view: WindowView = largeWindow,
): Promise<PopoverState> => {
  const { text, ...media } = appearance;
  await shell.page.emulateMedia(media);
  const state = make(Date.now());
  if (kind === 'window') await shell.draw(state, view);
  else await shell.load(state);
  if (text !== '100%') await shell.page.evaluate(`document.documentElement.style.fontSize = '${text}'`);
  if (press !== undefined) await shell.page.click(press);
  if (drawn !== undefined) await shell.page.waitForSelector(drawn);
  await shell.painted();
  return state;
};

/** Follows the system from light to dark, as it happens while the page is open. */
export const turnDark = async (shell: PopoverShell): Promise<void> => {
  await shell.page.emulateMedia({ colorScheme: 'dark' });
  await shell.painted();
};
