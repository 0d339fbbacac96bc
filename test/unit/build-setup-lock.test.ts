import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { withSetupLock } from '../../build/setup/lock.mjs';

const place = (t: TestContext): { readonly folder: string; readonly file: string } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'setup-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, file: path.join(folder, 'setup.lock') };
};
const quiet = (): void => {};

describe('set-ups of one checkout', () => {
  test('take turns, say once that they wait, and leave nothing', async (t) => {
    const { folder, file } = place(t);
    const lock = new URL('../../build/setup/lock.mjs', import.meta.url).href;
    const script = `
      const { withSetupLock } = await import(${JSON.stringify(lock)});
      const { appendFileSync } = await import('node:fs');
      const [file, turns] = process.argv.slice(1);
      await withSetupLock(file, (line) => console.log(line), async () => {
        appendFileSync(turns, 'in ');
        await new Promise((resolve) => setTimeout(resolve, 100));
        appendFileSync(turns, 'out\\n');
      });`;
    const turns = path.join(folder, 'turns');
    const children = ['first', 'second', 'third'].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', script, file, turns], { stdio: 'inherit' }),
    );
    t.after(() => children.map((child) => child.kill('SIGKILL')));
    await Promise.all(children.map((child) => once(child, 'exit')));
    assert.equal(readFileSync(turns, 'utf8'), 'in out\n'.repeat(3));
    assert.deepEqual(readdirSync(folder), ['turns']);
  });

  test('do not wait for one that is gone, nor for a lock without a number', async (t) => {
    const { folder, file } = place(t);
    const gone = spawn(process.execPath, ['-e', '0']);
    await once(gone, 'exit');
    for (const left of [String(gone.pid), '', 'nobody']) {
      writeFileSync(file, left);
      assert.equal(await withSetupLock(file, quiet, async () => readFileSync(file, 'utf8')), String(process.pid));
      assert.deepEqual(readdirSync(folder), [], left);
    }
  });

  test('say that another is at work, and that one fails is no reason to wait', async (t) => {
    const { file } = place(t);
    const said: string[] = [];
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    t.after(() => other.kill('SIGKILL'));
    writeFileSync(file, String(other.pid));
    const waiting = withSetupLock(
      file,
      (line) => {
        said.push(line);
        other.kill('SIGKILL');
      },
      () => Promise.reject(new Error('no network')),
    );
    await assert.rejects(waiting, /no network/);
    assert.deepEqual(said, [`Another set-up is running here (process ${other.pid}); waiting for it.`]);
    assert.equal(await withSetupLock(file, quiet, async () => 'done'), 'done');
  });
});
