import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchApp } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { missing, openWorld, root } from './surroundings.ts';

/** Long enough for the chart to have something to show. */
const historySeconds = 65;

describe('appearance', { skip: missing, timeout: 150_000 }, () => {
  test('follows the system: light and dark', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    await sleep(historySeconds * 1000);
    const app = await launchApp(world);
    const page = await app.open();
    await page.waitForSelector('[data-level=green]');
    const background: string[] = [];
    for (const theme of ['light', 'dark'] as const) {
      await app.electron.evaluate(({ nativeTheme }, source) => {
        nativeTheme.themeSource = source;
      }, theme);
      await page.waitForFunction(`matchMedia('(prefers-color-scheme: ${theme})').matches`);
      await page.waitForTimeout(300);
      background.push(String(await page.evaluate('getComputedStyle(document.body).backgroundColor')));
      await app.shoot(page, `popover-${theme}`);
      assert.ok(statSync(path.join(root, `dist/e2e/popover-${theme}.png`)).size > 10_000);
    }
    assert.notEqual(background[0], background[1]);
  });
});
