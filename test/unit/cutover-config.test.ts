import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from '../../helper/config/parse.ts';
import { type ConfigFound, goLiveBy } from '../../helper/install/cutover/config.ts';

const path = '/x/castellan.toml';

const found = (text: string): ConfigFound => {
  const parsed = parseConfig(text);
  assert.ok(parsed.ok, text);
  return { state: 'valid', config: parsed.config, text };
};

const entry = '[[relief.entry]]\nname = "QEMU"\npattern = "qemu"\nclass = "freeze_only"\nfreeze_floor = "8 GB"\n';

describe('leaving the dry run by castellan.toml', () => {
  for (const [what, before, after] of [
    ['a mode that is written', '[relief]\nmode = "dry_run" # x\n', '[relief]\nmode = "live" # x\n'],
    ['single quotes', "[relief]\npurge='ask'\nmode='dry_run'\n", '[relief]\npurge=\'ask\'\nmode="live"\n'],
    ['a dotted key', 'relief.mode = "dry_run"\n', 'relief.mode = "live"\n'],
    ['a table on one line', 'relief = { mode = "dry_run" }\n', 'relief = { mode = "live" }\n'],
    ['a table without the key', '[relief] # ours\npurge = "ask"\n', '[relief] # ours\nmode = "live"\npurge = "ask"\n'],
    ['no table', '[history]\nmax = "64 MB"', '[history]\nmax = "64 MB"\n\n[relief]\nmode = "live"\n'],
    ['entries without the table', entry, `${entry}\n[relief]\nmode = "live"\n`],
    ['an empty file', '', '[relief]\nmode = "live"\n'],
  ] as const)
    test(`changes that line and nothing else: ${what}`, () => {
      assert.deepEqual(goLiveBy(path, found(before)), { path, before, after, diff: ['relief.mode: dry_run → live'] });
      const parsed = parseConfig(after);
      assert.ok(parsed.ok && parsed.config.relief.mode === 'live');
    });

  test('makes the file where there is none', () => {
    const made = goLiveBy(path, { state: 'missing' });
    assert.deepEqual(made, {
      path,
      before: null,
      after: '[relief]\nmode = "live"\n',
      diff: ['relief.mode: dry_run → live'],
    });
  });

  test('has nothing to do with a file that says live, and none with one that cannot be read', () => {
    assert.equal(goLiveBy(path, found('[relief]\nmode = "live"\n')), null);
    assert.equal(goLiveBy(path, { state: 'unusable', why: 'line 3' }), 'line 3');
  });

  test('says that it cannot where the table is closed and the key is not in it', () => {
    const odd = goLiveBy(path, found('relief = { purge = "ask" }\n'));
    assert.ok(typeof odd === 'string' && odd.includes('castellan config edit'));
  });
});
