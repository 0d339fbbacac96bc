import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { withBuildLock } from '../../build/build-lock.ts';

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe('builds of one folder', () => {
  test('take turns, in one process and in several, and leave no lock', async (t) => {
    const folder = folderFor(t);
    const lock = new URL('../../build/build-lock.ts', import.meta.url).href;
    const script = `
      const { withBuildLock } = await import(${JSON.stringify(lock)});
      const { appendFileSync } = await import('node:fs');
      for (let turn = 0; turn < 3; turn += 1) await withBuildLock(process.argv[1], async () => {
        appendFileSync(process.argv[1] + '/turns', 'in ');
        await new Promise((resolve) => setTimeout(resolve, 20));
        appendFileSync(process.argv[1] + '/turns', 'out\\n');
      });`;
    const children = ['first', 'second', 'third'].map(() =>
      spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script, folder], { stdio: 'inherit' }),
    );
    t.after(() => children.map((child) => child.kill('SIGKILL')));
    await Promise.all(children.map((child) => once(child, 'exit')));
    assert.deepEqual(
      children.map(({ exitCode }) => exitCode),
      [0, 0, 0],
    );
    assert.equal(readFileSync(path.join(folder, 'turns'), 'utf8'), 'in out\n'.repeat(9));
    assert.ok(!existsSync(path.join(folder, '.building')));
  });

  test('do not wait for one that is gone, and a build that fails lets the next begin', async (t) => {
    const folder = folderFor(t);
    const gone = spawn(process.execPath, ['-e', '0']);
    await once(gone, 'exit');
    writeFileSync(path.join(folder, '.building'), String(gone.pid));
    await assert.rejects(
      withBuildLock(folder, () => Promise.reject(new Error('does not build'))),
      /does not build/,
    );
    assert.equal(await withBuildLock(folder, async () => 'built'), 'built');
  });
});
