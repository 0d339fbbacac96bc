import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  aboutSpan,
  clockSpan,
  gb,
  gbFigure,
  list,
  percent,
  rate,
  roughSpan,
  shorten,
  size,
  spokenSpan,
} from '../../renderer/text/format.ts';

const GB = 2 ** 30;
const MB = 2 ** 20;

/** `[input, expected]` pairs for one function. */
const table = <In>(name: string, of: (value: In) => string, rows: readonly (readonly [In, string])[]): void => {
  for (const [input, expected] of rows) {
    test(`${name}: ${String(input)} reads ${expected}`, () => assert.equal(of(input), expected));
  }
};

describe('figures as the operator reads them', () => {
  table('GB', gb, [
    [22.7 * GB, '22.7 GB'],
    [0, '0.0 GB'],
    [-1, '0.0 GB'],
    [-1.26 * GB, '-1.3 GB'],
  ]);
  table('GB without a unit', gbFigure, [[41 * GB, '41.0']]);
  table('size of a process', size, [
    [45 * MB, '45 MB'],
    [999.4 * MB, '999 MB'],
    // Not "1000 MB": four digits are where a GB says more.
    [999.6 * MB, '1.0 GB'],
    [21 * GB, '21.0 GB'],
  ]);
  table('rate', rate, [
    [-120 * MB, '120 MB/s'],
    [1.5 * GB, '1.5 GB/s'],
  ]);
  table('share', percent, [
    [0, '0 %'],
    [45 / (21 * 1024), '0.2 %'],
    [0.00001, '< 0.1 %'],
    [0.0994, '9.9 %'],
    [0.0996, '10 %'],
    [0.91, '91 %'],
    [1, '100 %'],
  ]);
});

describe('spans of time', () => {
  table('m:ss', clockSpan, [
    [0, '0:00'],
    [42.9, '0:42'],
    [192, '3:12'],
    [3_600, '1:00:00'],
    [-3, '0:00'],
  ]);
  table('how long it has lasted', roughSpan, [
    [40, '40 s'],
    [199, '3 min'],
    [7_200, '2 h'],
    [7_500, '2 h 5 min'],
    [200_000, '2 days'],
  ]);
  table('what is to come', aboutSpan, [
    [41.4, '41 s'],
    [59.6, '1 min'],
    [220, '3 min 40 s'],
    [224, '3 min 40 s'],
    [299, '5 min'],
    [1_234, '20 min'],
  ]);
  table('spoken', spokenSpan, [
    [1, '1 second'],
    [130, '2 minutes'],
    [3_660, '1 hour 1 minute'],
    [7_200, '2 hours'],
  ]);
});

describe('names', () => {
  test('a list of names is a clause', () => {
    assert.equal(list([]), '');
    assert.equal(list(['a']), 'a');
    assert.equal(list(['a', 'b']), 'a and b');
    assert.equal(list(['a', 'b', 'c']), 'a, b and c');
  });
  test('a long name is shortened with an ellipsis, a short one left alone', () => {
    assert.equal(shorten('Cilghal'), 'Cilghal');
    assert.equal(shorten('abcdefghij', 5), 'abcd…');
  });
});
