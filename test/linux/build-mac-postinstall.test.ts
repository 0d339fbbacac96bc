import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';

/**
 * The script that macOS's installer runs as root after it has put the app in place. Run by this machine's shell on a folder
 * that stands for the disk: the two places it names are replaced, and nothing else of it.
 */

const script = readFileSync(
  path.resolve(import.meta.dirname, '../../build/mac/resources/pkg-scripts/postinstall'),
  'utf8',
);
const skip = process.geteuid?.() === 0 ? false : 'the installer is root, and so must this be';
const nobody = 65_534;

interface Disk {
  readonly applications: string;
  readonly app: string;
  readonly local: string;
  readonly link: string;
  readonly install: (target?: string) => { readonly code: number | null; readonly said: string };
}

const disk = (t: TestContext): Disk => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pkg-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const applications = path.join(folder, 'Applications');
  const app = path.join(applications, 'Castellan.app');
  const local = path.join(folder, 'local');
  const helper = path.join(app, 'Contents/MacOS/castellan-helper');
  mkdirSync(path.dirname(helper), { recursive: true });
  mkdirSync(local);
  writeFileSync(helper, 'x', { mode: 0o755 });
  symlinkSync('Contents', path.join(app, 'link'));
  const file = path.join(folder, 'postinstall');
  writeFileSync(file, script.replaceAll('/Applications', applications).replaceAll('/usr/local', local));
  return {
    applications,
    app,
    local,
    link: path.join(local, 'bin/castellan'),
    install: (target = applications) => {
      const run = spawnSync('/bin/sh', [file, '/tmp/Castellan.pkg', target, '/', '/'], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      return { code: run.status, said: `${run.stdout}${run.stderr}` };
    },
  };
};

describe('the package, once its files are in place', { skip }, () => {
  test('puts the command line where everybody finds it, and does the same a second time', (t) => {
    const { applications, app, link, install } = disk(t);
    // The second is what the installer says when it runs the script for the app in the package.
    for (const target of [applications, app, `${applications}/`]) {
      assert.deepEqual(install(target), { code: 0, said: '' });
      assert.equal(readlinkSync(link), path.join(app, 'Contents/MacOS/castellan-helper'));
    }
  });

  test('refuses a bundle in which anything can be changed by others than root', (t) => {
    for (const spoil of [
      (file: string) => chownSync(file, nobody, 0),
      (file: string) => chmodSync(file, 0o775),
      (file: string) => chmodSync(file, 0o757),
    ]) {
      const { app, link, install } = disk(t);
      const file = path.join(app, 'Contents/MacOS/castellan-helper');
      spoil(file);
      const { code, said } = install();
      assert.equal(code, 1);
      assert.match(
        said,
        /castellan-helper can be changed by others than root; remove .*Castellan\.app and install again/,
      );
      assert.ok(!existsSync(link));
    }
  });

  test('refuses another place, and an app that is a link', (t) => {
    const { applications, app, install } = disk(t);
    for (const target of ['/Users/me/Applications', '/Volumes/Other/Applications/Castellan.app', `${app}/Contents`]) {
      const { code, said } = install(target);
      assert.match(said, /belongs into .*Applications, not into /, target);
      assert.equal(code, 1);
    }
    rmSync(app, { recursive: true });
    symlinkSync('/tmp', path.join(applications, 'Castellan.app'));
    assert.deepEqual(install().code, 1);
  });

  test("leaves a folder alone that is not root's, and a file that is not its link", (t) => {
    const foreign = disk(t);
    mkdirSync(path.join(foreign.local, 'bin'));
    chownSync(path.join(foreign.local, 'bin'), nobody, 0);
    const { code, said } = foreign.install();
    assert.equal(code, 0, 'the app is installed all the same');
    assert.match(said, /bin is not root's alone; run .*castellan-helper directly/);
    assert.ok(!existsSync(foreign.link));

    const other = disk(t);
    mkdirSync(path.join(other.local, 'bin'));
    writeFileSync(other.link, 'of somebody else');
    assert.equal(other.install().code, 0);
    assert.ok(lstatSync(other.link).isFile());
  });
});
