import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { guardOutputSchema, heldFiles } from '../../helper/cli/guard/held-files.ts';
import { run } from '../../helper/cli/main.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { processReading } from '../fakes/readings.ts';

const world = (t: TestContext) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'guard-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const target = join(folder, 'target');
  mkdirSync(join(target, 'release'), { recursive: true });
  mkdirSync(join(folder, 'target-old'));
  return { folder, target };
};
const guard = async (argv: readonly string[]) => {
  const io = capturedIo();
  const code = await run(['guard-path', ...argv], io);
  return { code, ...io.text };
};
const config = (folder: string, more: string): string => {
  const path = join(folder, 'castellan.toml');
  const text = `[[seat]]\nname = "A"\nclass = "on_call"\nlabel = "com.a"\npeak = "1 GB"\nprobe_cmd = ["/bin/true"]\n${more}\n`;
  writeFileSync(path, text, { mode: 0o644 });
  return path;
};

describe('castellan guard-path', () => {
  test('lets a folder be emptied that nothing is started from', async (t) => {
    const { folder, target } = world(t);
    const toml = config(folder, `command = ["${folder}/target-old/server"]\nuser = "nobody"`);
    const { code, out } = await guard([target, '--config', toml]);
    assert.equal(code, 0, out);
    assert.match(out, /Nothing is started from/);
  });

  test('names the seat that is started from it, also by a link, and ends with 1', async (t) => {
    const { folder, target } = world(t);
    symlinkSync(target, join(folder, 'current'));
    writeFileSync(join(target, 'release/server'), '', { mode: 0o755 });
    for (const key of [
      `command = ["${folder}/current/release/server"]\nuser = "nobody"`,
      `health.program = "${target}/release/server"`,
    ]) {
      const { code, out } = await guard([target, '--config', config(folder, key)]);
      assert.equal(code, 1, key);
      assert.match(out, /release\/server is what A is started from \(castellan\.toml\)/);
    }
  });

  test('names what runs from a folder with blanks in its name, where only a command line tells', (t) => {
    const { folder } = world(t);
    const target = join(folder, 'My Models/of today');
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'server'), '', { mode: 0o755 });
    // No pid of anything that runs here.
    const running = processReading(2 ** 30, { name: 'server', command: `${target}/server --port 1` });
    const read = () => ({ atMs: 0, processes: [running], facts: [] });
    const held = heldFiles(target, [], { readProcesses: read }, () => []);
    assert.deepEqual(
      held.map(({ path }) => path),
      [join(target, 'server')],
    );
  });

  test('names what runs from it, also when its file is gone already', {
    skip: process.platform !== 'linux',
  }, async (t) => {
    const { folder, target } = world(t);
    const program = join(target, 'release/sleeper');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['60'], { stdio: 'ignore' });
    t.after(() => child.kill('SIGKILL'));
    await once(child, 'spawn');
    rmSync(program);
    const { code, out } = await guard([target, '--config', config(folder, ''), '--json']);
    assert.equal(code, 1);
    assert.deepEqual(
      guardOutputSchema.parse(JSON.parse(out)).held.map(({ by, pid }) => [by, pid]),
      [['process', child.pid]],
    );
  });

  test('needs no castellan.toml but one that is named', async (t) => {
    const { folder, target } = world(t);
    assert.equal((await guard([target, '--run-dir', folder])).code, 0);
    const wrong = await guard([target, '--config', join(folder, 'none.toml')]);
    assert.equal(wrong.code, 1, wrong.err);
    assert.match(wrong.err, /config_unreadable/);
  });
});
