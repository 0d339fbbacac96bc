import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { AppSnapshot } from '../../app/ipc/contract.ts';
import { drawTray, paletteOn, type TrayPalette, templatePalette } from '../../app/tray-image.ts';
import { openLayers, type TrayLayers } from '../../app/tray-layers.ts';
import { type TrayModel, type TrayPicture, trayModel } from '../../app/tray-model.ts';
import { waitForChange } from '../../app/tray-pace.ts';
import { packTray } from '../../build/icons/tray.ts';
import { traySheet } from '../fakes/tray-sheet.ts';
import { trayNowMs, trayStates } from '../fakes/tray-states.ts';

/** Every state of the menu bar: what it shows and says, and that its pictures are told apart on any menu bar. */

const models = Object.entries(trayStates).map(([name, snapshot]) => ({ name, model: trayModel(snapshot, trayNowMs) }));

const appearances: Readonly<Record<'light' | 'dark' | 'mono', (picture: TrayPicture) => TrayPalette>> = {
  light: (picture) => paletteOn('light', picture),
  dark: (picture) => paletteOn('dark', picture),
  mono: () => templatePalette,
};

const lineOf = ({ picture, title }: TrayModel): string => {
  const { shape, fill, badge, mark, waits, dimmed, colour } = picture;
  const parts = [shape, fill, badge, mark, waits ? 'waits' : '-', dimmed ? 'dimmed' : '-', colour ?? '-', title];
  return parts.join(' ').trim();
};

const shown: Readonly<Record<string, string>> = {
  normal: 'outline 2 none none - - -',
  'almost empty': 'outline 0 none none - - -',
  'fill 1': 'outline 1 none none - - -',
  'fill 2': 'outline 2 none none - - -',
  'fill 3': 'outline 3 none none - - -',
  'fill 4': 'outline 4 none none - - -',
  'fill 5': 'outline 5 none none - - -',
  'getting tight': 'outline 3 triangle none - - yellow 6.2G',
  high: 'outline 3 diamond none - - orange 3.1G',
  critical: 'filled 3 hexagon none - - red 1.2G !',
  'critical, approval waits': 'filled 3 hexagon none waits - red 1.2G ·1',
  'high, approval waits': 'outline 3 diamond none waits - orange 3.1G ·1',
  'approval waits': 'outline 2 none none waits - - ·1',
  'seat not well': 'outline 2 none none waits - -',
  frozen: 'outline 2 none frozen - - -',
  'high, frozen': 'outline 3 diamond frozen - - orange 3.1G',
  'dry run': 'outline 2 none dry_run - - -',
  'dry run, critical': 'filled 3 hexagon dry_run - - red 1.2G !',
  'observing only': 'outline 2 none observe_only - - -',
  'configuration invalid': 'outline 2 exclamation none - - red',
  late: 'outline 2 none none - dimmed -',
  'not answering': 'dashed 0 none none - - - --',
  'not answering, frozen': 'dashed 0 none none - - - --',
  stopped: 'dashed 0 none none - - - --',
  connecting: 'outline 0 none none - - -',
  measuring: 'outline 0 none none - - -',
  'not running': 'outline 0 question none - - -',
  'not installed': 'outline 0 question none - - -',
  installing: 'outline 0 question none - - -',
  'needs approval': 'outline 0 question none - - -',
  'helper older': 'outline 0 question none - - -',
  'helper newer': 'outline 0 question none - - -',
  refused: 'outline 0 exclamation none - - -',
};

