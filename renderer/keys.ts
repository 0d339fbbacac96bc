import type { WindowPage } from '../app/ipc/contract.ts';
import type { HistoryRange } from '../helper/protocol/status.ts';

/**
 * Keys of the popover, wherever the focus is: Escape, or ⌘ or Ctrl with W, hides; ⌘ or Ctrl with 1…4 chooses a range, with D opens the window, with
 * a comma its settings, with L its log.
 */

export type KeyAction =
  | { readonly kind: 'hide' }
  | { readonly kind: 'range'; readonly range: HistoryRange }
  /** Null: the page the window shows. */
  | { readonly kind: 'window'; readonly page: WindowPage | null };

/** With ⌘ or Ctrl. */
const pageKeys: ReadonlyMap<string, WindowPage | null> = new Map([
  ['d', null],
  [',', 'settings'],
  ['l', 'log'],
]);

export const ranges = ['15m', '1h', '6h', '24h'] as const satisfies readonly HistoryRange[];

export interface KeyPress {
  readonly key: string;
  readonly metaKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export const keyAction = (press: KeyPress): KeyAction | null => {
  if (press.altKey || press.shiftKey) return null;
  if (press.key === 'Escape') return press.metaKey || press.ctrlKey ? null : { kind: 'hide' };
  if (press.metaKey === press.ctrlKey) return null;
  const range = ranges[Number(press.key) - 1];
  if (range !== undefined) return { kind: 'range', range };
  if (press.key.toLowerCase() === 'w') return { kind: 'hide' };
  const page = pageKeys.get(press.key.toLowerCase());
  return page === undefined ? null : { kind: 'window', page };
};

export type CursorKey = { readonly kind: 'move'; readonly to: number | null } | { readonly kind: 'table' };

/**
 * Keys on the chart: ← and → move the cursor by a hundredth of the range (Shift: by a tenth), Home and End to the edges,
 * ⌥↓ opens the table. Null for any other key.
 */
export const cursorKey = (press: KeyPress, at: number | null, count: number): CursorKey | null => {
  if (press.metaKey || press.ctrlKey) return null;
  if (press.altKey) return press.key === 'ArrowDown' ? { kind: 'table' } : null;
  const step = Math.max(1, Math.round(count / (press.shiftKey ? 10 : 100)));
  const from = at ?? count;
  switch (press.key) {
    case 'ArrowLeft':
      return { kind: 'move', to: Math.max(0, from - step) };
    case 'ArrowRight':
      return { kind: 'move', to: Math.min(count - 1, from + step) };
    case 'Home':
      return { kind: 'move', to: 0 };
    case 'End':
      return { kind: 'move', to: count - 1 };
    default:
      return null;
  }
};
