import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
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

const css = readFileSync(path.resolve(import.meta.dirname, '../../renderer/style/tokens.css'), 'utf8');

/** Variables of the `:root` block that follows `after`, over those of `base`. */
const variables = (after: string, base: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> => {
  const start = css.indexOf(':root {', after === '' ? 0 : css.indexOf(after));
  const block = css.slice(start, css.indexOf('}', start));
  return new Map([
    ...base,
    ...[...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? '', match[2] ?? ''] as const),
  ]);
};

const light = variables('');
const dark = variables('@media (prefers-color-scheme: dark)', light);
const schemes = {
  light,
  dark,
  'light with more contrast': variables('@media (prefers-contrast: more) {', light),
  'dark with more contrast': variables(
    '@media (prefers-contrast: more) and',
    variables('@media (prefers-contrast: more) {', dark),
  ),
} as const;

const channel = (part: number): number => {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};
/** Relative luminance of `#rrggbb`, WCAG 2.2. */
const luminance = (hex: string): number => {
  const value = Number.parseInt(hex.slice(1), 16);
  return 0.2126 * channel((value >> 16) & 255) + 0.7152 * channel((value >> 8) & 255) + 0.0722 * channel(value & 255);
};
const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};
const hex = (of: ReadonlyMap<string, string>, name: string): string => {
  const value = of.get(name) ?? '';
  assert.match(value, /^#[0-9a-f]{6}$/, `${name} is a colour`);
  return value;
};

describe('palette', () => {
  for (const [name, of] of Object.entries(schemes)) {
    test(`${name}: every colour the chart asks for is there`, () => {
      const palette: Palette = readPalette((variable) => of.get(variable) ?? '');
      for (const token of tokens) assert.match(palette[token], /^#[0-9a-f]{6}$/, token);
    });
    test(`${name}: text is read at 4.5 : 1 on every ground it stands on`, () => {
      for (const text of ['--text', '--quiet']) {
        for (const ground of ['--surface', '--raised', '--control']) {
          const ratio = contrast(hex(of, text), hex(of, ground));
          assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(1)}`);
        }
      }
    });
    test(`${name}: glyphs of levels, tier edges, bars and the focus ring are seen at 3 : 1`, () => {
      for (const token of [...levelTokens.map(cssVariable), '--edge', '--footprint', '--focus']) {
        const ratio = contrast(hex(of, token), hex(of, '--surface'));
        assert.ok(ratio >= 3, `${token}: ${ratio.toFixed(1)}`);
      }
      const line = contrast(hex(of, '--rss'), hex(of, '--footprint'));
      assert.ok(line >= 2, `RSS line in its bar: ${line.toFixed(1)}`);
    });
  }

  test('seats: blocks, marks of trouble and their words are seen, and no hue is that of a level', () => {
    for (const [name, of] of Object.entries(schemes)) {
      for (const token of ['--seat-ready', '--seat-busy', '--seat-trouble']) {
        const ratio = contrast(hex(of, token), hex(of, '--surface'));
        assert.ok(ratio >= 3, `${name}: ${token}: ${ratio.toFixed(1)}`);
        for (const level of levelTokens) assert.notEqual(hex(of, token), hex(of, cssVariable(level)));
      }
      for (const [text, ground] of [
        ['--on-ready', '--seat-ready'],
        ['--on-busy', '--seat-busy'],
      ] as const) {
        const ratio = contrast(hex(of, text), hex(of, ground));
        assert.ok(ratio >= 4.5, `${name}: ${text}: ${ratio.toFixed(1)}`);
      }
    }
  });

  test('tiers never use the hue of a level', () => {
    for (const of of Object.values(schemes)) {
      const levels = levelTokens.map((token) => hex(of, cssVariable(token)));
      for (const token of tierTokens) assert.ok(!levels.includes(hex(of, cssVariable(token))));
    }
  });

  test('levels differ in shape, not only in hue', () => {
    const corners = Object.values(levelCorners).map((shape) => shape?.length ?? 0);
    assert.equal(new Set(corners).size, 4);
    assert.equal(svgPoints(levelCorners.orange ?? [], 8, 8, 7).split(' ').length, 4);
  });
});
