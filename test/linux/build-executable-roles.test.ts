import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { buildExecutable } from '../../build/executable/executable.ts';
import { createExecutableWorld, daemonRoles, mappedFiles, type RunningRole } from '../fakes/executable-world.ts';

const skip = process.platform === 'linux' ? false : 'looks into /proc';

describe('the roles of the built executable', { skip }, () => {
  let executable = '';
  before(async () => {
    executable = (await buildExecutable()).path;
  });
  const once = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(file, [...args], { encoding: 'utf8', timeout: 20_000, cwd: '/', env: { PATH: '/usr/bin:/bin', ...env } });

  test('all start, answer, and end in order; only those that look at the system hold native code', async (t) => {
    const world = await createExecutableWorld(executable);
    t.after(world.dispose);
    const trap = path.join(world.runDirectory, 'trap.cjs');
    writeFileSync(trap, `process.stderr.write('TRAPPED');`);
    const env = { NODE_OPTIONS: `--require ${trap} --no-such-option`, NODE_PATH: world.runDirectory };
    const running: RunningRole[] = [];
    for (const role of daemonRoles) running.push(await world.start(role, env));

    const status = once(executable, ['status', '--json', '--run-dir', world.runDirectory], env);
    assert.equal(status.status, 0, status.stderr);
    assert.equal(typeof JSON.parse(status.stdout), 'object');

    const native = path.join(path.dirname(executable), 'koffi.node');
    const holds = running.filter(({ pid }) => mappedFiles(pid).has(native)).map(({ role }) => role);
    assert.deepEqual(holds, ['keeper'], 'koffi is in nobody else');
    for (const { role, pid } of running) {
      const added = [...mappedFiles(pid)].filter((file) => file.endsWith('.node') || file.startsWith(tmpdir()));
      assert.deepEqual(
        added.filter((file) => file !== native && !file.startsWith(world.runDirectory)),
        [],
        `${role} runs nothing that was unpacked somewhere`,
      );
    }
    for (const each of running.toReversed()) assert.equal(await world.end(each), 0, `${each.role}: ${each.text()}`);
    for (const { role, text } of running) assert.doesNotMatch(text(), /TRAPPED/, `${role} takes no Node options`);
  });

  test('run from a link find what lies beside the executable, and a native half beside the link is not looked at', (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'link-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const link = path.join(folder, 'castellan');
    symlinkSync(executable, link);
    writeFileSync(path.join(folder, 'koffi.node'), 'not a library');
    const { stdout, status, stderr } = once(link, ['self-check']);
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^castellan \S+, development build, Node 26\.\S+, linux /);
    assert.deepEqual(
      [...stdout.matchAll(/^(\w+) (\w+):/gm)].map(([, word, name]) => `${word} ${name}`),
      ['ok compiler', 'ok database', 'ok native'],
    );
  });

  test('the signal that elsewhere opens a debugger opens none', async (t) => {
    const world = await createExecutableWorld(executable);
    t.after(world.dispose);
    const deadman = await world.start('deadman');
    deadman.child.kill('SIGUSR1');
    const caught = /^SigCgt:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${deadman.pid}/status`, 'latin1'))?.[1] ?? '';
    assert.equal(BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGUSR1 - 1)), 0n, 'nobody handles it');
    assert.equal(await world.end(deadman), 0);
    assert.doesNotMatch(deadman.text(), /Debugger listening/);
  });

  test('a switch of Node among the arguments is an argument like any other', () => {
    for (const word of ['--inspect-brk=127.0.0.1:0', '--eval=process.exit(9)', '--require=/none']) {
      const { status, stderr } = once(executable, ['deadman', word]);
      assert.equal(status, 64, `${word}: ${stderr}`);
      assert.doesNotMatch(stderr, /Debugger listening/);
    }
  });

  test('without its native half the self-check says so and fails', (t) => {
    const folder = mkdtempSync(path.join(path.dirname(executable), 'alone-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const alone = path.join(folder, 'castellan');
    assert.equal(spawnSync('ln', [executable, alone]).status, 0);
    const { stdout, status } = once(alone, ['self-check']);
    assert.equal(status, 70);
    assert.match(stdout, /^ok database/m);
    assert.match(stdout, /^failed native: .*koffi\.node/m);
  });
});
