import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withBuildLock } from '../../build/outputs/lock.ts';

const lock = new URL('../../build/outputs/lock.ts', import.meta.url).href;

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe('builds of one folder', () => {
  test('take turns, in one process and in several, and leave no lock', async (t) => {
    const folder = folderFor(t);
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
    assert.equal(statSync(path.join(folder, '.build-lock')).size, 0, 'nothing is kept in it');
  });

  test('do not wait for one that was killed, and a build that fails lets the next begin', async (t) => {
    const folder = folderFor(t);
    const script = `
      const { withBuildLock } = await import(${JSON.stringify(lock)});
      setInterval(() => {}, 1000);
      await withBuildLock(process.argv[1], () => new Promise(() => process.stdout.write('in')));`;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    let began = false;
    const second = withBuildLock(folder, async () => {
      began = true;
      throw new Error('does not build');
    });
    await sleep(250);
    assert.equal(began, false, 'it waits for the one that builds');
    child.kill('SIGKILL');
    await assert.rejects(second, /does not build/);
    assert.equal(await withBuildLock(folder, async () => 'built'), 'built');
  });

  test('say so at once when there can be no lock', async (t) => {
    const folder = folderFor(t);
    mkdirSync(path.join(folder, '.build-lock'));
    await assert.rejects(
      withBuildLock(folder, async () => 'built'),
      /unable to open database file/,
    );
  });
});
