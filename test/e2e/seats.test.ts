import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { castellan, startKeeper, statusOf } from './keeper-process.ts';
import { eventually, missing, openWorld, type World } from './surroundings.ts';

/** Seats of the simulated Mac in the real app, with a real keeper between them. */

const seatOf = async (world: World, name: string) => (await statusOf(world)).seats.find((seat) => seat.name === name);

describe('seats in the app', { skip: missing, timeout: 120_000 }, () => {
  test('a seat is released through its card, loaded again, and asked about; its row shows what it did', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    const page = await app.open();
    const card = page.locator('[data-testid=seat][data-seat=Codestral]');
    await page.locator('[data-testid=seat][data-seat=Cilghal]').waitFor();
    assert.equal(
      await page.locator('[data-testid=seat][data-seat=Cilghal] [data-testid=seat-release]').count(),
      0,
      'a protected seat has no Release',
    );
    const before = await seatOf(world, 'Codestral');
    assert.ok(before !== undefined && before.footprintBytes > 0, JSON.stringify(before));

    await card.getByTestId('seat-release').click();
    await card.getByTestId('seat-note').waitFor();
    await eventually(
      async () => (await card.getAttribute('data-state')) === 'absent',
      () => `it ends\n${app.output()}`,
      30_000,
    );
    assert.equal((await seatOf(world, 'Codestral'))?.footprintBytes, 0, 'its memory is back');
    await app.shoot(page, 'seat-released');

    // Too much else is in use: the sheet says so, and asking to load is refused with the same sum.
    await castellan(world, 'sim', 'set', 'spawn', 'guest', '5GB');
    await card.getByTestId('seat-fits').click();
    const sheet = page.getByTestId('what-if-sheet');
    await sheet.locator('[data-verdict=refuse]').waitFor({ timeout: 15_000 });
    await sheet.locator('tr', { hasText: 'Installed' }).getByText('64.0 GB').waitFor();
    await sheet.locator('tr', { hasText: 'Kept for Cilghal (peak, always)' }).getByText('−41.0 GB').waitFor();
    assert.equal((await seatOf(world, 'Codestral'))?.state, 'absent', 'asking changes nothing');
    await app.shoot(page, 'what-if');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    assert.equal(await app.hook('isOpen'), true, 'Escape closed the sheet alone');
    await card.getByTestId('seat-load').click();
    const refused = card.locator('[data-testid=seat-note][data-kind=refused]');
    await refused.locator('tr', { hasText: 'Installed' }).getByText('64.0 GB').waitFor();
    await app.shoot(page, 'seat-refused');

    // What is in the way gives its memory back, and the open sheet follows.
    await card.getByTestId('seat-fits').click();
    await castellan(world, 'sim', 'set', 'kill', 'guest');
    for (const name of ['qemu-system-aarch64', 'OrbStack Helper']) {
      await castellan(world, 'sim', 'set', 'footprint', name, '100MB');
    }
    await sheet.locator('[data-verdict=admit]').waitFor({ timeout: 30_000 });
    await page.keyboard.press('Escape');

    const row = page.locator('[data-testid=timeline-row][data-seat=Codestral]');
    await row.locator('g[data-state=absent]').waitFor();
    await row.locator('g:not([data-state=absent])').first().waitFor();
    assert.match((await page.getByTestId('timeline').getAttribute('aria-label')) ?? '', /Codestral: cold now;/);
    await app.shoot(page, 'seat-rows');

    await card.getByTestId('seat-load').click();
    await eventually(
      async () => ['ready', 'busy', 'idle'].includes((await card.getAttribute('data-state')) ?? ''),
      () => `it serves again\n${app.output()}`,
      60_000,
    );
  });
});
