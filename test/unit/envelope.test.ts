import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import { envelopeOf } from '../../helper/relief/envelope.ts';

const seats = (...peaksGb: readonly number[]): readonly { readonly peakBytes: number }[] =>
  peaksGb.map((peak) => ({ peakBytes: peak * GB }));

test('declared peaks that fit together say nothing, up to the last byte', () => {
  assert.equal(envelopeOf([], 64 * GB), null);
  assert.equal(envelopeOf(seats(41, 14), 64 * GB), null);
  assert.equal(envelopeOf(seats(41, 23), 64 * GB), null);
});

test('declared peaks beyond the machine say by how much', () => {
  assert.deepEqual(envelopeOf(seats(41, 14, 20), 64 * GB), { peaksBytes: 75 * GB, overBytes: 11 * GB });
});
