import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Exported } from '../../app/ipc/contract.ts';
import { launchApp, type RunningApp, userDataOf } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { eventually, missing, openWorld } from './surroundings.ts';

/** From now on the dialog for saving answers so; null: nothing was chosen. */
const savesTo = (app: RunningApp, file: string | null): Promise<void> =>
  app.electron.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = (async () => ({ canceled: filePath === null, filePath })) as never;
  }, file);

describe('the window', { skip: missing, timeout: 120_000 }, () => {
  test('opens at a page, hides, is the same again, and remembers its place across a start', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    const place = { x: 40, y: 50, width: 900, height: 640 };

    await app.tray.choose('Settings…');
    const page = await app.windowPage();
    await page.getByTestId('page-settings').waitFor();
    assert.equal(await app.hook('isWindowShown'), true);
    assert.equal(await app.hook('isOpen'), false, 'the popover is another window');
    await app.hook('setWindowBounds', { x: 0, y: 0, width: 100, height: 100 });
    const least = await eventually(async () => {
      const bounds = await app.hook('windowBounds');
      return bounds !== null && bounds.width < 1000 && bounds;
    }, 'it is made smaller');
    assert.deepEqual([least.width, least.height], [760, 520]);
    await app.hook('setWindowBounds', place);
    const settled = await eventually(async () => {
      const bounds = await app.hook('windowBounds');
      return bounds !== null && bounds.width === place.width && bounds;
    }, 'it is made larger');

    // Escape closes nothing; the close key hides. Hidden, it is told nothing.
    await page.keyboard.press('Escape');
    assert.equal(await app.hook('isWindowShown'), true);
    await page.keyboard.press('Control+w');
    await eventually(async () => !(await app.hook('isWindowShown')), 'it hides');
    const [told, heard] = [await app.hook('patchesSent'), (await app.hook('snapshot')).receivedAtMs ?? 0];
    await eventually(async () => ((await app.hook('snapshot')).receivedAtMs ?? 0) > heard, 'the keeper is heard');
    assert.equal(await app.hook('patchesSent'), told);

    // From the popover by its key: the same page as it was left, in the same place.
    const popover = await app.open();
    await popover.keyboard.press('Control+d');
    await eventually(() => app.hook('isWindowShown'), 'it comes back');
    assert.deepEqual(await app.hook('windowBounds'), settled);
    await page.getByTestId('page-settings').waitFor();
    await eventually(async () => (await app.hook('patchesSent')) > told, 'it is told again');
    await page.keyboard.press('Control+l');
    await page.getByTestId('page-log').waitFor();
    await app.close();
    assert.deepEqual(JSON.parse(readFileSync(path.join(userDataOf(world), 'window.json'), 'utf8')), settled);

    const again = await launchApp(world);
    await again.tray.choose('Open Window');
    const first = await again.windowPage();
    await first.getByTestId('page-overview').waitFor();
    assert.deepEqual(await again.hook('windowBounds'), settled);
    await again.shoot(first, 'window');

    // Long hidden, it is given back, and begins anew.
    await first.keyboard.press('Control+,');
    await first.getByTestId('page-settings').waitFor();
    await again.hook('setHiddenLifeMs', 50);
    await first.keyboard.press('Control+w');
    await eventually(async () => (await again.hook('windowBounds')) === null, 'it is given back');
    await again.tray.choose('Open Window');
    await (await again.windowPage()).getByTestId('page-overview').waitFor();
    assert.deepEqual(await again.hook('windowBounds'), settled);
  });

  test('writes log and history where the operator says; a shortcut that cannot be had is said', async (t) => {
    const world = await openWorld(t);
    await startKeeper(world, 'sim');
    const app = await launchApp(world);
    await app.tray.choose('Open Window');
    const page = await app.windowPage();
    const exported = (call: 'exportLog' | 'exportHistory', ...args: readonly unknown[]): Promise<Exported> =>
      page.evaluate(
        ([name, given]) =>
          (globalThis as never as Record<string, Record<string, (...all: unknown[]) => never>>).castellan?.[name]?.(
            ...given,
          ) as never,
        [call, args] as const,
      );
    const file = path.join(world.folder, 'log.csv');
    await savesTo(app, file);
    const log = await exported('exportLog', 'csv', null);
    assert.ok(log.kind === 'written' && log.path === file && log.rows > 0, JSON.stringify(log));
    const [head = '', first = ''] = readFileSync(file, 'utf8').split('\r\n');
    assert.match(head, /^time,kind,/);
    assert.match(first, /^\d{4}-\d\d-\d\dT[^,]+Z,keeper_started,/);
    await savesTo(app, path.join(world.folder, 'history.json'));
    const history = await exported('exportHistory', 'json', '15m');
    assert.ok(history.kind === 'written' && history.rows > 0, JSON.stringify(history));
    assert.ok(JSON.parse(readFileSync(path.join(world.folder, 'history.json'), 'utf8')).totalBytes === 64 * 2 ** 30);
    await savesTo(app, null);
    assert.deepEqual(await exported('exportLog', 'json', null), { kind: 'cancelled' });
    await savesTo(app, path.join(world.folder, 'nowhere', 'log.json'));
    const failed = await exported('exportLog', 'json', null);
    assert.ok(failed.kind === 'failed' && /ENOENT/.test(failed.why), JSON.stringify(failed));

    const choose = (shortcut: string | null): Promise<void> =>
      page.evaluate(
        (wanted) =>
          (globalThis as never as { castellan: { setSettings(change: object): Promise<void> } }).castellan.setSettings({
            shortcut: wanted,
          }),
        shortcut,
      );
    const isHeld = (key: string): Promise<boolean> =>
      app.electron.evaluate(({ globalShortcut }, each) => globalShortcut.isRegistered(each), key);
    assert.equal(await isHeld('Control+Alt+M'), true, 'as it is at first');
    await app.electron.evaluate(({ globalShortcut }) => globalShortcut.register('Control+Alt+K', () => {}));
    await choose('Control+Alt+K');
    const fault = (await app.hook('snapshot')).shortcutFault ?? '';
    assert.match(fault, /^Control\+Alt\+K belongs to another program/);
    assert.equal(await isHeld('Control+Alt+M'), false);
    await choose('Control+Alt+J');
    assert.equal((await app.hook('snapshot')).shortcutFault, null);
    assert.equal(await isHeld('Control+Alt+J'), true);
    const settings = path.join(userDataOf(world), 'settings.json');
    assert.equal(JSON.parse(readFileSync(settings, 'utf8')).shortcut, 'Control+Alt+J');
    await app.close();

    // A file that is not valid does no harm, and is set aside.
    writeFileSync(settings, '{"shortcut":');
    const again = await launchApp(world);
    assert.equal((await again.hook('snapshot')).settings.shortcut, 'Control+Alt+M');
    assert.equal(readFileSync(`${settings}.invalid`, 'utf8'), '{"shortcut":');
  });
});
