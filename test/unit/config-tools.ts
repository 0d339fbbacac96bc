import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../helper/config/parse.ts';
import type { ConfigProblem } from '../../helper/protocol/index.ts';

/** Ways to look at what becomes of a text, for the tests of castellan.toml. */

export const good = (text: string, totalBytes: number | null = null) => {
  const parsed = parseConfig(text, { totalBytes });
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed;
};
export const bad = (text: string): readonly ConfigProblem[] => {
  const parsed = parseConfig(text);
  assert.equal(parsed.ok, false);
  return parsed.ok ? [] : parsed.problems;
};

/** The keys a seat must have, and an entry of the policy. */
export const seatLines = 'name = "A"\nclass = "protected"\nlabel = "a"\npeak = "41 GB"\nprobe_cmd = ["/bin/true"]\n';
export const entryLines = 'name = "E"\npattern = \'/e\'\nclass = "freeze_only"\nfreeze_floor = "1 GB"\n';
export const killLines = entryLines.replace('freeze_only', 'kill_allowed');

/** Name, text, and of each problem its line, key, message and fix. */
export type Row = readonly [
  name: string,
  text: string,
  problems: readonly (readonly [line: number | null, key: string, message: RegExp, fix: RegExp])[],
];

export const checkRows = (rows: readonly Row[]): void => {
  for (const [name, text, expected] of rows) {
    test(name, () => {
      const problems = bad(text);
      for (const [i, [line, key, message, fix]] of expected.entries()) {
        const problem = problems[i];
        assert.deepEqual({ line: problem?.line, key: problem?.key }, { line, key }, JSON.stringify(problems));
        assert.match(problem?.message ?? '', message);
        assert.match(problem?.fix ?? '', fix);
      }
      if (!name.startsWith('too many')) assert.equal(problems.length, expected.length, JSON.stringify(problems));
    });
  }
};
