import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  cssVariable,
  levelTokens,
  type Palette,
  readPalette,
  tierTokens,
  tokens,
} from '../../renderer/chart/palette.ts';
import { levelCorners, svgPoints } from '../../renderer/chart/shapes.ts';
import { contrast, distance, type Sight, sights } from './sight.ts';
import { schemes } from './style-sheets.ts';

/** Far more than what is just noticed (2.3): the shapes are small, and nobody sees two of them side by side. */
const leastBetweenLevels = 18;
/** Tiers do lie side by side, in large areas. */
const leastBetweenTiers = 25;

type Variables = ReadonlyMap<string, string>;

const hex = (of: Variables, name: string): string => {
  const value = of.get(name) ?? '';
  assert.match(value, /^#[0-9a-f]{6}$/, `${name} is a colour`);
  return value;
};
const seen = (of: Variables, name: string, ground: string, least: number): void => {
  const ratio = contrast(hex(of, name), hex(of, ground));
  assert.ok(ratio >= least, `${name} on ${ground}: ${ratio.toFixed(2)} : 1`);
};
const apart = (of: Variables, names: readonly string[], least: number): void => {
  names.forEach((name, at) => {
    for (const other of names.slice(at + 1)) {
      for (const sight of Object.keys(sights) as readonly Sight[]) {
        const found = distance(hex(of, name), hex(of, other), sight);
        assert.ok(found >= least, `${name} and ${other} with ${sight} sight: ${found.toFixed(1)}`);
      }
    }
  });
};

const levels = levelTokens.map(cssVariable);
const tiers = tierTokens.map(cssVariable);
const washes = ['--yellow-wash', '--orange-wash', '--red-wash'] as const;

for (const [name, of] of Object.entries(schemes())) {
  describe(`palette, ${name}`, () => {
    test('every colour the chart asks for is there', () => {
      const palette: Palette = readPalette((variable) => of.get(variable) ?? '');
      for (const token of tokens) assert.match(palette[token], /^#[0-9a-f]{6}$/, token);
    });

    test('text is read at 4.5 : 1 on every ground it stands on', () => {
      for (const ground of ['--surface', '--raised', '--control']) {
        for (const text of ['--text', '--quiet']) seen(of, text, ground, 4.5);
      }
      for (const ground of ['--surface', '--raised']) seen(of, '--accent', ground, 4.5);
      for (const ground of washes) for (const text of ['--text', '--quiet']) seen(of, text, ground, 4.5);
      seen(of, '--text', '--control-over', 4.5);
      seen(of, '--on-ready', '--seat-ready', 4.5);
      seen(of, '--on-busy', '--seat-busy', 4.5);
    });

    test('signs of levels, tiers, bars, seats and the focus ring are seen at 3 : 1', () => {
      const signs = [...levels, ...tiers, '--footprint', '--focus', '--seat-ready', '--seat-busy', '--seat-trouble'];
      for (const token of signs) seen(of, token, '--surface', 3);
      for (const token of ['--footprint', '--focus', '--seat-trouble']) seen(of, token, '--raised', 3);
      // In the header each level stands on its own wash.
      for (const wash of washes) seen(of, wash.replace('-wash', ''), wash, 3);
      seen(of, '--rss', '--footprint', 3);
    });

    test('levels are told apart with every kind of sight, and so are tiers', () => {
      apart(of, levels, leastBetweenLevels);
      apart(of, tiers, leastBetweenTiers);
    });

    test('what is no level has no hue of a level', () => {
      const kept = levels.map((token) => hex(of, token));
      for (const token of [...tiers, '--seat-ready', '--seat-busy', '--seat-trouble', '--accent', '--focus']) {
        assert.ok(!kept.includes(hex(of, token)), token);
      }
    });
  });
}

test('more contrast: edges of tiers are drawn in the colour of text', () => {
  const { 'light, more contrast': light, 'dark, more contrast': dark } = schemes();
  for (const scheme of [light, dark]) seen(scheme, '--edge', '--surface', 7);
});

test('levels differ in shape, not only in hue', () => {
  const corners = Object.values(levelCorners).map((shape) => shape?.length ?? 0);
  assert.equal(new Set(corners).size, 4);
  assert.equal(svgPoints(levelCorners.orange ?? [], 8, 8, 7).split(' ').length, 4);
});
