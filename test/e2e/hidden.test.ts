import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKeeper } from './keeper-process.ts';
import { launchPlainApp } from './plain-app.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

interface Counts {
  readonly patches: number;
  readonly calls: number;
  readonly receivedAtMs: number;
  readonly trayUpdates: number;
}

describe('the hidden popover', { skip: missing, timeout: 120_000 }, () => {
  test('is told nothing, asks for nothing and is given back; the next click makes it anew', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'linux');
    const app = await launchPlainApp(world);
    await app.tray.activate();
    await eventually(() => app.main<boolean>('hook.openings().length > 0'), 'the popover is painted');
    assert.equal(await app.page('document.visibilityState'), 'visible');
    // Electron's own event for a call of the renderer; every call passes it before it is answered.
    await app.main(`globalThis.calls = 0; electron.BrowserWindow.getAllWindows()[0].webContents.on('-ipc-invoke', () => {
      globalThis.calls += 1; })`);
    const counts = (): Promise<Counts> =>
      app.main(`({ patches: hook.patchesSent(), calls: globalThis.calls, trayUpdates: hook.trayUpdates(),
        receivedAtMs: hook.snapshot().receivedAtMs })`);
    const shown = await counts();
    await eventually(async () => (await counts()).patches > shown.patches + 1, 'shown, it is told of each sample');

    await app.tray.activate();
    await eventually(() => app.main<boolean>('!hook.isOpen()'), 'the second click hides it');
    await eventually(async () => (await app.page('document.visibilityState')) === 'hidden', 'the page knows');
    await sleep(500);
    const before = await counts();
    await app.page('globalThis.frames_ = 0; requestAnimationFrame(() => { globalThis.frames_ += 1; }); 0');
    await sleep(10_000);
    const after = await counts();
    assert.equal(after.patches, before.patches, 'no patches');
    assert.equal(after.calls, before.calls, 'no calls');
    assert.equal(await app.page('globalThis.frames_'), 0, 'no frame is drawn');
    assert.ok(after.receivedAtMs - before.receivedAtMs >= 8000, 'meanwhile the app went on hearing the keeper');

    // Shown again, it is the same window, and up to date.
    await app.tray.activate();
    await eventually(() => app.main<boolean>('hook.openings().length === 2'), 'painted again');
    assert.equal(await app.main('hook.openings()[1].kind'), 'warm');
    assert.ok((await counts()).patches > after.patches);

    await app.main('hook.setHiddenLifeMs(400)');
    await sleep(200);
    await app.tray.activate();
    await eventually(() => app.main<boolean>('!hook.hasWindow()'), 'it is given back', 3000);
    assert.equal(await app.main('electron.BrowserWindow.getAllWindows().length'), 0);
    await app.tray.activate();
    await eventually(() => app.main<boolean>('hook.openings().length === 3'), 'painted a third time');
    assert.equal(await app.main('hook.openings()[2].kind'), 'cold');
    assert.ok(Number(await app.page("document.querySelectorAll('[data-testid=top-row]').length")) > 0);
  });
});
