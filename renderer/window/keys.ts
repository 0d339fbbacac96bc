import type { WindowPage } from '../../app/ipc/contract.ts';
import type { HistoryRange } from '../../helper/protocol/status.ts';
import { type KeyPress, ranges } from '../keys.ts';
import { pageNames } from './page-names.ts';

/**
 * Keys of the window, wherever the focus is: ⌘ or Ctrl with 1…8 chooses a page, Ctrl+Tab the next (with Shift the one before),
 * ⌥1…4 a range of the charts; ⌘ or Ctrl with a comma the settings, with L the log, with W hides.
 */
export type WindowKey =
  | { readonly kind: 'page'; readonly page: WindowPage }
  | { readonly kind: 'range'; readonly range: HistoryRange }
  | { readonly kind: 'hide' };

/** `code` is the key's place: with ⌥ a Mac's digit is another character. */
export interface PlacedKey extends KeyPress {
  readonly code: string;
}

export const windowKey = (press: PlacedKey, page: WindowPage): WindowKey | null => {
  if (press.key === 'Tab' && press.ctrlKey && !press.metaKey && !press.altKey) {
    const step = press.shiftKey ? pageNames.length - 1 : 1;
    const next = pageNames[(pageNames.indexOf(page) + step) % pageNames.length];
    return next === undefined ? null : { kind: 'page', page: next };
  }
  if (press.metaKey !== press.ctrlKey && !press.altKey && !press.shiftKey) {
    if (press.key === ',') return { kind: 'page', page: 'settings' };
    if (press.key.toLowerCase() === 'w') return { kind: 'hide' };
    if (press.key.toLowerCase() === 'l') return { kind: 'page', page: 'log' };
  }
  const digit = /^Digit([1-9])$/.exec(press.code)?.[1];
  if (digit === undefined || press.shiftKey) return null;
  if (press.altKey) {
    const range = ranges[Number(digit) - 1];
    return range === undefined || press.metaKey || press.ctrlKey ? null : { kind: 'range', range };
  }
  const chosen = pageNames[Number(digit) - 1];
  return chosen === undefined || press.metaKey === press.ctrlKey ? null : { kind: 'page', page: chosen };
};
