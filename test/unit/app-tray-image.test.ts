import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { badgeColours, drawTray, paletteOn, type TrayPalette, templatePalette } from '../../app/tray-image.ts';
import { openLayers } from '../../app/tray-layers.ts';
import type { TrayPicture } from '../../app/tray-model.ts';
import { packTray } from '../../build/icons/tray.ts';
import { contrast } from './sight.ts';
import { schemes } from './style-sheets.ts';

const plain: TrayPicture = {
  shape: 'outline',
  fill: 2,
  badge: 'none',
  mark: 'none',
  waits: false,
  dimmed: false,
  colour: null,
};
const layers = openLayers(await packTray());
const draw = (change: Partial<TrayPicture>, size = 18, palette = templatePalette): Uint8Array =>
  drawTray(layers, { ...plain, ...change }, size, palette);
const alphas = (pixels: Uint8Array): readonly number[] => [...pixels].filter((_, at) => at % 4 === 3);
const inked = (pixels: Uint8Array): number => alphas(pixels).reduce((sum, alpha) => sum + alpha, 0) / 255;
/** Pixels whose opacity clearly differs. */
const different = (a: Uint8Array, b: Uint8Array): number => {
  const other = alphas(b);
  return alphas(a).filter((alpha, at) => Math.abs(alpha - (other[at] ?? 0)) > 100).length;
};

describe('tray image', () => {
  test('has the size asked for, on both screens of both systems', () => {
    for (const size of [18, 36, 22, 44]) assert.equal(draw({}, size).length, size * size * 4);
  });

  test('states differ by at least eight pixels of the smallest image, without colour', () => {
    const states = [
      draw({}),
      draw({ badge: 'triangle' }),
      draw({ badge: 'diamond' }),
      draw({ shape: 'filled', badge: 'hexagon' }),
      draw({ badge: 'question' }),
      draw({ badge: 'exclamation' }),
      draw({ shape: 'dashed' }),
      draw({ mark: 'dry_run' }),
      draw({ mark: 'observe_only' }),
      draw({ mark: 'frozen' }),
      draw({ waits: true }),
    ];
    states.forEach((one, at) => {
      for (const other of states.slice(at + 1)) assert.ok(different(one, other) >= 8, `state ${at}`);
    });
  });

  test('each step of the fill draws more', () => {
    const amounts = ([0, 1, 2, 3, 4, 5] as const).map((fill) => inked(draw({ fill })));
    amounts.slice(1).forEach((amount, at) => {
      assert.ok(amount > (amounts[at] ?? 0) + 4, `step ${at + 1}`);
    });
    assert.ok((amounts.at(-1) ?? 0) < inked(draw({ shape: 'filled' })) - 4, 'a full one is not a filled one');
  });

  test('the same picture at twice the size covers the same share', () => {
    const share = (size: number): number => inked(draw({ badge: 'diamond' }, size)) / size ** 2;
    assert.ok(Math.abs(share(18) - share(36)) < 0.02);
  });

  test('a template image is black and transparent only; dimmed is half as strong', () => {
    assert.ok([...draw({ badge: 'diamond' })].every((value, at) => at % 4 === 3 || value === 0));
    assert.equal(Math.max(...alphas(draw({ dimmed: true }))), 128);
  });

  test('colours are blue, green, red, premultiplied; a rim surrounds what is drawn', () => {
    const palette: TrayPalette = { ink: [250, 250, 250], badge: [200, 100, 50], rim: [0, 0, 0] };
    const pixels = draw({ badge: 'diamond' }, 22, palette);
    const at = (Math.round((13.2 / 18) * 22) * 22 + Math.round((13.4 / 18) * 22)) * 4;
    assert.deepEqual([...pixels.slice(at, at + 4)], [50, 100, 200, 255], 'the middle of the badge');
    for (let pixel = 0; pixel < pixels.length; pixel += 4) {
      const alpha = pixels[pixel + 3] ?? 0;
      for (const channel of [0, 1, 2]) assert.ok((pixels[pixel + channel] ?? 0) <= alpha + 1, `pixel ${pixel / 4}`);
    }
    assert.ok(inked(pixels) > inked(draw({ badge: 'diamond' }, 22)) + 40);
  });

  test('what was not drawn is an error, not an empty icon', () => {
    assert.throws(() => layers('tower-outline', 19), /19 pixels/);
    assert.throws(() => layers('badge-none', 18), /badge-none/);
  });

  test('levels have the colours of the page, and are seen on the rim that is put around them', () => {
    const tokens = schemes();
    const hexOf = (rgb: readonly number[]): string =>
      `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
    for (const ground of ['light', 'dark'] as const) {
      for (const colour of ['yellow', 'orange', 'red'] as const) {
        const hex = hexOf(badgeColours[ground][colour]);
        assert.equal(hex, tokens[ground].get(`--${colour}`));
        const { rim, badge } = paletteOn(ground, { ...plain, colour });
        assert.equal(hexOf(badge), hex);
        assert.ok(contrast(hex, hexOf(rim ?? [])) >= 3, `${ground} ${colour}`);
      }
    }
  });
});
