import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isLiving } from '../../build/start/process-group.ts';
import { runFile } from '../../build/testing/run-file.ts';

/** A folder of its own with one test file in it. */
const withFile = (t: TestContext, source: string): { readonly root: string; readonly file: string } => {
  const root = mkdtempSync(path.join(tmpdir(), 'run-file-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const head = `import { test } from 'node:test'; import { spawn } from 'node:child_process'; import { writeFileSync } from 'node:fs';\n`;
  writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(path.join(root, 'x.test.ts'), head + source);
  return { root, file: 'x.test.ts' };
};

const run = (at: { readonly root: string; readonly file: string }, timeoutMs = 20_000) => {
  // This file itself runs inside the runner: what it starts must not carry its mark twice.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return runFile(at.file, { root: at.root, timeoutMs, env });
};

describe('running a test file', () => {
  test('reports each test, with the reason of a skip and the message of a failure', async (t) => {
    const at = withFile(
      t,
      `test('fine', () => {}); test('bad', () => { throw new Error('boom'); }); test('not here', { skip: 'no Mac' }, () => {});`,
    );
    const { outcomes } = await run(at);
    assert.deepEqual(
      outcomes.map(({ status, name }) => [status, name]),
      [
        ['passed', 'x.test.ts › fine'],
        ['failed', 'x.test.ts › bad'],
        ['skipped', 'x.test.ts › not here'],
      ],
    );
    const [, bad, skipped] = outcomes;
    assert.ok(bad?.status === 'failed' && /boom/.test(bad.detail));
    assert.ok(skipped?.status === 'skipped' && skipped.reason === 'no Mac');
  });

  test('reports a file that cannot be loaded, with what it printed', async (t) => {
    const { outcomes } = await run(withFile(t, `throw new Error('broken file');`));
    assert.equal(outcomes.length, 1);
    assert.ok(outcomes[0]?.status === 'failed' && /broken file/.test(outcomes[0].detail));
  });

  test('ends a file that hangs and all it started', async (t) => {
    const at = withFile(
      t,
      `test('hangs', async () => {
         const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
         writeFileSync('pid', String(child.pid));
         await new Promise(() => setInterval(() => {}, 1000));
       });`,
    );
    const { outcomes } = await run(at, 2000);
    assert.ok(outcomes.some((outcome) => outcome.status === 'failed' && /took too long/.test(outcome.detail)));
    const pid = Number(readFileSync(path.join(at.root, 'pid'), 'utf8'));
    assert.ok(!isLiving(pid), 'the child is gone');
  });

  test('fails a file that leaves a process behind, and ends it', { skip: noLeftovers() }, async (t) => {
    const at = withFile(
      t,
      `test('leaves a child', () => {
         const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
         child.unref();
         writeFileSync('pid', String(child.pid));
       });`,
    );
    const { outcomes } = await run(at);
    assert.ok(outcomes.some((outcome) => outcome.status === 'failed' && /leaves nothing running/.test(outcome.name)));
    const pid = Number(readFileSync(path.join(at.root, 'pid'), 'utf8'));
    // Killed is not yet gone: an orphan is a process until whoever inherited it has asked how it ended.
    for (let tries = 0; tries < 200 && isLiving(pid); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
    assert.ok(!isLiving(pid));
  });

  test('gives each file its own temporary folder and removes it', async (t) => {
    const at = withFile(t, `test('writes', () => writeFileSync('where', process.env.TMPDIR));`);
    await run(at);
    const where = readFileSync(path.join(at.root, 'where'), 'utf8');
    assert.notEqual(where, tmpdir());
    assert.ok(!existsSync(where));
  });
});

function noLeftovers(): string | false {
  return process.platform === 'linux' ? false : 'only Linux shows the environment of other processes';
}
