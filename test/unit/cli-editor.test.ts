import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { callerBehindSudo, splitWords } from '../../helper/cli/config/editor.ts';
import { bad, better, edit, good, placed, scripted, seenIn, textIn, write } from '../fakes/scripted-editor.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

/** How the editor is run, and how the question after it is answered. */

describe('the editor', () => {
  test('is VISUAL before EDITOR, and its arguments are words, not shell', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const folder = testRunDirectory(t);
    const visual = scripted(t, `printf '%s|' "$@" > '${folder}/seen'; shift 3; ${write(better)}`);
    const { code, err } = await edit({
      runDirectory,
      editor: '/nonexistent',
      env: { VISUAL: `${visual} --wait 'a b' $HOME;` },
    });
    assert.equal(code, 0, err);
    assert.match(seenIn(folder), /^--wait\|a b\|\$HOME;\|\/.*castellan\.toml\|$/);
  });

  test('words are parted as a shell parts them, and nothing is expanded', () => {
    const cases: readonly (readonly [string, readonly string[] | null])[] = [
      ['', []],
      ['  code   --wait ', ['code', '--wait']],
      [`"/Applications/My Editor.app/bin/e" -n`, ['/Applications/My Editor.app/bin/e', '-n']],
      ['/Applications/My\\ Editor/e', ['/Applications/My Editor/e']],
      [`e '' "" a"b"'c'`, ['e', '', '', 'abc']],
      [`e '\\n' "\\""`, ['e', '\\n', '"']],
      ['e $(rm -rf ~) `x` *', ['e', '$(rm', '-rf', '~)', '`x`', '*']],
      [`e 'open`, null],
      ['e \\', null],
    ];
    for (const [command, words] of cases) assert.deepEqual(splitWords(command), words, command);
  });

  test('behind sudo it is the account that called; the variables mean nothing to anyone but root', () => {
    const env = { SUDO_UID: '501', SUDO_GID: '20' };
    assert.deepEqual(callerBehindSudo({ uid: 0, env }), { uid: 501, gid: 20 });
    assert.equal(callerBehindSudo({ uid: 501, env }), null);
    for (const wrong of [{}, { SUDO_UID: '501' }, { ...env, SUDO_UID: '0' }, { ...env, SUDO_UID: '-1' }])
      assert.equal(callerBehindSudo({ uid: 0, env: wrong }), null);
  });

  test('behind sudo it has none of root’s rights, and the file is installed as root', async (t) => {
    if (ownUid() !== 0) {
      t.skip('needs root');
      return;
    }
    const runDirectory = testRunDirectory(t);
    const path = placed(runDirectory, good);
    const folder = testRunDirectory(t);
    chmodSync(folder, 0o777);
    const editor = scripted(
      t,
      `id -u > '${folder}/seen'; id -G >> '${folder}/seen'; if ( : > '${path}' ) 2> /dev/null; then exit 9; fi; ${write(better)}`,
    );
    const env = { SUDO_UID: '65534', SUDO_GID: '65534' };
    const { code, err } = await edit({ runDirectory, editor, env });
    assert.equal(code, 0, err);
    assert.equal(seenIn(folder), '65534\n65534');
    assert.equal(textIn(runDirectory), better);
    assert.equal(statSync(path).uid, 0);
  });
});

describe('the question, in a process of its own', () => {
  const main = join(import.meta.dirname, '../../helper/main.ts');

  const editIn = async (t: TestContext, script: string, typed: string, interrupt = false) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const child = spawn(process.execPath, [main, 'config', 'edit', '--run-dir', runDirectory], {
      env: { PATH: process.env.PATH, TMPDIR: runDirectory, EDITOR: scripted(t, script) },
      stdio: 'pipe',
    });
    t.after(() => child.kill('SIGKILL'));
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
      if (interrupt && out.includes('abandon (a)?')) child.kill('SIGINT');
    });
    let err = '';
    child.stderr.on('data', (bytes: Buffer) => {
      err += bytes.toString();
    });
    if (!interrupt) child.stdin.end(typed);
    const [code] = await once(child, 'close');
    return { code, out, err, text: textIn(runDirectory) };
  };
  const twice = `if grep -q lots "$1"; then ${write(better)}\nelse ${write(bad)}\nfi`;

  test('is answered line by line from a pipe', async (t) => {
    const { code, out, text } = await editIn(t, write(bad), 'what\ne\na\n');
    assert.equal(code, 1);
    assert.equal(out.match(/Edit again/g)?.length, 3);
    assert.match(out, /Abandoned/);
    assert.equal(text, good);
    const again = await editIn(t, twice, 'e\n');
    assert.equal(again.code, 0, again.err);
    assert.equal(again.text, better);
  });

  test('an input that ends, before or between questions, loses nothing', async (t) => {
    for (const typed of ['', 'e\n']) {
      const { code, err, text } = await editIn(t, write(bad), typed);
      assert.equal(code, 1);
      assert.match(err, /^Nothing was changed\. Your text is in /);
      assert.equal(text, good);
    }
  });

  test('Ctrl-C at the question says where the text is', async (t) => {
    const { code, err, text } = await editIn(t, write(bad), '', true);
    assert.equal(code, 1);
    assert.match(err, /^Nothing was changed\. Your text is in /);
    assert.equal(text, good);
  });
});
