import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placePopover, popoverSize } from '../../app/popover-place.ts';
import type { Rect } from '../../app/rects.ts';

const workArea: Rect = { x: 0, y: 24, width: 1440, height: 876 };

test('the popover hangs centred under its icon', () => {
  const place = placePopover({ x: 700, y: 0, width: 24, height: 24 }, workArea);
  assert.deepEqual(place, { x: 712 - 190, y: 28, ...popoverSize });
});

test('near the right edge it stays on the screen', () => {
  assert.equal(placePopover({ x: 1410, y: 0, width: 24, height: 24 }, workArea).x, 1440 - popoverSize.width);
});

test('above a panel at the bottom it stands on the panel', () => {
  const above = { x: 0, y: 0, width: 1280, height: 1000 };
  assert.equal(placePopover({ x: 900, y: 1002, width: 22, height: 22 }, above).y, 998 - popoverSize.height);
});

test('without a usable anchor it is in the upper right corner', () => {
  for (const anchor of [null, { x: 0, y: 0, width: 0, height: 0 }]) {
    assert.deepEqual(placePopover(anchor, workArea), { x: 1440 - 380 - 4, y: 28, ...popoverSize });
  }
});

test('it is inside the work area of any screen, at whole pixels, wherever the icon is', () => {
  const screen = fc.record({
    x: fc.integer({ min: -4000, max: 4000 }),
    y: fc.integer({ min: -4000, max: 4000 }),
    width: fc.integer({ min: popoverSize.width, max: 6000 }),
    height: fc.integer({ min: popoverSize.height, max: 4000 }),
  });
  const near = fc.double({ min: -9000, max: 9000, noNaN: true });
  const anchor = fc.option(
    fc.record({ x: near, y: near, width: fc.double({ min: 0, max: 100, noNaN: true }), height: fc.constant(22) }),
  );
  fc.assert(
    fc.property(screen, anchor, (area, icon) => {
      const { x, y, width, height } = placePopover(icon, area);
      assert.ok(Number.isInteger(x) && Number.isInteger(y));
      assert.ok(x >= area.x && x + width <= area.x + area.width);
      assert.ok(y >= area.y && y + height <= area.y + area.height);
    }),
  );
});
