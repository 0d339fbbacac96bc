import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { castellan, startKeeper } from './keeper-process.ts';
import { runawayEntry, writeConfig } from './relief-asking.ts';
import { missing, openWorld } from './surroundings.ts';

/** Overview and processes of the window in the real app, over what a real keeper measures of the simulated Mac. */

const config = `[relief]
mode = "dry_run"

${runawayEntry}`;

describe('the views of the window over a real keeper', { skip: missing, timeout: 120_000 }, () => {
  test('processes come with every sample and go when they end; a plan is marked where it was made', async (t) => {
    const world = await openWorld(t);
    writeConfig(world, config);
    await startKeeper(world, 'sim');
    await castellan(world, 'sim', 'set', 'scenario', 'still');
    const app = await launchApp(world);
    await app.hook('openWindow', 'processes');
    const page = await app.windowPage();
    await page.getByTestId('process-group').first().waitFor();
    await castellan(world, 'sim', 'set', 'spawn', 'runaway', '3GB');
    const runaway = page.locator('[data-testid=process-group][data-name=runaway]');
    await runaway.waitFor();
    assert.match((await runaway.textContent()) ?? '', /3\.0 GB/);
    await app.shoot(page, 'window-live-processes');

    await castellan(world, 'sim', 'set', 'available', '1.5GB');
    await page.getByRole('tab', { name: 'Overview' }).click();
    const mark = page.locator('[data-testid=event-mark][aria-label*=runaway]').last();
    await mark.waitFor();
    await mark.focus();
    // Of a group the read-out tells the first few, and how many more there are.
    await page
      .getByTestId('readout')
      .getByText(/runaway|And \d+ more/)
      .first()
      .waitFor();
    assert.match((await page.getByTestId('chart-tiers').getAttribute('aria-label')) ?? '', /Wired \d/);
    await app.shoot(page, 'window-live-overview');
  });
});
