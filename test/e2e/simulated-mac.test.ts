import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchApp } from './harness.ts';
import { castellan, startKeeper } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/** Share of the icon that is drawn on, from its ARGB pixels. */
const inked = (argb: Buffer): number => {
  let drawn = 0;
  for (let at = 0; at < argb.length; at += 4) if ((argb[at] ?? 0) > 100) drawn += 1;
  return drawn / (argb.length / 4);
};

describe('the simulated Mac in the app', { skip: missing, timeout: 120_000 }, () => {
  test('seats and their reserve are shown; 1.5 GB available is red, by shape, within 12 s', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    const page = await app.open();
    const level = page.getByTestId('level');
    await page.waitForSelector('[data-level=green]');
    assert.equal(await page.getByTestId('seat').count(), 2);
    assert.match((await page.getByTestId('seat').first().textContent()) ?? '', /Cilghal/i);
    const status = (await app.hook('snapshot')).status;
    assert.ok(status?.reserve !== null && status?.reserve !== undefined, 'there is a reserve line');
    const chart = page.getByTestId('chart-tiers');
    await eventually(
      async () => /Wired \d.* of 64\.0 gigabytes/.test((await chart.getAttribute('aria-label')) ?? ''),
      'the chart has data',
    );
    const calm = await app.tray.properties();
    assert.deepEqual((await app.hook('tray')).picture.badge, 'none');
    await app.shoot(page, 'sim-green');

    const from = performance.now();
    await castellan(world, 'sim', 'set', 'available', '1.5GB');
    await page.waitForSelector('[data-level=red]', { timeout: 12_000 });
    const popoverMs = performance.now() - from;
    const { picture } = await eventually(async () => {
      const model = await app.hook('tray');
      return model.picture.badge === 'hexagon' && model;
    }, 'the tray is red');
    const trayMs = performance.now() - from;
    assert.ok(trayMs <= 12_000, `${trayMs} ms`);
    t.diagnostic(`red in the popover after ${popoverMs.toFixed(0)} ms, in the tray after ${trayMs.toFixed(0)} ms`);
    assert.equal(picture.shape, 'filled');
    assert.match((await level.textContent()) ?? '', /Critical/i);
    const alarmed = await eventually(async () => {
      const properties = await app.tray.properties();
      return /critical/.test(properties.tooltip) && properties;
    }, 'the tooltip says so');
    assert.match(alarmed.tooltip, /1\.5 gigabytes available/);
    assert.ok(calm.icon !== null && alarmed.icon !== null);
    const [before, after] = [inked(calm.icon.argb), inked(alarmed.icon.argb)];
    assert.ok(after > before + 0.1, `the icon is another shape: ${before.toFixed(2)} → ${after.toFixed(2)} drawn on`);
    await app.shoot(page, 'sim-red');
  });

  test('a sensor that refuses: only observing, and said so', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    const page = await app.open();
    await page.waitForSelector('[data-level=green]');
    assert.doesNotMatch((await page.getByTestId('badge').textContent()) ?? '', /OBSERVE/);
    await castellan(world, 'sim', 'set', 'sensor', 'memory', 'refused');
    await page.locator('[data-testid=badge]', { hasText: 'OBSERVE ONLY' }).waitFor({ timeout: 10_000 });
    await page.getByTestId('banner-sensor').first().waitFor();
    assert.match((await page.getByTestId('banner-sensor').first().textContent()) ?? '', /Memory may not be read/);
    await eventually(async () => (await app.hook('tray')).picture.mark === 'observe_only', 'the tray says so too');
    await app.shoot(page, 'sim-observe-only');
    await castellan(world, 'sim', 'set', 'sensor', 'memory', 'ok');
    await page.locator('[data-testid=badge]', { hasText: 'DRY RUN' }).waitFor({ timeout: 10_000 });
  });
});
