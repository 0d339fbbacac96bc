import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchApp } from './harness.ts';
import { killKeeper, startKeeper, statusOf } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/** Keeper and app come and go independently of each other. */

describe('keeper and app without each other', { skip: missing, timeout: 120_000 }, () => {
  test('the popover says within 6 s that the keeper was killed, and recovers by itself', async (t) => {
    const world = await openWorld(t);
    const keeper = await startKeeper(world, 'linux');
    const app = await launchApp(world);
    const page = await app.open();
    await page.waitForSelector('[data-testid=level]:not([data-level=unknown])');
    assert.equal(await page.getByTestId('state-screen').count(), 0);

    const killedAt = performance.now();
    await killKeeper(keeper);
    const screen = page.locator('[data-testid=state-screen][data-kind=lost]');
    await screen.waitFor({ timeout: 10_000 });
    const saidAfter = performance.now() - killedAt;
    assert.ok(saidAfter <= 6000, `said after ${saidAfter.toFixed(0)} ms`);
    t.diagnostic(`said after ${saidAfter.toFixed(0)} ms`);
    assert.match((await screen.textContent()) ?? '', /not answering/);
    assert.equal(await page.getByTestId('level').getAttribute('data-level'), 'unknown', 'no level is claimed');
    await eventually(async () => /stopped/.test((await app.tray.properties()).tooltip), 'the tooltip says so too');
    await app.shoot(page, 'lost');

    const started = await startKeeper(world, 'linux');
    await screen.waitFor({ state: 'detached', timeout: 10_000 });
    await page.waitForSelector('[data-testid=level]:not([data-level=unknown])');
    const { keeper: known } = (await app.hook('snapshot')).status ?? {};
    assert.equal(known?.pid, started.pid, 'these are the new keeper’s figures');
  });

  test('an app that starts first says that no keeper is running, and connects when there is one', async (t) => {
    const world = await openWorld(t);
    const app = await launchApp(world);
    const page = await app.open();
    await page.waitForSelector('[data-testid=state-screen][data-kind=missing]');
    await app.shoot(page, 'missing');
    await startKeeper(world, 'linux');
    await page.waitForSelector('[data-testid=level]:not([data-level=unknown])');
  });

  test('the keeper outlives an app that is killed', async (t) => {
    const world = await openWorld(t);
    const keeper = await startKeeper(world, 'linux');
    const app = await launchApp(world);
    await app.open();
    const before = await statusOf(world);
    await app.kill();

    const heartbeat = (): string => readFileSync(path.join(world.runDirectory, 'heartbeat'), 'utf8');
    const beats = new Set<string>();
    for (const until = performance.now() + 7000; performance.now() < until; await sleep(200)) beats.add(heartbeat());
    assert.ok(beats.size >= 3, `${beats.size} different heartbeats in 7 s`);
    const after = await statusOf(world);
    assert.equal(after.keeper.pid, keeper.pid);
    assert.equal(after.keeper.instance, before.keeper.instance);
    assert.equal(after.gaps.count, before.gaps.count, 'no sample was missed');
  });

  test('leaving the app by its menu leaves the keeper', async (t) => {
    const world = await openWorld(t);
    const keeper = await startKeeper(world, 'linux');
    const app = await launchApp(world);
    const gone = new Promise<number | null>((resolve) => app.electron.process().once('exit', resolve));
    await app.tray.choose('Quit Castellan (the helper keeps running)');
    assert.equal(await gone, 0);
    assert.equal((await statusOf(world)).keeper.pid, keeper.pid);
  });
});
