import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { callerBehindSudo, splitWords } from '../../helper/cli/config/editor.ts';
import { run } from '../../helper/cli/main.ts';
import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import type { ConfigProblem } from '../../helper/protocol/status.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { ownUid, sampleHandlers, startSocketKeeper, testRunDirectory } from '../fakes/socket-keeper.ts';

/** `config edit` and `config reload` with real files, a real socket, and an editor that is a shell script. */

const good = '[history]\nmax = "64 MB"\n';
const better = '[history]\nmax = "128 MB"\n';
const bad = '[history]\nmax = "lots"\n';

/** An editor that runs `script` with the file as `$1`; its folder has a space, as folders of editors do. */
const scripted = (t: TestContext, script: string): string => {
  const folder = join(testRunDirectory(t), 'my editor');
  mkdirSync(folder);
  const path = join(folder, 'edit.sh');
  writeFileSync(path, `set -eu\n${script}\n`);
  return `/bin/sh '${path}'`;
};

const write = (text: string): string => `cat > "$1" <<'END'\n${text}END`;

interface Edit {
  readonly runDirectory: string;
  readonly editor: string;
  readonly answers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const edit = async ({ runDirectory, editor, answers = [], env = {} }: Edit) => {
  const io = capturedIo({ env: { PATH: process.env.PATH, EDITOR: editor, ...env }, answers });
  return { code: await run(['config', 'edit', '--run-dir', runDirectory], io), listening: io.listening(), ...io.text };
};

const fileIn = (runDirectory: string): string => join(runDirectory, 'castellan.toml');
const placed = (runDirectory: string, text: string): string => {
  writeFileSync(fileIn(runDirectory), text, { mode: 0o644 });
  return fileIn(runDirectory);
};
const textIn = (runDirectory: string): string => readFileSync(fileIn(runDirectory), 'utf8');

/** Where the editor was shown the file, as the scripts note it. */
const seenIn = (folder: string): string => readFileSync(join(folder, 'seen'), 'utf8').trim();

const keeperWith = (t: TestContext, reload: Handlers['config.reload'], path?: string) =>
  startSocketKeeper(t, {
    keeperUid: ownUid(),
    handlers: sampleHandlers({
      'config.reload': reload,
      'read.status': () => ({
        ok: true,
        result: sampleStatus(path === undefined ? {} : { config: { path, state: 'file', problems: [] } }),
      }),
    }),
  });

const problem: ConfigProblem = { line: 2, key: 'history.max', message: 'Too much.', fix: 'Write less.' };

describe('castellan config edit', () => {
  test('without a keeper: installs what was written and says that it is loaded at the next start', async (t) => {
    const runDirectory = testRunDirectory(t);
    const path = placed(runDirectory, good);
    const before = lstatSync(path).ino;
    const { code, out, err, listening } = await edit({ runDirectory, editor: scripted(t, write(better)) });
    assert.deepEqual([code, err, listening], [0, '', 0]);
    assert.match(out, /castellan\.toml: installed\.\nNo keeper is answering; it is loaded when one starts\.\n$/);
    assert.equal(textIn(runDirectory), better);
    const now = lstatSync(path);
    assert.deepEqual([now.mode & 0o7777, now.uid, now.nlink], [0o644, ownUid(), 1]);
    assert.notEqual(now.ino, before, 'renamed into place, not written over');
    assert.deepEqual(readdirSync(runDirectory), ['castellan.toml']);
  });

  test('with a keeper: edits the file that it reads, wherever that is, has it loaded and prints what changed', async (t) => {
    const elsewhere = testRunDirectory(t);
    const path = placed(elsewhere, good);
    let loaded = '';
    const { runDirectory } = await keeperWith(
      t,
      () => {
        loaded = readFileSync(path, 'utf8');
        return { ok: true, result: { loaded: true, diff: ['history.max: 64 MB → 128 MB'], problems: [] } };
      },
      path,
    );
    const { code, out, err } = await edit({ runDirectory, editor: scripted(t, write(better)) });
    assert.deepEqual([code, err], [0, '']);
    assert.equal(loaded, better, 'it was in place before the keeper was asked');
    assert.equal(out, `${path}: installed.\nhistory.max: 64 MB → 128 MB\nLoaded.\n`);
    assert.ok(!existsSync(fileIn(runDirectory)));
  });

  test('with errors nothing is installed; edited again until it is right', async (t) => {
    const runDirectory = testRunDirectory(t);
    const path = placed(runDirectory, good);
    const folder = testRunDirectory(t);
    const editor = scripted(
      t,
      `if [ -e '${folder}/once' ]; then grep -q lots "$1"; ${write(better)}\nelse touch '${folder}/once'; ${write(bad)}\nfi`,
    );
    const { code, out } = await edit({ runDirectory, editor, answers: ['what?', ' E '] });
    assert.equal(code, 0);
    assert.ok(out.includes(`error: ${path}:2: history.max: "lots" `), out);
    assert.equal(out.match(/Edit again \(e\) or abandon \(a\)\?/g)?.length, 2);
    assert.equal(textIn(runDirectory), better);
  });

  test('abandoned: nothing changes, the copy is removed, exit 1', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const folder = testRunDirectory(t);
    const editor = scripted(t, `echo "$1" > '${folder}/seen'; ${write(bad)}`);
    const { code, out } = await edit({ runDirectory, editor, answers: ['a'] });
    assert.equal(code, 1);
    assert.match(out, /Abandoned; nothing was changed\.\n$/);
    assert.equal(textIn(runDirectory), good);
    assert.ok(!existsSync(dirname(seenIn(folder))));
  });

  test('nobody there to answer: nothing changes, and the text is kept where it says', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const folder = testRunDirectory(t);
    const { code, err } = await edit({
      runDirectory,
      editor: scripted(t, `echo "$1" > '${folder}/seen'; ${write(bad)}`),
    });
    const copy = seenIn(folder);
    t.after(() => rmSync(dirname(copy), { recursive: true, force: true }));
    assert.equal(code, 1);
    assert.ok(err.startsWith(`Nothing was changed. Your text is in ${copy}\nconfig_invalid: `), err);
    assert.equal(readFileSync(copy, 'utf8'), bad);
    assert.equal(textIn(runDirectory), good);
  });

