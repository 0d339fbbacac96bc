import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseQuantity, plain, printQuantity, type QuantityKind, shown } from '../../helper/config/units.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;

describe('quantities are read in their base unit', () => {
  const rows: readonly [QuantityKind, string, number][] = [
    ['size', '41 GB', 41 * GB],
    ['size', '41GB', 41 * GB],
    ['size', '0 GB', 0],
    ['size', '1.5 GB', 1.5 * GB],
    ['size', '0.1 GB', 107374182],
    ['size', '256 MB', 256 * MB],
    ['size', '2 TB', 2048 * GB],
    ['size', '512 KB', 512 * 1024],
    ['size', '1 B', 1],
    ['rate', '100 MB/s', 100 * MB],
    ['rate', '1.25 GB/s', 1.25 * GB],
    ['percent', '70 %', 70],
    ['percent', '70%', 70],
    ['percent', '0.5 %', 0.5],
    ['percent', '100 %', 100],
    ['duration', '300 s', 300_000],
    ['duration', '1.5 min', 90_000],
    ['duration', '2 h', 7_200_000],
    ['duration', '250 ms', 250],
  ];
  for (const [kind, text, base] of rows) {
    test(`${text} is ${base}`, () => {
      assert.deepEqual(parseQuantity(kind, text), { ok: true, value: base });
    });
  }
});

describe('what is refused says what would be right', () => {
  const rows: readonly [QuantityKind, unknown, RegExp, RegExp][] = [
    ['size', 41, /41 has no unit/, /"41 GB"/],
    ['size', 41n, /41 has no unit/, /"41 GB"/],
    ['rate', 100, /no unit/, /"100 MB\/s"/],
    ['percent', 70, /no unit/, /"70 %"/],
    ['duration', 300, /no unit/, /"300 s"/],
    ['size', -1, /no unit/, /"41 GB"/],
    ['size', Number.POSITIVE_INFINITY, /no unit/, /"41 GB"/],
    ['size', Number.NaN, /no unit/, /"41 GB"/],
    ['size', '41', /not a size/, /"41 GB"/],
    ['size', '-41 GB', /not a size/, /"41 GB"/],
    ['size', '4,1 GB', /not a size/, /"41 GB"/],
    ['size', '1e3 GB', /not a size/, /"41 GB"/],
    ['size', ' 41 GB', /not a size/, /"41 GB"/],
    ['size', '41 GB ', /not a size/, /"41 GB"/],
    ['size', '', /not a size/, /"41 GB"/],
    ['size', '41 GiB', /"GiB" is not a unit/, /"41 GB".*2\^30/],
    ['size', '41 gb', /"gb" is not a unit/, /"41 GB"/],
    ['size', '41 G', /"G" is not a unit/, /"41 GB"/],
    ['rate', '100 MiB/s', /not a unit/, /"100 MB\/s"/],
    ['rate', '100 MBps', /not a unit/, /"100 MB\/s"/],
    ['rate', '100 MB', /"MB" is not a unit of a rate/, /MB\/s/],
    ['size', '70 %', /"%" is not a unit of a size/, /TB, GB, MB, KB, B/],
    ['percent', '101 %', /more than/, /at most "100 %"/],
    ['size', '9007199254740992 B', /more than/, /at most/],
    ['size', '9000000 TB', /more than/, /at most/],
    ['size', true, /A size is needed/, /"41 GB"/],
    ['size', {}, /A size is needed/, /"41 GB"/],
    ['size', undefined, /A size is needed/, /"41 GB"/],
  ];
  for (const [kind, value, message, fix] of rows) {
    test(`${kind}: ${typeof value === 'object' ? 'a table' : String(value)} (${typeof value})`, () => {
      const read = parseQuantity(kind, value);
      assert.equal(read.ok, false);
      if (read.ok) return;
      assert.match(read.message, message);
      assert.match(read.fix, fix);
    });
  }
});

describe('printing', () => {
  const rows: readonly [QuantityKind, number, string][] = [
    ['size', 0, '0 GB'],
    ['size', 1, '1 B'],
    ['size', 41 * GB, '41 GB'],
    ['size', 1.5 * GB, '1.5 GB'],
    ['size', 256 * MB, '256 MB'],
    ['size', 1024 * GB, '1 TB'],
    ['size', 107374182, '102.4 MB'],
    ['size', 41 * GB + 1, '42991616.001 KB'],
    ['rate', 100 * MB, '100 MB/s'],
    ['percent', 70, '70 %'],
    ['percent', 0, '0 %'],
    ['percent', 0.125, '0.125 %'],
    ['duration', 300_000, '5 min'],
    ['duration', 90_000, '1.5 min'],
  ];
  for (const [kind, base, text] of rows) {
    test(`${base} prints as ${text}`, () => assert.equal(printQuantity(kind, base), text));
  }

  test('values from the file are shown short and without control characters', () => {
    assert.equal(shown('a\u001b[31mb\nc\u202e'), '"a?[31mb?c?"');
    assert.equal(plain('x'.repeat(500)).length, 48);
    assert.equal(plain(`${'x'.repeat(119)}\u{1F600}`).length, 48);
    assert.equal(shown(Object.create(null)), 'A table');
    assert.equal(shown([1]), 'A list');
  });
});
