import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright';
import { gallery } from '../gallery/list.ts';
import { openGallery } from '../gallery/open.ts';
import { drawPictures } from '../gallery/pictures.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';

/** The gallery: a list of all states, by keys and a filter, and what is chosen drawn beside it as it is asked for. */

describe('the gallery', { skip: missing, timeout: 60_000 }, () => {
  let shell: PopoverShell;
  let list: Page;
  before(async () => {
    shell = await openShell();
    list = await openGallery(shell, gallery, 'red');
  });
  after(async () => {
    await shell?.close();
  });

  const says = (what: string) => list.locator('#said', { hasText: what }).waitFor();
  const ground = () => shell.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');

  test('lists every state, draws the chosen one, and goes on by keys', async () => {
    await says('Popover: red,');
    await shell.page.waitForSelector('[data-testid=level][data-level=red]');
    assert.deepEqual(
      await list.getByRole('option').allTextContents(),
      gallery.map(({ name }) => name),
    );
    await list.getByLabel('Filter').fill('window ');
    await list.keyboard.press('ArrowDown');
    await says('Window: window-overview,');
    assert.deepEqual(await shell.page.evaluate('[innerWidth, innerHeight]'), [1200, 800]);
    await list.keyboard.press('ArrowUp');
    await says(`Window: ${gallery.at(-1)?.name},`);
  });

  test('its switches are what the state is drawn with', async () => {
    await list.getByLabel('Filter').fill('green');
    await list.getByRole('option', { name: 'green' }).first().click();
    await says('Popover: green,');
    const before = await ground();
    for (const name of ['Dark', 'High contrast', '130 % text', 'Reduced motion']) await list.getByLabel(name).check();
    await says('Popover: green,');
    assert.notEqual(await ground(), before);
    for (const query of ['prefers-contrast: more', 'prefers-reduced-motion: reduce'])
      assert.equal(await shell.page.evaluate(`matchMedia('(${query})').matches`), true, query);
    assert.equal(await shell.page.evaluate('document.documentElement.style.fontSize'), '130%');
  });

  test('its pictures: each state light and dark, beside each other in one page', async (t) => {
    const parent = mkdtempSync(path.join(tmpdir(), 'gallery-'));
    t.after(() => rmSync(parent, { recursive: true, force: true }));
    const two = gallery.filter(({ name }) => name === 'yellow' || name === 'window-policy');
    const index = await drawPictures(shell, two, path.join(parent, 'pictures'));
    const files = [...readFileSync(index, 'utf8').matchAll(/src="([^"]+)"/g)].map(([, file]) => file ?? '');
    assert.equal(files.length, 4);
    for (const file of files) assert.ok(existsSync(path.join(path.dirname(index), file)), file);
  });
});
