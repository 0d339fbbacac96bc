import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import {
  bad,
  better,
  edit,
  fileIn,
  good,
  keeperWith,
  placed,
  problem,
  scripted,
  seenIn,
  textIn,
  write,
} from '../fakes/scripted-editor.ts';
import { ownUid, testRunDirectory } from '../fakes/socket-keeper.ts';

/** What becomes of the file: real files, a real socket, and an editor that is a shell script. */

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
