import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { lockRunDirectory } from '../../helper/keeper/life/run-lock.ts';

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'castellan-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('the lock of a run directory', () => {
  /** A process that takes the lock, keeps no reference to it, and lives on. */
  const other = async (
    state: string,
    { collects = false } = {},
  ): Promise<{ readonly child: ChildProcess; readonly says: string }> => {
    const script = `import { lockRunDirectory } from '${new URL('../../helper/keeper/life/run-lock.ts', import.meta.url)}';
      const take = () => { const lock = lockRunDirectory(${JSON.stringify(state)}); return lock.ok ? 'held' : lock.failure.code; };
      const said = take();
      // A turn of the loop, so that nothing on the stack still refers to the lock.
      setTimeout(() => { globalThis.gc?.(); globalThis.gc?.(); console.log(said); }, 10);
      setInterval(() => {}, 1000);`;
    const flags = [...(collects ? ['--expose-gc'] : []), '--input-type=module', '-e', script];
    const child = spawn(process.execPath, flags, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [said] = await once(child.stdout, 'data');
    return { child, says: String(said).trim() };
  };

  test('is held by one keeper at a time and can be given back', () => {
    const first = lockRunDirectory(folder);
    assert.ok(first.ok);
    const second = lockRunDirectory(folder);
    assert.equal(!second.ok && second.failure.code, 'already_running');
    first.release();
    first.release();
    const third = lockRunDirectory(folder);
    assert.ok(third.ok);
    third.release();
    assert.equal(lstatSync(join(folder, 'keeper.lock')).size, 0);
  });

  test('of several keepers that start together exactly one has it', async () => {
    const starters = await Promise.all(Array.from({ length: 4 }, () => other(folder)));
    assert.deepEqual(starters.map(({ says }) => says).sort(), [
      'already_running',
      'already_running',
      'already_running',
      'held',
    ]);
  });

  test('is not lost to a garbage collection when nobody keeps what was given', async () => {
    const { says } = await other(folder, { collects: true });
    assert.equal(says, 'held');
    const refused = lockRunDirectory(folder);
    assert.equal(!refused.ok && refused.failure.code, 'already_running');
  });

  test('ends with its holder, also by SIGKILL, and is free at once', async () => {
    const { child, says } = await other(folder);
    assert.equal(says, 'held');
    const refused = lockRunDirectory(folder);
    assert.equal(!refused.ok && refused.failure.code, 'already_running');
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    const mine = lockRunDirectory(folder);
    assert.ok(mine.ok);
    mine.release();
  });

  test('says what is wrong when the file cannot be used', () => {
    writeFileSync(join(folder, 'keeper.lock'), 'x'.repeat(5000));
    const spoiled = lockRunDirectory(folder);
    assert.equal(!spoiled.ok && spoiled.failure.code, 'run_directory_failed');
    const nowhere = lockRunDirectory(join(folder, 'missing'));
    assert.equal(!nowhere.ok && nowhere.failure.code, 'run_directory_failed');
  });
});
