import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gallery } from '../gallery/list.ts';

const folder = path.resolve(import.meta.dirname, '../e2e');

test('every state of every file of states is in the gallery, and so photographed and checked', async () => {
  const files = globSync('*.ts', { cwd: folder }).filter((file) =>
    /^export const \w*[sS]tates\b/m.test(readFileSync(path.join(folder, file), 'utf8')),
  );
  assert.ok(files.length >= 8, `found ${files}`);
  const names = new Set(gallery.flatMap(({ name, fixture }) => [name, fixture]));
  for (const file of files) {
    const module: Record<string, unknown> = await import(path.join(folder, file));
    const lists = Object.entries(module).filter(([name]) => /[sS]tates$/.test(name));
    const missing = lists.flatMap(([, list]) => Object.keys(list as object)).filter((name) => !names.has(name));
    assert.deepEqual(missing, [], file);
  }
});

test('names are unique, and pictures can be named after them', () => {
  assert.equal(new Set(gallery.map(({ name }) => name)).size, gallery.length);
  for (const { name } of gallery) assert.match(name, /^[a-z0-9-]+$/);
});
