import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writePast } from '../fakes/virtual-history.ts';
import { launchApp } from './harness.ts';
import { startDeadman, startKeeper } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

const minuteMs = 60_000;

describe('appearance', { skip: missing, timeout: 120_000 }, () => {
  test('follows the system: light and dark, over what the keeper recorded before it was started anew', async (t) => {
    const world = await openWorld(t);
    // Both of the model's bursts, after 5 and 15 minutes, are then in the picture and clear of what is written in it.
    writePast(world.runDirectory, { lengthMs: 16.3 * minuteMs, untilMs: Date.now() });
    await startKeeper(world, 'sim');
    await startDeadman(world);
    const app = await launchApp(world);
    const page = await app.open();
    await page.waitForSelector('[data-level=green]');
    // The burst is in the record.
    await page.locator('[data-testid=chart-tiers][aria-label*="at worst tight"]').waitFor();
    // A few samples of this keeper behind the recorded ones.
    await page.waitForTimeout(5000);

    const seen: { readonly background: string; readonly ink: string }[] = [];
    for (const theme of ['light', 'dark'] as const) {
      await app.electron.evaluate(({ nativeTheme }, source) => {
        nativeTheme.themeSource = source;
      }, theme);
      const follows = `matchMedia('(prefers-color-scheme: ${theme})').matches`;
      await eventually(() => page.evaluate<boolean>(follows), `the page is ${theme}`);
      await page.waitForTimeout(300);
      seen.push(
        await page.evaluate(
          `(({ backgroundColor, color }) => ({ background: backgroundColor, ink: color }))(getComputedStyle(document.body))`,
        ),
      );
      await app.shoot(page, `popover-${theme}`);
    }
    const [light, dark] = seen;
    assert.notEqual(light?.background, dark?.background);
    assert.notEqual(light?.ink, dark?.ink);
  });
});
