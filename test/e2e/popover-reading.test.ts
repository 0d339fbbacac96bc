import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PNG } from 'pngjs';
import { states } from './popover-states-list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** The popover for who reads it larger, with more contrast, or by keyboard: nothing is lost, and Tab goes where the eye goes. */

interface Stop {
  readonly element: string;
  readonly x: number;
  readonly y: number;
}

/** Which pixels of a picture are clearly lighter or darker than its corner. */
const outlineOf = (picture: Buffer): readonly boolean[] => {
  const { data, width, height } = PNG.sync.read(picture);
  const grey = Array.from({ length: width * height }, (_, at) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 4, at * 4 + 3);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  const [ground = 0] = grey;
  return grey.map((each) => Math.abs(each - ground) > 40);
};

describe('reading of the popover', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  test('text at 130 % loses nothing', async () => {
    await shell.page.emulateMedia({ colorScheme: 'light' });
    for (const name of [
      'green',
      'red',
      'longest',
      'lost',
      'refused',
      'config-invalid',
      'no-seats',
      'approval',
      'approval-kill',
      'frozen',
      'dry-run',
      'gate-open',
      'approval-longest',
      'ask-removal',
      'removed-partly',
    ] as const) {
      await shell.load(states[name](Date.now()));
      await shell.page.evaluate("document.documentElement.style.fontSize = '130%'");
      await shell.painted();
      await shell.shoot(`${name}-130`);
      await shell.check(`${name} at 130 %`);
    }
  });

  test('more contrast thickens strokes and stays clean', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await shell.page.emulateMedia({ colorScheme, contrast: 'more' });
      await shell.load(states.orange(Date.now()));
      await shell.shoot(`contrast-${colorScheme}`);
      await shell.check(`more contrast, ${colorScheme}`);
    }
    await shell.page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });
  });

  test('the level is read without colour: each has an outline of its own, whoever looks at it', async () => {
    const sights = ['achromatopsia', 'protanopia', 'deuteranopia', 'tritanopia'] as const;
    const debug = await shell.page.context().newCDPSession(shell.page);
    for (const [colorScheme, view] of [
      ['light', undefined],
      ['dark', { width: 760, height: 520 }],
    ] as const) {
      await shell.page.emulateMedia({ colorScheme });
      const outlines = new Map<string, readonly boolean[]>();
      for (const name of ['green', 'yellow', 'orange', 'red'] as const) {
        await shell.draw(states[name](Date.now()), view);
        const glyph = shell.page.locator(`[data-testid=level][data-level=${name}] svg`).first();
        for (const type of sights) {
          await debug.send('Emulation.setEmulatedVisionDeficiency', { type });
          outlines.set(`${name}, ${type}`, outlineOf(await glyph.screenshot()));
        }
      }
      for (const [one, its] of outlines) {
        const filled = its.filter((isFilled) => isFilled).length / its.length;
        assert.ok(filled > 0.2, `${one}: ${filled} of it is seen`);
        for (const [other, another] of outlines) {
          const apart = its.filter((isFilled, at) => isFilled !== another[at]).length / its.length;
          if (one.split(',')[0] !== other.split(',')[0]) assert.ok(apart > 0.04, `${one} and ${other}: ${apart}`);
        }
      }
    }
    await debug.send('Emulation.setEmulatedVisionDeficiency', { type: 'none' });
    await debug.detach();
    await shell.page.emulateMedia({ colorScheme: 'light' });
  });

  test('the colours of the system take the place of ours, and nothing is lost', async () => {
    await shell.page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active' });
    for (const name of ['orange', 'approval'] as const) {
      await shell.load(states[name](Date.now()));
      await shell.shoot(`forced-${name}`);
      await shell.check(`forced colours, ${name}`);
    }
    await shell.page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
  });

  test('Tab goes through everything in the order in which it is seen', async () => {
    for (const name of [
      'green',
      'lost',
      'missing',
      'ask-removal',
      'approval',
      'frozen',
      'dry-run',
      'gate-open',
    ] as const) {
      await shell.load(states[name](Date.now()));
      await shell.probe('startOver()');
      const stops = await shell.probe<readonly Stop[]>('tabStops()');
      const sorted = [...stops].sort((a, b) => (Math.abs(a.y - b.y) < 12 ? a.x - b.x : a.y - b.y));
      assert.deepEqual(
        stops.map((stop) => stop.element),
        sorted.map((stop) => stop.element),
      );
      const visited: string[] = [];
      for (const _ of stops) {
        await shell.page.keyboard.press('Tab');
        visited.push(await shell.probe<string>('focused()'));
      }
      assert.deepEqual(
        visited,
        stops.map((stop) => stop.element),
      );
      assert.ok(stops.length >= 2);
      assert.equal(await shell.probe<string>('focusRing()'), '2px');
    }
  });
});
