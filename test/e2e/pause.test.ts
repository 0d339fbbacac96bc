import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { castellan, startKeeper, statusOf } from './keeper-process.ts';
import { rowsOf, writeConfig } from './relief-asking.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

describe('pausing automatic actions', { skip: missing, timeout: 60_000 }, () => {
  test('from the menu it reaches the keeper, is shown everywhere, and is taken back in the popover', async (t) => {
    const world = await openWorld(t);
    writeConfig(world, '[relief]\nmode = "live"\n');
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    const leftSeconds = async (): Promise<number> => (await statusOf(world)).relief.paused?.endsInSeconds ?? 0;
    const entry = /^Pause automatic actions for 15 min$/;
    await eventually(async () => (await app.tray.menu()).some((label) => entry.test(label)), 'the menu offers it');
    await app.tray.choose('Pause automatic actions for 15 min');
    await eventually(async () => (await leftSeconds()) > 850, 'the keeper knows');
    await eventually(
      async () => (await app.tray.menu()).includes('Resume automatic actions (paused for another 15 min)'),
      'the menu offers the way back',
    );
    assert.match(await castellan(world, 'status'), /paused +automatic actions are paused for another 14:/);
    await eventually(
      async () => /automatic actions paused/.test((await app.tray.properties()).tooltip),
      'the tooltip says so',
      15_000,
    );

    const page = await app.open();
    const row = page.getByTestId('paused');
    await row.waitFor();
    assert.match((await page.getByTestId('sentence').textContent()) ?? '', /[Aa]utomatic actions are paused/);
    await app.shoot(page, 'paused');
    await row.getByRole('button').click();
    await row.waitFor({ state: 'detached' });
    await eventually(async () => (await leftSeconds()) === 0, 'it goes on');
    const asked = (await rowsOf(world, 'mutation')).map(({ verb, detail }) => `${verb}: ${detail}`);
    assert.deepEqual(
      asked.map((line) => line.replace(/paused for 15 minutes.*/, 'paused …')),
      ['relief.pause: 15 min: Automatic actions are paused …', 'relief.pause: 0 min: Automatic actions go on.'],
    );
  });
});