  test('the copy is private: a folder and a file that only the operator can reach', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const folder = testRunDirectory(t);
    const editor = scripted(t, `ls -ldn "$1" "$(dirname "$1")" > '${folder}/seen'; cmp "$1" '${fileIn(runDirectory)}'`);
    const { code, out } = await edit({ runDirectory, editor });
    assert.deepEqual([code, out], [0, 'Nothing was changed.\n']);
    const modes = seenIn(folder)
      .split('\n')
      .map((line) => line.slice(0, 10));
    assert.deepEqual(modes.sort(), ['-rw-------', 'drwx------']);
  });

  test('a file that is not there yet begins with a few words, and is not made when they stay as they are', async (t) => {
    const runDirectory = testRunDirectory(t);
    const unchanged = await edit({ runDirectory, editor: scripted(t, 'grep -q "config schema\\|schema config" "$1"') });
    assert.deepEqual([unchanged.code, unchanged.out], [0, 'Nothing was changed.\n']);
    assert.ok(!existsSync(fileIn(runDirectory)));
    const made = await edit({ runDirectory, editor: scripted(t, `printf '[history]\\nmax = "64 MB"\\n' >> "$1"`) });
    assert.equal(made.code, 0, made.err);
    assert.match(textIn(runDirectory), /^# castellan\.toml.*\n.*\n\[history\]\nmax = "64 MB"\n$/);
  });

  test('an editor that cannot be run, fails or is killed changes nothing', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    for (const [editor, said] of [
      ['/nonexistent/editor', /editor_failed: .*\(\/nonexistent\/editor: ENOENT\)/],
      [scripted(t, 'exit 3'), /ended with code 3/],
      [scripted(t, 'kill -9 $$'), /ended with SIGKILL/],
      ['vi "half', /vi "half is not a command line/],
    ] as const) {
      const { code, err } = await edit({ runDirectory, editor });
      assert.equal(code, 1);
      assert.match(err, said);
      assert.match(err, /^Nothing was changed\.\n/);
    }
    assert.equal(textIn(runDirectory), good);
  });

  test('an editor that fails after writing: the text is kept', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const { err } = await edit({ runDirectory, editor: scripted(t, `${write(better)}\nexit 1`) });
    const kept = /Your text is in (.*)$/m.exec(err)?.[1] ?? '';
    t.after(() => rmSync(dirname(kept), { recursive: true, force: true }));
    assert.equal(readFileSync(kept, 'utf8'), better);
    assert.equal(textIn(runDirectory), good);
  });

  test('an editor that leaves a link, a folder or nothing is not followed', async (t) => {
    const runDirectory = testRunDirectory(t);
    placed(runDirectory, good);
    const target = join(testRunDirectory(t), 'secret');
    writeFileSync(target, better);
    for (const [script, said] of [
      [`ln -sf '${target}' "$1"`, /ELOOP/],
      [`ln -f '${target}' "$1"`, /no longer an ordinary file/],
      ['rm "$1"; mkdir "$1"', /no longer an ordinary file/],
      ['rm "$1"', /ENOENT/],
      ['rm "$1"; mkfifo "$1"', /no longer an ordinary file/],
    ] as const) {
      const { code, err } = await edit({ runDirectory, editor: scripted(t, script) });
      assert.equal(code, 1);
      assert.match(err, said);
      const kept = /Your text is in (.*)$/m.exec(err)?.[1] ?? '';
      rmSync(dirname(kept), { recursive: true, force: true });
    }
    assert.equal(textIn(runDirectory), good);
    assert.equal(readFileSync(target, 'utf8'), better);
  });

  test('a file that someone else changed meanwhile is not written over', async (t) => {
    const runDirectory = testRunDirectory(t);
    const path = placed(runDirectory, good);
    const { code, err } = await edit({
      runDirectory,
      editor: scripted(t, `${write(better)}\nprintf '# theirs\\n' > '${path}'`),
    });
    const kept = /Your text is in (.*)$/m.exec(err)?.[1] ?? '';
    t.after(() => rmSync(dirname(kept), { recursive: true, force: true }));
    assert.equal(code, 4);
    assert.match(err, /config_unwritable: .*was changed by someone else meanwhile/);
    assert.equal(textIn(runDirectory), '# theirs\n');
    assert.equal(readFileSync(kept, 'utf8'), better);
  });

  test('where it could not be installed safely the editor is not even opened', async (t) => {
    const runDirectory = testRunDirectory(t);
    const folder = testRunDirectory(t);
    const editor = scripted(t, `touch '${folder}/seen'`);
    const open = join(runDirectory, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    assert.match((await edit({ runDirectory: open, editor })).err, /^untrusted_path: .*so others can write to it/);
    const linked = testRunDirectory(t);
    writeFileSync(join(folder, 'other.toml'), good);
    symlinkSync(join(folder, 'other.toml'), fileIn(linked));
    assert.match((await edit({ runDirectory: linked, editor })).err, /^untrusted_path: .*is a link/);
    const missing = await edit({ runDirectory: join(runDirectory, 'no'), editor });
    assert.deepEqual([missing.code, /^config_unwritable: .*does not exist/.test(missing.err)], [4, true], missing.err);
    assert.ok(!existsSync(join(folder, 'seen')));
  });

  test('a keeper that does not load it, or may not be asked, is told apart from one that is not there', async (t) => {
    const runDirectory = testRunDirectory(t);
    const path = placed(runDirectory, good);
    const refusing = await keeperWith(
      t,
      () => ({ ok: true, result: { loaded: false, diff: [], problems: [problem] } }),
      path,
    );
    const refused = await edit({ runDirectory: refusing.runDirectory, editor: scripted(t, write(better)) });
    assert.equal(refused.code, 1);
    assert.equal(
      refused.out,
      `${path}: installed.\nerror: ${path}:2: history.max: Too much. Write less.\n` +
        'Nothing was loaded; the configuration before stays in force.\n',
    );
    const broken = await keeperWith(
      t,
      () => {
        throw new Error('broken');
      },
      path,
    );
    const failed = await edit({ runDirectory: broken.runDirectory, editor: scripted(t, write(good)) });
    assert.equal(failed.code, 3);
    assert.match(failed.err, /^It is installed and was not loaded:\ninternal: /);
    assert.equal(textIn(runDirectory), good);
  });
});

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

