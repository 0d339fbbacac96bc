import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { launchApp, userDataOf } from './harness.ts';
import { castellan, startKeeper } from './keeper-process.ts';
import { runawayEntry, writeConfig } from './relief-asking.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/** The window's pages in the real app, over what a real keeper answers: nothing of it made up but the machine. */

const config = `[relief]
mode = "dry_run"
depends_on = ["com.example.sentinel"]

${runawayEntry}`;

describe('the pages of the window over a real keeper', { skip: missing, timeout: 120_000 }, () => {
  test('what a rule matches appears as it starts; a dry-run plan is logged, looked into and marked as wrong; settings are kept', async (t) => {
    const world = await openWorld(t);
    writeConfig(world, config);
    await startKeeper(world, 'sim');
    await castellan(world, 'sim', 'set', 'scenario', 'still');
    const app = await launchApp(world);
    await app.hook('openWindow', 'policy');
    const page = await app.windowPage();

    const edit = page.locator('[data-code=missing_enforcer] [data-testid=edit]');
    await edit.waitFor();
    assert.match((await edit.textContent()) ?? '', /depends_on = \["com\.example\.sentinel"\]/);
    assert.match((await page.locator('[data-code=missing_enforcer]').textContent()) ?? '', /Remove line 3/);
    await page.getByTestId('copy-command').click();
    await page.getByTestId('copy-command').getByText('Copied').waitFor();
    const copied = await app.electron.evaluate(({ clipboard }) => clipboard.readText());
    assert.equal(copied, 'sudo castellan config edit');
    assert.match((await page.getByTestId('rule').textContent()) ?? '', /matches nothing now.*castellan\.toml:5/s);
    await castellan(world, 'sim', 'set', 'spawn', 'runaway', '3GB');
    await page.locator('[data-testid=match][data-standing=acts]').waitFor();
    await app.shoot(page, 'window-live-policy');

    await page.getByRole('tab', { name: 'Log' }).click();
    await castellan(world, 'sim', 'set', 'available', '1.5GB');
    const plan = page.locator('[data-testid=log-entry][data-outcome=dry_run]').first();
    await plan.waitFor();
    await plan.getByTestId('log-what').click();
    await plan.getByTestId('was-wrong').click();
    await plan.getByText('Marked as wrong.').waitFor();
    assert.match((await plan.textContent()) ?? '', /runaway/);
    await app.shoot(page, 'window-live-log');

    await page.getByRole('tab', { name: 'Settings' }).click();
    const mode = page.getByTestId('config-row').filter({ hasText: 'depends_on' });
    await mode.waitFor();
    assert.match((await mode.textContent()) ?? '', /line 3/);
    const before = await page.getByTestId('colour-in-tray').isChecked();
    await page.getByTestId('colour-in-tray').click();
    const kept = () =>
      JSON.parse(readFileSync(path.join(userDataOf(world), 'settings.json'), 'utf8')) as { colourInTray: boolean };
    await eventually(() => {
      try {
        return kept().colourInTray !== before;
      } catch {
        return false;
      }
    }, 'the settings are kept');
    await page.locator(`[data-testid=colour-in-tray]${before ? ':not(:checked)' : ':checked'}`).waitFor();
    await app.shoot(page, 'window-live-settings');
  });
});
