import type { GlobalShortcut } from 'electron';

/** The key that opens and hides the popover from anywhere. */

/** At least one modifier that is not Shift alone, then one key: what Electron calls an accelerator. */
const pattern =
  /^(?:(?:Control|Alt|Shift|Command|Super)\+){1,4}(?:[A-Z0-9]|F(?:[1-9]|1\d|2[0-4])|Space|Up|Down|Left|Right)$/;

export const isShortcut = (text: string): boolean => {
  const parts = text.split('+');
  const modifiers = parts.slice(0, -1);
  return (
    pattern.test(text) &&
    new Set(modifiers).size === modifiers.length &&
    modifiers.some((modifier) => modifier !== 'Shift')
  );
};

const macSigns: Readonly<Record<string, string>> = { Control: '⌃', Alt: '⌥', Shift: '⇧', Command: '⌘', Super: '⌘' };

/** "⌃⌥M" on a Mac, "Control+Alt+M" elsewhere. */
export const shortcutWords = (shortcut: string, platform: string): string => {
  if (platform !== 'darwin') return shortcut;
  const parts = shortcut.split('+');
  return `${parts
    .slice(0, -1)
    .map((part) => macSigns[part] ?? part)
    .join('')}${parts.at(-1) ?? ''}`;
};

export interface Shortcut {
  /** Null: none. Takes the place of what was set before. */
  set(shortcut: string | null): void;
  stop(): void;
}

export interface ShortcutOptions {
  readonly globalShortcut: Pick<GlobalShortcut, 'register' | 'unregister'>;
  readonly platform: string;
  readonly onPress: () => void;
  /** Null: it works, or there is none. Otherwise why it does not, in a sentence. */
  readonly onFault: (fault: string | null) => void;
}

export const createShortcut = ({ globalShortcut, platform, onPress, onFault }: ShortcutOptions): Shortcut => {
  let held: string | null = null;
  const release = (): void => {
    if (held !== null) globalShortcut.unregister(held);
    held = null;
  };
  return {
    set: (shortcut) => {
      // None that is held may still have a fault to take back: of one that could not be had.
      if (shortcut !== null && shortcut === held) return;
      release();
      // macOS and X11 tell no more than that it could not be had.
      const isHad = shortcut === null || globalShortcut.register(shortcut, onPress);
      if (isHad) held = shortcut;
      onFault(
        isHad ? null : `${shortcutWords(shortcut, platform)} belongs to another program, or the system keeps it.`,
      );
    },
    stop: release,
  };
};