const said: Readonly<Record<string, string>> = {
  normal: 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'almost empty': 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'fill 1': 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'fill 2': 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'fill 3': 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'fill 4': 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'fill 5': 'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'getting tight':
    'Castellan. Memory getting tight for 2 minutes. 6.2 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
  high: 'Castellan. Memory pressure high for 3 minutes. 3.1 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
  critical: 'Castellan. Memory critical for 40 seconds. 1.2 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
  'critical, approval waits':
    'Castellan. 1 approval waits. It expires in 1 minute. Memory critical for 40 seconds. 1.2 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
  'high, approval waits':
    'Castellan. 1 approval waits. It expires in 1 minute. Memory pressure high for 3 minutes. 3.1 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
  'approval waits':
    'Castellan. 1 approval waits. It expires in 1 minute. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'seat not well': 'Castellan. 1 seat not well. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  frozen: 'Castellan. 1 process frozen. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready.',
  'high, frozen':
    'Castellan. 1 process frozen. Memory pressure high for 3 minutes. 3.1 gigabytes available. Largest: Cilghal, 21.0 gigabytes.',
  'dry run':
    'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready. Dry run: relief is only shown. 5 hours of it left.',
  'dry run, critical':
    'Castellan. Memory critical for 40 seconds. 1.2 gigabytes available. Largest: Cilghal, 21.0 gigabytes. Dry run: relief is only shown. 5 hours of it left.',
  'observing only':
    'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready. Observing only: A memory sensor fails.',
  'configuration invalid':
    'Castellan. Memory normal. 22.7 gigabytes available. 1 seat, 1 ready. castellan.toml has errors.',
  late: 'Castellan helper has not answered for 8 seconds. The figures shown are old.',
  'not answering': 'Castellan helper has not answered for 40 seconds. The figures shown are old.',
  'not answering, frozen':
    'Castellan helper has not answered for 40 seconds. The figures shown are old. Frozen processes resume by themselves.',
  stopped: 'Castellan helper stopped 40 seconds ago.',
  connecting: 'Castellan is connecting to its helper.',
  measuring: 'Castellan is measuring.',
  'not running': 'Castellan helper is not running.',
  'not installed': 'Castellan helper is not installed.',
  installing: 'Castellan helper is being installed.',
  'needs approval': 'Castellan helper waits for your approval in System Settings.',
  'helper older': 'Castellan helper 0.0.9 is older than the app 0.1.0.',
  'helper newer': 'Castellan helper 0.2.0 is newer than the app 0.1.0.',
  refused:
    'Castellan cannot use its helper. The keeper socket, or a folder above it, could have been put there by someone else.',
};

/** Pixels of which a channel clearly differs. */
const different = (a: Uint8Array, b: Uint8Array): number => {
  let count = 0;
  for (let pixel = 0; pixel < a.length; pixel += 4) {
    const most = Math.max(
      ...[0, 1, 2, 3].map((channel) => Math.abs((a[pixel + channel] ?? 0) - (b[pixel + channel] ?? 0))),
    );
    if (most > 60) count += 1;
  }
  return count;
};

describe('states of the menu bar', () => {
  let layers: TrayLayers;
  before(async () => {
    layers = openLayers(await packTray());
  });

  test('each has its picture, and its title', () => {
    assert.deepEqual(Object.fromEntries(models.map(({ name, model }) => [name, lineOf(model)])), shown);
  });

  test('each is said in words, which name no picture', () => {
    assert.deepEqual(Object.fromEntries(models.map(({ name, model }) => [name, model.label])), said);
  });

  test('a title has seven characters at most', () => {
    for (const { name, model } of models) assert.ok([...model.title].length <= 7, name);
  });

  for (const [appearance, palette] of Object.entries(appearances)) {
    test(`${appearance}: pictures that mean different things differ, at the size of a menu bar`, () => {
      const pictures = new Map(models.map(({ name, model }) => [JSON.stringify(model.picture), { name, model }]));
      const drawn = [...pictures.values()].map(({ name, model: { picture } }) => ({
        name,
        pixels: drawTray(layers, picture, 18, palette(picture)),
      }));
      drawn.forEach(({ name, pixels }, at) => {
        for (const other of drawn.slice(at + 1)) {
          const found = different(pixels, other.pixels);
          assert.ok(found >= 6, `${name} and ${other.name}: ${found} pixels`);
        }
      });
    });
  }

  test('all of them are to be seen on one sheet', async () => {
    const file = path.resolve(import.meta.dirname, '../../dist/e2e/tray-states.png');
    const png = await traySheet(
      models.map(({ name, model: { picture, title } }) => ({
        name,
        title,
        drawn: Object.values(appearances).map((palette) => drawTray(layers, picture, 36, palette(picture))),
      })),
      36,
    );
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, png);
    assert.equal(Buffer.from(png).toString('latin1', 1, 4), 'PNG');
  });

  test('what changes is shown at most every two seconds, words alone every ten, and what stays never', () => {
    const [one, other] = [trayStates.high, trayStates.critical].map((snapshot) =>
      trayModel(snapshot as AppSnapshot, trayNowMs),
    );
    assert.ok(one !== undefined && other !== undefined);
    assert.deepEqual(
      [0, 1500, 2000, 60_000].map((sinceMs) => waitForChange(one, other, sinceMs)),
      [2000, 500, 0, 0],
    );
    const reworded = { ...one, label: 'Other words.' };
    assert.deepEqual(
      [0, 2500, 10_000].map((sinceMs) => waitForChange(one, reworded, sinceMs)),
      [10_000, 7500, 0],
    );
    assert.equal(waitForChange(one, { ...one }, 60_000), null);
    assert.equal(waitForChange(one, { ...one, title: '3.0G' }, 1999), 1);
  });
});
