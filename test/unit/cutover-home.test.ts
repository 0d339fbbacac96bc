import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { doHomeRequest } from '../../helper/install/cutover/files.ts';
import { digest } from '../../helper/install/cutover/home-files.ts';

const newHome = (t: TestContext): { readonly home: string; readonly agents: string } => {
  const home = mkdtempSync(join(tmpdir(), 'castellan-home-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const agents = join(home, 'Library/LaunchAgents');
  mkdirSync(agents, { recursive: true });
  writeFileSync(join(agents, 'a.plist'), 'the list');
  chmodSync(join(agents, 'a.plist'), 0o640);
  return { home, agents };
};

const sha256 = digest(Buffer.from('the list'));
const kept = { name: 'a.plist', sha256 };
const whole = { ...kept, retired: 'a.plist.retired-20261122', mode: 0o640 };
const backup = 'castellan-cutover-20261122-141500';

describe('files in a home', () => {
  test('backups are made for their owner alone, and never over what is there', (t) => {
    const { home } = newHome(t);
    const texts = [{ name: 'plan.json', text: '{}\n' }];
    assert.deepEqual(doHomeRequest({ op: 'back_up', home, backup, files: [kept], texts }), { problem: null });
    const folder = join(home, '.sanctum/backups', backup);
    assert.equal(readFileSync(join(folder, 'a.plist'), 'utf8'), 'the list');
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.match(doHomeRequest({ op: 'back_up', home, backup, files: [], texts }).problem ?? '', /is there already/);
  });

  test('a list that was changed since it was looked at is not backed up, nor renamed', (t) => {
    const { home, agents } = newHome(t);
    writeFileSync(join(agents, 'a.plist'), 'another list');
    assert.match(
      doHomeRequest({ op: 'back_up', home, backup, files: [kept], texts: [] }).problem ?? '',
      /was changed since it was looked at/,
    );
    const rename = { op: 'rename', home, from: 'a.plist', to: whole.retired, sha256 } as const;
    assert.match(doHomeRequest(rename).problem ?? '', /was changed since/);
    assert.deepEqual(readdirSync(agents), ['a.plist']);
  });

  test('links are refused in every folder below the home, and as files', (t) => {
    for (const part of ['.sanctum', '.sanctum/backups']) {
      const { home } = newHome(t);
      const target = mkdtempSync(join(tmpdir(), 'castellan-target-'));
      t.after(() => rmSync(target, { recursive: true, force: true }));
      mkdirSync(join(home, part, '..'), { recursive: true });
      symlinkSync(target, join(home, part));
      const { problem } = doHomeRequest({ op: 'back_up', home, backup, files: [kept], texts: [] });
      assert.match(problem ?? '', /is a link, and links are not followed here/);
      assert.deepEqual(readdirSync(target), []);
    }
    const { home, agents } = newHome(t);
    symlinkSync('/etc/passwd', join(agents, 'b.plist'));
    mkdirSync(join(agents, 'c.plist'));
    const { files = [] } = doHomeRequest({
      op: 'look',
      home,
      names: ['a.plist', 'b.plist', 'c.plist', 'd.plist', '../x'],
    });
    assert.deepEqual(
      files.map(({ state }) => state),
      ['file', 'refused', 'refused', 'missing', 'refused'],
    );
    assert.deepEqual(files[0], { name: 'a.plist', state: 'file', sha256, mode: 0o640 });
  });

  test('a rename is done once, takes no name that is in use, and leads nowhere else', (t) => {
    const { home, agents } = newHome(t);
    const rename = { op: 'rename', home, from: 'a.plist', to: whole.retired, sha256 } as const;
    assert.deepEqual(doHomeRequest(rename), { problem: null });
    assert.deepEqual(doHomeRequest(rename), { problem: null });
    assert.deepEqual(readdirSync(agents), [whole.retired]);
    writeFileSync(join(agents, 'a.plist'), 'the list');
    assert.match(doHomeRequest(rename).problem ?? '', /is there already/);
    assert.match(doHomeRequest({ ...rename, to: '../out.plist' }).problem ?? '', /is no name of a file/);
    assert.ok(!existsSync(join(home, 'Library/out.plist')));
  });

  test('a list that was changed under its retired name, or taken away, comes from the backup with its mode', (t) => {
    for (const change of ['changed', 'gone'] as const) {
      const { home, agents } = newHome(t);
      doHomeRequest({ op: 'back_up', home, backup, files: [kept], texts: [] });
      doHomeRequest({ op: 'rename', home, from: 'a.plist', to: whole.retired, sha256 });
      if (change === 'gone') rmSync(join(agents, whole.retired));
      else writeFileSync(join(agents, whole.retired), 'edited');
      const back = { op: 'put_back', home, backup, file: whole } as const;
      assert.deepEqual(doHomeRequest(back), { problem: null, put: 'from_backup' });
      assert.deepEqual(doHomeRequest(back), { problem: null, put: 'in_place' });
      assert.equal(readFileSync(join(agents, 'a.plist'), 'utf8'), 'the list');
      assert.equal(statSync(join(agents, 'a.plist')).mode & 0o7777, 0o640);
      if (change === 'changed') assert.equal(readFileSync(join(agents, whole.retired), 'utf8'), 'edited');
    }
  });

  test('what somebody put under the old name meanwhile is kept beside it', (t) => {
    const { home, agents } = newHome(t);
    doHomeRequest({ op: 'rename', home, from: 'a.plist', to: whole.retired, sha256 });
    writeFileSync(join(agents, 'a.plist'), 'new');
    assert.deepEqual(doHomeRequest({ op: 'put_back', home, backup, file: whole }), { problem: null, put: 'renamed' });
    assert.equal(readFileSync(join(agents, 'a.plist'), 'utf8'), 'the list');
    const [found = ''] = readdirSync(agents).filter((name) => name.startsWith('a.plist.found-'));
    assert.equal(readFileSync(join(agents, found), 'utf8'), 'new');
  });

  test('without list and backup it is said, and nothing is made up', (t) => {
    const { home, agents } = newHome(t);
    rmSync(join(agents, 'a.plist'));
    mkdirSync(join(home, '.sanctum/backups', backup), { recursive: true });
    writeFileSync(join(home, '.sanctum/backups', backup, 'a.plist'), 'tampered');
    const { problem } = doHomeRequest({ op: 'put_back', home, backup, file: whole });
    assert.match(problem ?? '', /^neither .*retired-20261122 nor .*a\.plist is what a\.plist was$/);
    assert.deepEqual(readdirSync(agents), []);
  });
});
