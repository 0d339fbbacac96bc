import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAlertsFile } from '../../helper/journal/alerts-file.ts';
import { appendExit } from '../../helper/journal/append-alert.ts';
import { undo, until } from './journal-support.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const owner = isRoot ? nobody : (process.getuid?.() ?? -1);
const needsRoot = { skip: isRoot ? false : 'needs root, to write for another account' };
const main = fileURLToPath(new URL('../../helper/main.ts', import.meta.url));

/** The home of an account that is not root; as root, that of nobody. */
const home = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'castellan-home-'));
  undo(t, () => rmSync(path, { recursive: true, force: true }));
  if (isRoot) chownSync(path, nobody, nobody);
  return path;
};

const owned = (path: string, content: string): void => {
  writeFileSync(path, content);
  if (isRoot) chownSync(path, nobody, nobody);
};

const append = (target: string, input: string) => {
  const { status, stderr } = spawnSync(process.execPath, [main, 'append-alert', target], { input, timeout: 20_000 });
  return { code: status, said: stderr.toString() };
};

const line = (number: number, filler = ''): string => JSON.stringify({ source: 'castellan', number, filler });
const rowsOf = (path: string): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
/** Whole ones: who reads while another writes may see a part of the last. */
const lineCount = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1;

describe('the alerts file of a user', () => {
  test('it is made with the rights of whom its folder belongs to', (t) => {
    const path = join(home(t), '.sanctum', 'alerts.json');
    assert.deepEqual(append(path, `${line(1)}\n`), { code: appendExit.ok, said: '' });
    assert.deepEqual(append(path, `${line(2)}\n${line(3)}\n`), { code: appendExit.ok, said: '' });
    assert.deepEqual(
      rowsOf(path).map(({ number }) => number),
      [1, 2, 3],
    );
    assert.deepEqual([statSync(path).uid, statSync(path).mode & 0o777], [owner, 0o600]);
    assert.deepEqual([statSync(join(path, '..')).uid, statSync(join(path, '..')).mode & 0o777], [owner, 0o700]);
  });

  test('what others have written stays, also a last line without its end', (t) => {
    const path = join(home(t), 'alerts.json');
    owned(path, '{"source":"another"}\n{"source":"torn');
    assert.equal(append(path, `${line(1)}\n`).code, appendExit.ok);
    assert.equal(readFileSync(path, 'utf8'), `{"source":"another"}\n{"source":"torn\n${line(1)}\n`);
  });

  test('two writers do not spoil each other', { timeout: 120_000 }, async (t) => {
    const path = join(home(t), 'alerts.json');
    owned(path, '');
    const said: string[] = [];
    const files = [0, 1].map(() => createAlertsFile({ warn: (text) => said.push(text) }));
    for (let round = 0; round < 4; round++) {
      for (const [which, file] of files.entries())
        for (let number = 0; number < 10; number++)
          file.append(path, line(round * 100 + which * 10 + number, 'x'.repeat(2_000)));
      await until('they are there', () => lineCount(path) === (round + 1) * 20, 30_000);
    }
    await Promise.all(files.map((file) => file.close()));
    assert.equal(new Set(rowsOf(path).map(({ number }) => number)).size, 80);
    assert.deepEqual(said, []);
  });

  test('a file that is one JSON document is left alone, and that is said once', { timeout: 60_000 }, async (t) => {
    for (const content of ['[]', ' \n [\n  {"source":"another"}\n]\n', '{\n  "alerts": []\n}\n']) {
      const path = join(home(t), 'alerts.json');
      owned(path, content);
      const said: string[] = [];
      const file = createAlertsFile({ warn: (text) => said.push(text) });
      file.append(path, line(1));
      await until('it is said', () => said.length > 0, 20_000);
      file.append(path, line(2));
      await file.close();
      assert.equal(readFileSync(path, 'utf8'), content);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /alerts\.json is one JSON document, not lines of JSON: it is left alone/);
    }
  });

  test('a link in its place is not followed, nor a folder that leads elsewhere', needsRoot, (t) => {
    const place = home(t);
    const secret = mkdtempSync(join(tmpdir(), 'castellan-root-'));
    undo(t, () => rmSync(secret, { recursive: true, force: true }));
    writeFileSync(join(secret, 'alerts.json'), '');
    symlinkSync(join(secret, 'alerts.json'), join(place, 'alerts.json'));
    symlinkSync(secret, join(place, 'folder'));
    assert.match(append(join(place, 'alerts.json'), `${line(1)}\n`).said, /ELOOP/);
    assert.match(append(join(place, 'folder', 'alerts.json'), `${line(1)}\n`).said, /is a link|must be root/);
    assert.equal(readFileSync(join(secret, 'alerts.json'), 'utf8'), '');
    // A folder that the user may not write in.
    mkdirSync(join(place, 'locked'), { mode: 0o500 });
    chownSync(join(place, 'locked'), nobody, nobody);
    assert.match(append(join(place, 'locked', 'alerts.json'), `${line(1)}\n`).said, /EACCES/);
  });

  test('what is no file is said and holds nobody up', (t) => {
    const place = home(t);
    execFileSync('mkfifo', [join(place, 'pipe')]);
    if (isRoot) chownSync(join(place, 'pipe'), nobody, nobody);
    mkdirSync(join(place, 'folder'));
    assert.match(append(join(place, 'pipe'), `${line(1)}\n`).said, /is not a file/);
    assert.match(append(join(place, 'folder'), `${line(1)}\n`).said, /EISDIR|EACCES/);
    assert.match(append('alerts.json', `${line(1)}\n`).said, /neither an absolute path nor ~ACCOUNT/);
    assert.match(append('~nobody-of-that-name/alerts.json', `${line(1)}\n`).said, /nobody-of-that-name/);
    assert.equal(append(join(place, 'a', 'b', 'alerts.json'), `${line(1)}\n`).code, appendExit.failed);
  });

  test('root itself writes only where nobody else could have put anything in the way', needsRoot, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'castellan-root-'));
    undo(t, () => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'alerts.json');
    assert.equal(append(path, `${line(1)}\n`).code, appendExit.ok);
    assert.equal(statSync(path).uid, 0);
    chmodSync(folder, 0o777);
    assert.match(append(path, `${line(2)}\n`).said, /others can write to it/);
    assert.equal(rowsOf(path).length, 1);
  });

  test('~ACCOUNT/ is the home of that account, with its groups and nothing of root', needsRoot, (t) => {
    const place = home(t);
    chownSync(place, 54_321, 54_321);
    const etc = mkdtempSync(join(tmpdir(), 'castellan-etc-'));
    undo(t, () => rmSync(etc, { recursive: true, force: true }));
    const passwd = readFileSync('/etc/passwd', 'utf8');
    writeFileSync(join(etc, 'passwd'), `${passwd}\ncastellan-neo:x:54321:54321::${place}:/bin/sh\n`);
    // In a mount namespace of its own the account has its home there.
    const script = `mount --bind ${etc}/passwd /etc/passwd && exec "$0" "$@"`;
    const run = (target: string) =>
      spawnSync('unshare', ['--mount', 'sh', '-c', script, process.execPath, main, 'append-alert', target], {
        input: `${line(1)}\n`,
        timeout: 20_000,
      });
    const ended = run('~castellan-neo/.sanctum/alerts.json');
    if (ended.stderr.toString().includes('unshare')) return t.skip(`needs unshare: ${ended.stderr}`);
    assert.equal(ended.status, appendExit.ok, ended.stderr.toString());
    const path = join(place, '.sanctum', 'alerts.json');
    assert.equal(rowsOf(path).length, 1);
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [54_321, 54_321]);
    assert.match(run('~castellan-neo/../alerts.json').stderr.toString(), /leads out of the home/);
  });

  test('without root another account is refused', needsRoot, (t) => {
    const ended = spawnSync(
      'setpriv',
      [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        process.execPath,
        main,
        'append-alert',
        '~daemon/alerts.json',
      ],
      { input: `${line(1)}\n`, timeout: 20_000 },
    );
    if (ended.error !== undefined || /EACCES|ermission denied/.test(ended.stderr.toString()))
      return t.skip('needs setpriv, and a checkout that other accounts can read');
    assert.match(ended.stderr.toString(), /only root can write for another account/);
  });

  test('a writer that hangs is ended, said, and what waits is bounded', { timeout: 30_000 }, async () => {
    const said: string[] = [];
    const command = ['/bin/sh', '-c', 'exec sleep 60'] as const;
    const file = createAlertsFile({ warn: (text) => said.push(text), command, timeoutMs: 300 });
    file.append('/nowhere/alerts.json', line(0));
    await until('it runs', () => said.length > 0, 20_000);
    assert.match(said[0] ?? '', /not written within 0.3 s/);
    for (let number = 0; number < 100; number++) file.append('/nowhere/alerts.json', line(number));
    await file.close();
    assert.match(said[1] ?? '', /36 alerts were dropped/);
    // The same trouble again is not said again.
    assert.equal(said.length, 2);
  });

  test('a writer that cannot be started is a line in the log', async () => {
    const said: string[] = [];
    const file = createAlertsFile({ warn: (text) => said.push(text), command: ['/nowhere/castellan'] });
    file.append('/nowhere/alerts.json', line(0));
    await file.close();
    assert.match(said[0] ?? '', /ENOENT/);
  });
});
