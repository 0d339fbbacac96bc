import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { developmentBuildRunDirectory, findPlace, productionRunDirectory } from '../../app/run-directory.ts';
import { installedRunDirectory } from '../../helper/install/daemon-plists.ts';
import { productionRunDirectory as keepers } from '../../helper/keeper/life/run-directory.ts';

const at = { platform: 'linux', uid: 501 };

test('the app looks where the keeper is', () => {
  for (const platform of ['darwin', 'linux']) assert.equal(productionRunDirectory(platform), keepers(platform));
});

test('a development build on a Mac has the folder of its own daemons, a release never', () => {
  const place = (isDevelopmentBuild: boolean, platform = 'darwin', isPackaged = true) =>
    findPlace({ ...at, platform, isPackaged, isDevelopmentBuild, env: {} }).runDirectory;
  assert.equal(place(true), installedRunDirectory(true));
  assert.equal(place(true), developmentBuildRunDirectory);
  assert.equal(place(false), installedRunDirectory(false));
  assert.equal(place(true, 'darwin', false), productionRunDirectory('darwin'));
  assert.equal(place(true, 'linux'), productionRunDirectory('linux'));
});

test('no variable moves a packaged app, or makes it trust anyone but root', () => {
  const place = findPlace({ ...at, isPackaged: true, env: { CASTELLAN_RUN_DIR: '/tmp/mine' } });
  assert.deepEqual(place, { runDirectory: '/run/castellan', owner: { kind: 'root' } });
});

test('in development the variable names the folder; without it, or relative, the installed one holds', () => {
  const place = findPlace({ ...at, isPackaged: false, env: { CASTELLAN_RUN_DIR: '/nowhere/run' } });
  assert.deepEqual(place, { runDirectory: '/nowhere/run', owner: { kind: 'root_or_user', uid: 501 } });
  for (const env of [{}, { CASTELLAN_RUN_DIR: 'run' }, { CASTELLAN_RUN_DIR: '' }]) {
    assert.equal(findPlace({ ...at, isPackaged: false, env }).owner.kind, 'root');
  }
});

test('links above the run directory are resolved, the run directory itself is not', (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ca-')));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'real/run'), { recursive: true });
  symlinkSync('real', join(folder, 'link'));
  symlinkSync('real/run', join(folder, 'run'));
  const found = (path: string): string =>
    findPlace({ ...at, isPackaged: false, env: { CASTELLAN_RUN_DIR: join(folder, path) } }).runDirectory;
  assert.equal(found('link/run'), join(folder, 'real/run'));
  assert.equal(found('run'), join(folder, 'run'));
});
