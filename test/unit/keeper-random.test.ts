import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { randomHex, sameSecret } from '../../helper/keeper/random.ts';

describe('random text', () => {
  test('has two hex digits a byte, and is never the same twice', () => {
    const seen = new Set(Array.from({ length: 1_000 }, () => randomHex(32)));
    assert.equal(seen.size, 1_000);
    for (const text of seen) assert.match(text, /^[0-9a-f]{64}$/);
  });

  test('every byte is drawn: in many draws each position has had most values', () => {
    const draws = Array.from({ length: 4_000 }, () => Buffer.from(randomHex(16), 'hex'));
    for (let position = 0; position < 16; position += 1) {
      const values = new Set(draws.map((draw) => draw[position]));
      // 4,000 draws of 256 values miss one with a chance of 256 · e^-15.6; six or more are out of the question.
      assert.ok(values.size > 250, `position ${position} had ${values.size} values`);
    }
  });
});

test('a secret is the same as itself and as nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.equal(sameSecret(a, a), true);
      assert.equal(sameSecret(a, b), a === b);
    }),
  );
  assert.equal(sameSecret('ab'.repeat(32), `${'ab'.repeat(31)}ac`), false);
});
