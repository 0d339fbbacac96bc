import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createShortcut, isShortcut, shortcutWords } from '../../app/shortcut.ts';

/** A system in which some keys belong to others. */
const system = (taken: readonly string[] = []) => {
  const held = new Map<string, () => void>();
  const faults: (string | null)[] = [];
  let presses = 0;
  const shortcut = createShortcut({
    globalShortcut: {
      register: (key, press) => {
        if (taken.includes(key)) return false;
        held.set(key, press);
        return true;
      },
      unregister: (key) => void held.delete(key),
    },
    platform: 'darwin',
    onPress: () => {
      presses += 1;
    },
    onFault: (fault) => faults.push(fault),
  });
  return { shortcut, held, faults, presses: () => presses };
};

describe('the shortcut', () => {
  test('is one key with a modifier', () => {
    for (const text of ['Control+Alt+M', 'Command+Shift+9', 'Alt+F12', 'Super+Space', 'Control+Up'])
      assert.ok(isShortcut(text), text);
    for (const text of [
      'M',
      'Shift+M',
      'Control',
      'Control+',
      'Control+Control+M',
      'control+M',
      'Control+m',
      'Control+MM',
      'Control+F25',
      '',
      'Control+Alt+M+N',
      `Control+${'A'.repeat(99)}`,
    ])
      assert.ok(!isShortcut(text), text);
  });

  test('is written as the system writes it', () => {
    assert.equal(shortcutWords('Control+Alt+M', 'darwin'), '⌃⌥M');
    assert.equal(shortcutWords('Control+Alt+M', 'linux'), 'Control+Alt+M');
  });

  test('takes the place of the one before, and is let go of', () => {
    const { shortcut, held, faults, presses } = system();
    shortcut.set('Control+Alt+M');
    shortcut.set('Control+Alt+M');
    held.get('Control+Alt+M')?.();
    assert.equal(presses(), 1);
    shortcut.set('Alt+F5');
    assert.deepEqual([...held.keys()], ['Alt+F5']);
    shortcut.set(null);
    assert.equal(held.size, 0);
    shortcut.set('Alt+F6');
    shortcut.stop();
    assert.equal(held.size, 0);
    assert.ok(faults.every((fault) => fault === null));
  });

  test('that belongs to somebody else is said, until another is chosen', () => {
    const { shortcut, held, faults } = system(['Control+Alt+M']);
    shortcut.set('Control+Alt+M');
    assert.match(faults.at(-1) ?? '', /^⌃⌥M belongs to another program/);
    shortcut.set('Control+Alt+M');
    assert.equal(faults.length, 2, 'asked for again, it is tried again');
    shortcut.set('Control+Alt+K');
    assert.deepEqual([faults.at(-1), [...held.keys()]], [null, ['Control+Alt+K']]);
  });

  test('that belongs to somebody else is forgotten when none is chosen', () => {
    const { shortcut, faults } = system(['Control+Alt+M']);
    shortcut.set('Control+Alt+M');
    shortcut.set(null);
    assert.equal(faults.length, 2);
    assert.equal(faults.at(-1), null);
  });
});
