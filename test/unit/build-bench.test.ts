import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRow, type Row, table } from '../../build/bench/rows.ts';

describe('rows of a bench', () => {
  const row: Row = { name: 'tick', figure: 'steady', value: 2.5, unit: 'ms', goal: '≤ 3 ms', met: true };

  test('are read from lines of JSON; other lines are left alone', () => {
    assert.deepEqual(parseRow(JSON.stringify(row)), row);
    for (const line of [
      '',
      'warming up',
      '{',
      '{"name":"x"}',
      '{"name":"x","figure":"y","unit":"z","value":"1"}',
      '[1]',
    ]) {
      assert.equal(parseRow(line), null, line);
    }
  });

  test('become a table in which a missing peer has its line', () => {
    const lines = table([
      row,
      { name: 'idle', figure: 'cpu', value: null, unit: '%', peer: 'earlyoom', note: 'not installed' },
      { name: 'idle', figure: 'cpu', value: 0.0142, unit: '%', ratio: 1.4, goal: '≤ 2 × floor', met: false },
    ]);
    assert.equal(lines.length, 4);
    assert.match(lines[1] ?? '', /tick .*castellan .*2\.50 {2}ms .*≤ 3 ms met/);
    assert.match(lines[2] ?? '', /earlyoom .*– .*not installed/);
    assert.match(lines[3] ?? '', /0\.0142 .*MISSED .*1\.40×/);
  });
});
