import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { barColumns, duration, percent, size } from '../../helper/cli/figures.ts';
import { paint, span } from '../../helper/cli/lines.ts';
import { cut, printable, printableJson, width } from '../../helper/cli/printable.ts';

const GB = 2 ** 30;
const MB = 2 ** 20;

describe('figures', () => {
  test('sizes are in units of 1024 with one decimal from a gigabyte up', () => {
    const seen = [0, 1, 700 * 1024, 45 * MB, 999 * MB, 1023 * MB, GB, 21.04 * GB, -2 * GB].map(size);
    assert.deepEqual(seen, ['0 MB', '0 KB', '1 MB', '45 MB', '1.0 GB', '1.0 GB', '1.0 GB', '21.0 GB', '-2.0 GB']);
  });

  test('durations name at most two units', () => {
    const seen = [0, 59.4, 60, 119, 3600, 7500, 86_400, 100_000].map(duration);
    assert.deepEqual(seen, ['0 s', '59 s', '1 min', '1 min', '1 h', '2 h 5 min', '1 d', '1 d 3 h']);
  });

  test('a share below one percent keeps its decimal', () => {
    assert.deepEqual([0, 0.002, 0.5, 1].map(percent), ['0 %', '0.2 %', '50 %', '100 %']);
  });

  test('bars fill their width exactly, whatever the parts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 200 }),
        (parts, columns) => {
          const bar = barColumns(parts, columns);
          const sum = parts.reduce((total, part) => total + part, 0);
          assert.equal(
            bar.reduce((total, part) => total + part, 0),
            sum > 0 ? columns : 0,
          );
          for (const [at, part] of bar.entries()) {
            assert.ok(part >= 0);
            if (sum > 0) assert.ok(Math.abs(part - ((parts[at] ?? 0) / sum) * columns) < 1.001);
          }
        },
      ),
    );
  });
});

const steers = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('text for a terminal', () => {
  test('names that would clear the screen, recolour it or reorder text are shown harmless', () => {
    const evil = [
      '\u001b[2J\u001b[31mred',
      'a\r\nb',
      '\u009b31m',
      'exe.\u202Efdp',
      '\u2066x\u2069',
      'a\u200Bb',
      '\ud800',
    ];
    for (const name of evil) assert.doesNotMatch(printable(name), steers);
    assert.equal(printable('mlx_lm.server – Größe 模型'), 'mlx_lm.server – Größe 模型');
  });

  test('JSON keeps every value and is free of what steers a terminal', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.constantFrom(0, 2), (value, indent) => {
        const json = printableJson(value, indent);
        assert.deepEqual(JSON.parse(json), value);
        assert.doesNotMatch(json.replaceAll('\n', ''), steers);
      }),
    );
  });

  test('a line is never wider than the terminal, with colours or without', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 }), fc.nat(60), (texts, columns) => {
        const line = texts.map((text) => span(printable(text), 'red'));
        assert.ok(width(paint(line, false, columns)) <= columns);
        const painted = paint(line, true, columns);
        assert.ok(width(stripVTControlCharacters(painted)) <= columns);
      }),
    );
  });

  test('what is cut says so', () => {
    assert.equal(cut('castellan', 9), 'castellan');
    assert.equal(cut('castellan', 5), 'cast…');
    assert.equal(cut('模型模型', 5), '模型…');
    assert.equal(cut('castellan', 0), '');
  });
});
