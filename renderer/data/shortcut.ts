import { isMac } from './platform.ts';

/** A key combination that the operator presses, as Electron names it: main checks it once more and says whether it can be had. */

export interface Press {
  readonly key: string;
  /** The place of the key: with ⌥ a Mac's letter is another character. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
}

const named: Readonly<Record<string, string>> = {
  Space: 'Space',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
};

const keyOf = (code: string): string | null =>
  /^(?:Key([A-Z])|Digit(\d)|(F(?:[1-9]|1\d|2[0-4])))$/
    .exec(code)
    ?.slice(1)
    .find((part) => part !== undefined) ??
  named[code] ??
  null;

export type Pressed =
  | { readonly kind: 'shortcut'; readonly shortcut: string }
  | { readonly kind: 'cancelled' }
  /** Modifiers alone, or a key without one: more is waited for. */
  | { readonly kind: 'waiting' };

export const shortcutOf = ({ key, code, ctrlKey, altKey, shiftKey, metaKey }: Press): Pressed => {
  const modifiers = [
    ...(ctrlKey ? ['Control'] : []),
    ...(altKey ? ['Alt'] : []),
    ...(shiftKey ? ['Shift'] : []),
    ...(metaKey ? ['Command'] : []),
  ];
  if (key === 'Escape' && modifiers.length === 0) return { kind: 'cancelled' };
  const pressed = keyOf(code);
  // Shift alone makes capitals: nobody could write any more.
  if (pressed === null || modifiers.every((modifier) => modifier === 'Shift')) return { kind: 'waiting' };
  return { kind: 'shortcut', shortcut: [...modifiers, pressed].join('+') };
};

const macSigns: Readonly<Record<string, string>> = { Control: '⌃', Alt: '⌥', Shift: '⇧', Command: '⌘', Super: '⌘' };

/** "⌃⌥M" on a Mac, "Control+Alt+M" elsewhere. */
export const shortcutWords = (shortcut: string, onMac = isMac()): string =>
  onMac
    ? shortcut
        .split('+')
        .map((part) => macSigns[part] ?? part)
        .join('')
    : shortcut;
