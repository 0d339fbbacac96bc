import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isIconHidden, toldOnce, watchIcon } from '../../app/hidden-icon.ts';
import { displayOf, placePopover, popoverSize } from '../../app/popover-place.ts';
import type { Display, Rect } from '../../app/rects.ts';
import { leastWindow, placeWindow, windowPlaceFile } from '../../app/window-place.ts';

const rect = (x: number, y: number, width: number, height: number): Rect => ({ x, y, width, height });
const display = (bounds: Rect, top = 0, bottom = 0, left = 0): Display => ({
  bounds,
  workArea: rect(bounds.x + left, bounds.y + top, bounds.width - left, bounds.height - top - bottom),
});
const laptop = display(rect(0, 0, 1440, 900), 25, 70);
const right = display(rect(1440, -200, 2560, 1440), 25);
const leftAbove = display(rect(-1920, -1080, 1920, 1080), 25);
const desk = [laptop, right, leftAbove] as const;
const inside = (place: Rect, { workArea }: Display): boolean =>
  place.x >= workArea.x &&
  place.y >= workArea.y &&
  place.x + place.width <= workArea.x + workArea.width &&
  place.y + place.height <= workArea.y + workArea.height;

describe('the display the popover opens on', () => {
  const none = rect(0, 0, 0, 0);
  const table: readonly (readonly [string, Rect | null, { x: number; y: number }, Display])[] = [
    ['that of its icon, wherever the pointer is', rect(1100, 0, 24, 24), { x: 2000, y: 500 }, laptop],
    ['an icon on the display to the right', rect(3600, -200, 24, 24), { x: 10, y: 10 }, right],
    ['an icon on the display with negative places', rect(-300, -1080, 24, 24), { x: 10, y: 10 }, leftAbove],
    ['an icon across an edge: where most of it is', rect(1430, 0, 40, 24), { x: 10, y: 10 }, right],
    ['Linux tells of no place: that of the pointer', none, { x: 2000, y: 500 }, right],
    ['no icon at all: that of the pointer', null, { x: -5, y: -5 }, leftAbove],
    ['an icon on no display: the nearest one', rect(5000, 0, 24, 24), { x: 10, y: 10 }, right],
  ];
  for (const [what, icon, pointer, expected] of table)
    test(what, () => {
      assert.equal(displayOf(icon, pointer, desk), expected);
      assert.ok(inside(placePopover(icon, displayOf(icon, pointer, desk).workArea), expected));
    });

  test('under a panel at the top, over one at the bottom, beside one at the left: never over the panel', () => {
    const bottom = display(rect(0, 0, 1920, 1080), 0, 48);
    assert.equal(placePopover(rect(1700, 1040, 22, 30), bottom.workArea).y, 1032 - popoverSize.height);
    const side = display(rect(0, 0, 1920, 1080), 0, 0, 60);
    assert.equal(placePopover(rect(10, 20, 30, 30), side.workArea).x, 60);
    const corner = placePopover(rect(1425, 0, 15, 24), laptop.workArea);
    assert.deepEqual([corner.x + corner.width, corner.y], [1440, 28]);
  });

  test('at a scale of 1.5 an icon has parts of points, and the popover whole ones', () => {
    const place = placePopover(rect(701.33, 0.67, 22.67, 21.33), laptop.workArea);
    assert.ok(Number.isInteger(place.x) && Number.isInteger(place.y));
  });
});

describe('the place of the window', () => {
  test('the first time it is in the middle of the first display', () => {
    assert.deepEqual(placeWindow(null, desk), rect(180, 48, 1080, 760));
  });

  test('where it was, it is again, on whichever display', () => {
    for (const place of [rect(100, 100, 800, 600), rect(1600, 0, 1200, 900), rect(-1900, -1000, 760, 520)])
      assert.deepEqual(placeWindow(place, desk), place);
  });

  test('on a display that is gone, it is in the middle of the first', () => {
    const { x, y, width, height } = placeWindow(rect(1600, 0, 1200, 800), [laptop]);
    assert.deepEqual([x, y, width, height], [120, 28, 1200, 800]);
  });

  test('too large for its display, it is made smaller; half outside, it is moved in', () => {
    assert.deepEqual(placeWindow(rect(10, 30, 3000, 3000), [laptop]), rect(0, 25, 1440, 805));
    assert.deepEqual(placeWindow(rect(1200, 700, 800, 600), [laptop]), rect(640, 230, 800, 600));
  });

  test('it is whole on one display and never smaller than it may be, whatever is remembered', () => {
    const number = fc.integer({ min: -9000, max: 9000 });
    const size = fc.integer({ min: -100, max: 9000 });
    fc.assert(
      fc.property(fc.option(fc.record({ x: number, y: number, width: size, height: size })), (remembered) => {
        const place = placeWindow(remembered, desk);
        assert.ok(desk.some((each) => inside(place, each)));
        assert.ok(place.width >= leastWindow.width && place.height >= leastWindow.height);
      }),
    );
  });

  test('it is read as it was written, and what is no place is set aside', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'cs-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'window.json');
    const log: string[] = [];
    const stored = windowPlaceFile(file, (text) => log.push(text));
    assert.equal(stored.read(), null);
    stored.write(rect(1, 2, 800, 600));
    assert.deepEqual(stored.read(), rect(1, 2, 800, 600));
    for (const text of ['{"x":1}', '{"x":1,"y":2,"width":1e400,"height":5}', 'null', '{']) {
      writeFileSync(file, text);
      assert.equal(stored.read(), null);
      assert.equal(readFileSync(`${file}.invalid`, 'utf8'), text);
    }
    assert.equal(log.length, 4);
  });
});

describe('an icon that cannot be seen', () => {
  const screens = desk.map(({ bounds }) => bounds);
  for (const [what, bounds, platform, expected] of [
    ['has no extent', rect(0, 0, 0, 0), 'darwin', true],
    ['is on no display', rect(-4000, 0, 24, 24), 'darwin', true],
    ['is in a menu bar', rect(1100, 0, 24, 24), 'darwin', false],
    ['is not known on Linux', rect(0, 0, 0, 0), 'linux', false],
  ] as const)
    test(what, () => assert.equal(isIconHidden(bounds, screens, platform), expected));

  test('is told of at each start, and explained at the first', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const folder = mkdtempSync(join(tmpdir(), 'cs-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const told = toldOnce(join(folder, 'told.json'), assert.fail);
    const heard: string[] = [];
    const start = (bounds: Rect): void => {
      watchIcon({
        bounds: () => bounds,
        displays: () => screens,
        platform: 'darwin',
        told,
        onSeen: (hidden) => heard.push(hidden ? 'hidden' : 'there'),
        explain: () => heard.push('explained'),
      });
      t.mock.timers.tick(3000);
    };
    start(rect(1100, 0, 24, 24));
    start(rect(0, 0, 0, 0));
    start(rect(0, 0, 0, 0));
    assert.deepEqual(heard, ['there', 'hidden', 'explained', 'hidden']);
  });
});