describe('castellan config reload', () => {
  const reload = async (runDirectory: string, ...more: string[]) => {
    const io = capturedIo();
    return { code: await run(['config', 'reload', '--run-dir', runDirectory, ...more], io), ...io.text };
  };

  test('prints what changes and what to look at', async (t) => {
    const { runDirectory } = await keeperWith(
      t,
      () => ({ ok: true, result: { loaded: true, diff: ['a: 1 → 2', 'b: none → 3'], problems: [problem] } }),
      '/etc/c.toml',
    );
    const { code, out } = await reload(runDirectory);
    assert.equal(code, 0);
    assert.equal(out, 'warning: /etc/c.toml:2: history.max: Too much. Write less.\na: 1 → 2\nb: none → 3\nLoaded.\n');
  });

  test('a file with errors is exit 1, and --json says the same', async (t) => {
    const result = { loaded: false, diff: [], problems: [problem] };
    const { runDirectory } = await keeperWith(t, () => ({ ok: true, result }), '/etc/c.toml');
    const { code, out } = await reload(runDirectory);
    assert.equal(code, 1);
    assert.match(out, /^error: .*\nNothing was loaded; the configuration before stays in force\.\n$/);
    const json = await reload(runDirectory, '--json');
    assert.equal(json.code, 1);
    assert.deepEqual(JSON.parse(json.out), { ...result, path: '/etc/c.toml' });
  });

  test('nothing changed is said, too; without a keeper exit 3; without the right exit 4', async (t) => {
    const same = await keeperWith(t, () => ({ ok: true, result: { loaded: true, diff: [], problems: [] } }));
    assert.deepEqual((await reload(same.runDirectory)).out, 'Loaded; nothing changed.\n');
    assert.equal((await reload(testRunDirectory(t))).code, 3);
    const { runDirectory } = await startSocketKeeper(t, { consoleUid: () => null, keeperUid: 0, peerOf: asStranger() });
    const refused = await reload(runDirectory);
    assert.equal(refused.code, 4);
    assert.match(refused.err, /^not_allowed: /);
  });
});

/** The server tests its `peerOf` on a connection of its own, which must be named rightly; everyone after it is a stranger. */
const asStranger = () => {
  let asked = 0;
  return () => {
    asked += 1;
    return { ok: true, pid: process.pid, uid: asked === 1 ? ownUid() : 4242, gid: 0 } as const;
  };
};
