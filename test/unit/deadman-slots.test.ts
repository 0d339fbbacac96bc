import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolders } from '../../helper/deadman/directory.ts';
import { placesIn } from '../../helper/deadman/places.ts';
import { createSlots } from '../../helper/deadman/slots.ts';
import { tombstoneBytes } from '../../helper/deadman/tombstone.ts';

test('a keeper with the pid of an earlier one takes back tombstones without overwriting the slots of that one', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-slots-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const places = placesIn(directory);
  makeFolders(places);
  const tombstone = Buffer.alloc(tombstoneBytes, ' ');
  for (const number of [1, 2, 3]) writeFileSync(join(places.slots, `${process.pid}-${number}`), tombstone);
  const slots = createSlots(places, 3);
  assert.equal(await slots.fill(), null);
  for (const name of ['100', '101', '102', '103']) {
    for (const again of [1, 2]) {
      const used = slots.use(name, tombstone);
      assert.ok(used.ok, `${name}, ${again}: ${used.ok ? '' : used.detail}`);
      assert.ok(slots.recycle(used.path));
    }
    assert.equal(readdirSync(places.slots).length, slots.free());
  }
});
