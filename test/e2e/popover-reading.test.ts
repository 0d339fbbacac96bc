import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { states } from './popover-states-list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** The popover for who reads it larger, with more contrast, or by keyboard: nothing is lost, and Tab goes where the eye goes. */

interface Stop {
  readonly element: string;
  readonly x: number;
  readonly y: number;
}

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
