import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { exitCodeOf } from '../../helper/cli/exit-code.ts';
import { errorCodes, errorTable } from '../../helper/protocol/errors.ts';

const section = (title: string): string => {
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const body = manual.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(body !== undefined, `docs/operations.md has a section "${title}"`);
  return body;
};

describe('error codes in docs/operations.md', () => {
  const rows = section('Error codes')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  test('each has one row, and no row is without its code', () => {
    assert.deepEqual(
      rows.map((cells) => cells[1]),
      errorCodes.map((code) => `\`${code}\``),
    );
  });

  test('each row says what the program says', () => {
    for (const code of errorCodes) {
      const cells = rows.find((row) => row[1] === `\`${code}\``);
      const { message, todo } = errorTable[code];
      assert.deepEqual(cells?.slice(2, 5), [String(exitCodeOf(code)), message, todo], code);
    }
  });
});
