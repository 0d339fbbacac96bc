import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchApp } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

describe('the tray', { skip: missing, timeout: 120_000 }, () => {
  test('a click opens the popover, another closes it; the tooltip says the level', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);

    const { icon, status } = await app.tray.properties();
    assert.equal(status, 'Active');
    assert.ok(icon !== null && icon.width === icon.height && icon.width >= 22, 'a square icon');
    assert.ok(
      icon.argb.some((byte, at) => at % 4 === 0 && byte > 128),
      'with something drawn on it',
    );
    const tooltip = await eventually(async () => {
      const text = (await app.tray.properties()).tooltip;
      return /Memory/.test(text) && text;
    }, 'the tooltip says the level');
    assert.match(tooltip, /^Castellan\. Memory normal\. \d+\.\d gigabytes available\. 2 seats, 2 ready\./);
    assert.deepEqual(await app.tray.menu(), [
      'Memory normal',
      'Pause automatic actions for 15 min (dry run: there are none)',
      'Open Castellan',
      'Open Window',
      'Settings…',
      'Quit Castellan (the helper keeps running)',
    ]);

    assert.equal(await app.hook('isOpen'), false);
    const page = await app.open();
    await page.waitForSelector('[data-testid=top-row]');
    assert.equal(await app.hook('isOpen'), true);
    await sleep(300);
    await app.tray.activate();
    await eventually(async () => !(await app.hook('isOpen')), 'the second click closes it');
    await sleep(300);
    await app.tray.choose('Open Castellan');
    await eventually(() => app.hook('isOpen'), 'the menu opens it');
  });

  test('hidden and opened again in a moment it stays open; when another window takes the focus it goes', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    const page = await app.open();
    await page.waitForSelector('[data-testid=top-row]');
    for (let turn = 0; turn < 24; turn++) {
      // In one go, so that the two lie as close as they can: the blur of the first is reported after the second.
      await app.electron.evaluate(async (_electron, gapMs) => {
        const { __castellan: hook } = globalThis as unknown as { __castellan: { hide(): void; open(): void } };
        hook.hide();
        if (gapMs > 0) await new Promise((resolve) => setTimeout(resolve, gapMs));
        hook.open();
      }, turn % 4);
      await sleep(120);
      assert.equal(await app.hook('isOpen'), true, `turn ${turn}`);
    }
    await app.electron.evaluate(({ BrowserWindow }) => {
      const other = new BrowserWindow({ width: 100, height: 100, show: true });
      other.focus();
      setTimeout(() => other.destroy(), 3000);
    });
    await eventually(async () => !(await app.hook('isOpen')), 'it goes');
  });
});
