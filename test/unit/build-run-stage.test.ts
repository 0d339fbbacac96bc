import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { runStage } from '../../build/testing/run-stage.ts';

/** Waits for the others, which have to be running for that. */
const together = (own: string, ...others: readonly string[]): string => `
  import { existsSync, writeFileSync } from 'node:fs';
  import { test } from 'node:test';
  test('${own}', async () => {
    writeFileSync('${own}', '');
    for (let waited = 0; !${JSON.stringify(others)}.every((other) => existsSync(other)); waited += 20) {
      if (waited > 30_000) throw new Error('nobody else runs');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });`;
/** Fails when another of its kind holds the place. */
const alone = (own: string): string => `
  import { mkdirSync, rmdirSync } from 'node:fs';
  import { test } from 'node:test';
  test('${own}', async () => {
    mkdirSync('place');
    await new Promise((resolve) => setTimeout(resolve, 100));
    rmdirSync('place');
  });`;

describe('a stage of test files', () => {
  test('runs as many at a time as it has lanes, and one at a time those in each other’s way or that only wait', async (t) => {
    const root = mkdtempSync(path.join(tmpdir(), 'stage-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    mkdirSync(path.join(root, 'test'));
    const files = {
      'test/a.test.mjs': together('a', 'b', 'e'),
      'test/alone-c.test.mjs': alone('c'),
      'test/alone-d.test.mjs': alone('d'),
      'test/aside-e.test.mjs': together('e', 'a', 'b'),
      'test/b.test.mjs': together('b', 'a', 'e'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const run = await runStage(
      {
        stage: {
          kind: 'files',
          name: 'some',
          folder: 'test',
          fileTimeoutMs: 60_000,
          lanes: 2,
          alone: /^alone-/,
          aside: /^aside-/,
        },
        files: Object.keys(files),
      },
      root,
      env,
    );
    assert.deepEqual(
      run.outcomes.map(({ status, name }) => `${status} ${name}`),
      ['a', 'c', 'd', 'e', 'b'].map((name, at) => `passed ${Object.keys(files)[at]} › ${name}`),
    );
  });
});
