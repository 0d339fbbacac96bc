import { screen } from 'electron';
import type { Display } from './rects.ts';

/** All displays, the primary one first. */
export const displaysNow = (): [Display, ...Display[]] => {
  const primary = screen.getPrimaryDisplay();
  return [primary, ...screen.getAllDisplays().filter(({ id }) => id !== primary.id)];
};
