import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { columnAt, headroomMarks, memoryTicks, spread, timeTicks } from '../../renderer/data/charts/axis.ts';
import { cursorKey, keyAction, ranges } from '../../renderer/keys.ts';

const GB = 2 ** 30;
const none = { metaKey: false, ctrlKey: false, altKey: false, shiftKey: false };

describe('axes', () => {
  test('memory: round steps, the installed memory on top', () => {
    const inGb = (total: number) => memoryTicks(total * GB).map((value) => value / GB);
    assert.deepEqual(inGb(64), [0, 16, 32, 48, 64]);
    assert.deepEqual(inGb(23.4), [0, 8, 16, 23.4]);
    assert.deepEqual(inGb(8), [0, 2, 4, 6, 8]);
    // 32 would print over 36.
    assert.deepEqual(inGb(36), [0, 16, 36]);
  });

  test('time: from the left edge to now, the unit once', () => {
    assert.deepEqual(
      timeTicks('15m').map((tick) => tick.text),
      ['−15 min', '−10', '−5', 'now'],
    );
    for (const range of ranges) {
      const ticks = timeTicks(range);
      assert.equal(ticks[0]?.at, 0);
      assert.equal(ticks.at(-1)?.at, 1);
    }
  });

  test('headroom marks stand where the keeper says the levels begin, and only where the machine is larger', () => {
    const thresholds = { yellow: 12 * GB, orange: 5 * GB, red: 1.5 * GB };
    assert.deepEqual(headroomMarks(thresholds, 64 * GB), [
      { level: 'yellow', bytes: 12 * GB },
      { level: 'orange', bytes: 5 * GB },
      { level: 'red', bytes: 1.5 * GB },
    ]);
    assert.deepEqual(
      headroomMarks(thresholds, 8 * GB).map(({ level }) => level),
      ['orange', 'red'],
    );
  });

  test('a pixel names the nearest column, and none outside the plot', () => {
    assert.equal(columnAt(20, 20, 240, 221), 0);
    assert.equal(columnAt(240, 20, 240, 221), 220);
    assert.equal(columnAt(19, 20, 240, 221), null);
    assert.equal(columnAt(130, 20, 240, 0), null);
  });

  test('labels that would overlap are moved apart, in order and inside, by any amounts that fit', () => {
    const middles = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(middles, (values) => {
        const wanted = [...values].sort((a, b) => a - b);
        const placed = spread(wanted, 12, 0, 100);
        assert.equal(placed.length, wanted.length);
        for (const [index, value] of placed.entries()) {
          assert.ok(value >= -1e-9 && value <= 100 + 1e-9);
          const before = placed[index - 1];
          assert.ok(before === undefined || value - before >= 12 - 1e-9);
        }
      }),
    );
    assert.deepEqual(spread([10, 50, 90], 12, 0, 100), [10, 50, 90], 'what does not overlap stays');
  });
});

describe('keys', () => {
  test('Escape hides; ⌘ or Ctrl with a digit chooses a range', () => {
    assert.deepEqual(keyAction({ ...none, key: 'Escape' }), { kind: 'hide' });
    assert.deepEqual(keyAction({ ...none, key: '4', metaKey: true }), { kind: 'range', range: '24h' });
    assert.deepEqual(keyAction({ ...none, key: '1', ctrlKey: true }), { kind: 'range', range: '15m' });
    assert.deepEqual(keyAction({ ...none, key: 'w', ctrlKey: true }), { kind: 'hide' });
    assert.deepEqual(keyAction({ ...none, key: 'd', metaKey: true }), { kind: 'window', page: null });
    assert.deepEqual(keyAction({ ...none, key: ',', ctrlKey: true }), { kind: 'window', page: 'settings' });
    assert.deepEqual(keyAction({ ...none, key: 'L', metaKey: true }), { kind: 'window', page: 'log' });
  });
  test('other keys are left to the page', () => {
    for (const press of [
      { ...none, key: '1' },
      { ...none, key: '5', ctrlKey: true },
      { ...none, key: '1', ctrlKey: true, altKey: true },
      { ...none, key: 'a', metaKey: true },
      { ...none, key: 'd' },
    ]) {
      assert.equal(keyAction(press), null);
    }
  });
  test('arrows move the cursor and stop at the edges', () => {
    assert.deepEqual(cursorKey({ ...none, key: 'ArrowLeft' }, null, 200), { kind: 'move', to: 198 });
    assert.deepEqual(cursorKey({ ...none, key: 'ArrowLeft' }, 0, 200), { kind: 'move', to: 0 });
    assert.deepEqual(cursorKey({ ...none, key: 'ArrowRight' }, 199, 200), { kind: 'move', to: 199 });
    assert.deepEqual(cursorKey({ ...none, key: 'ArrowLeft', shiftKey: true }, 100, 200), { kind: 'move', to: 80 });
    assert.deepEqual(cursorKey({ ...none, key: 'Home' }, 9, 200), { kind: 'move', to: 0 });
    assert.deepEqual(cursorKey({ ...none, key: 'ArrowDown', altKey: true }, 9, 200), { kind: 'table' });
    assert.equal(cursorKey({ ...none, key: 'x' }, 9, 200), null);
  });
});
