import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestFreezeMs } from '../../helper/deadman/times.ts';
import { largestGroup, mostFreezes as mostWatched } from '../../helper/deadman/tombstone.ts';
import { mostFreezes } from '../../helper/relief/acts.ts';
import { groupLimit } from '../../helper/relief/candidates.ts';
import { freezeMs } from '../../helper/relief/freezes.ts';

/** The deadman imports nothing of relief, so each has these figures for itself. */
test('deadman and relief agree on how many may be frozen, how large a group may be, and for how long', () => {
  assert.deepEqual([mostWatched, largestGroup, longestFreezeMs], [mostFreezes, groupLimit, freezeMs]);
});
