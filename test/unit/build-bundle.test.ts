import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { bundle } from '../../build/outputs/bundle.ts';

const projectRoot = path.resolve(import.meta.dirname, '../..');

/** What is copied or bundled beside the scripts. */
const font = 'node_modules/@fontsource-variable/inter';
const pageFiles = [
  'renderer/index.html',
  'renderer/style/index.css',
  `${font}/files/inter-latin-wght-normal.woff2`,
  `${font}/LICENSE`,
];

const place = (folder: string, file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
};

describe('the bundles', () => {
  test('of the real app never give up the sandbox and load nothing but Electron and Node', async () => {
    const { outputs } = await bundle();
    for (const output of outputs) assert.ok(existsSync(path.join(projectRoot, output)), output);
    for (const name of ['main.cjs', 'preload.cjs']) {
      const text = readFileSync(path.join(projectRoot, 'dist/app', name), 'utf8');
      assert.doesNotMatch(text, /no-sandbox/);
      assert.match(text, /require\("electron"\)/);
    }
    const preload = readFileSync(path.join(projectRoot, 'dist/app/preload.cjs'), 'utf8');
    assert.doesNotMatch(preload, /require\("(?!electron")/, 'a sandboxed preload script can load electron only');
    const page = readFileSync(path.join(projectRoot, 'dist/renderer/main.js'), 'utf8');
    assert.doesNotMatch(page, /\brequire\("/);
  });

  test('are only made by npm start without a sandbox: no source of the app asks for it', () => {
    const sources = globSync('{app,renderer}/**/*.{ts,tsx}', { cwd: projectRoot });
    for (const file of sources)
      assert.doesNotMatch(readFileSync(path.join(projectRoot, file), 'utf8'), /no-sandbox/, file);
  });

  test('for a package know that they are, and no part asks Electron, which goes by the name of the program', async (t) => {
    const sources = globSync('app/**/*.ts', { cwd: projectRoot });
    const asking = sources.filter((file) =>
      readFileSync(path.join(projectRoot, file), 'utf8').includes('app.isPackaged'),
    );
    assert.deepEqual(asking, ['app/packaged.ts']);
    const folder = mkdtempSync(path.join(tmpdir(), 'packaged-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    place(folder, 'package-lock.json', '{}');
    place(
      folder,
      'app/main.ts',
      `import { isPackaged } from './packaged.ts'; exports.answer = isPackaged({ isPackaged: false });`,
    );
    place(folder, 'app/packaged.ts', readFileSync(path.join(projectRoot, 'app/packaged.ts'), 'utf8'));
    place(folder, 'app/preload.ts', '');
    place(folder, 'renderer/main.tsx', '');
    for (const name of pageFiles) place(folder, name, '');
    const answer = async (packaged: { readonly stamp: null } | null): Promise<unknown> => {
      await bundle(packaged === null ? { root: folder } : { root: folder, packaged });
      const file = path.join(folder, 'dist/app/main.cjs');
      const run = [`process.stdout.write(String(require(process.argv[1]).answer))`, file];
      return spawnSync(process.execPath, ['-e', ...run], { encoding: 'utf8' }).stdout;
    };
    assert.equal(await answer({ stamp: null }), 'true');
    assert.equal(await answer(null), 'false');
  });

  test('are made again when a source changes, and only then', async (t) => {
    const root = mkdtempSync(path.join(tmpdir(), 'bundle-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const write = (file: string, text: string): void => place(root, file, text);
    write('package-lock.json', '{}');
    write('app/shared.ts', `export const word = 'first';`);
    write('app/main.ts', `import { app } from 'electron'; import { word } from './shared.ts'; app.setName(word);`);
    write('app/preload.ts', `import { contextBridge } from 'electron'; contextBridge.exposeInMainWorld('x', {});`);
    write('renderer/shared.ts', `export const title = document.title;`);
    write('renderer/open.tsx', `import { title } from './shared.ts'; document.body.title = title;`);
    write('renderer/main.tsx', `import { title } from './shared.ts'; if (title === '') await import('./open.tsx');`);
    for (const name of pageFiles) write(name, '');
    assert.ok((await bundle({ root })).built);
    assert.ok(!(await bundle({ root })).built);
    write('app/shared.ts', `export const word = 'second';`);
    assert.ok((await bundle({ root })).built);
    assert.match(readFileSync(path.join(root, 'dist/app/main.cjs'), 'utf8'), /second/);
    rmSync(path.join(root, 'dist/renderer/style.css'));
    assert.ok((await bundle({ root })).built);
    const before = readFileSync(path.join(root, 'app/main.ts'), 'utf8');
    write('app/main.ts', `import './missing.ts';`);
    await assert.rejects(bundle({ root }), /missing\.ts/);
    write('app/main.ts', before);
    assert.ok((await bundle({ root })).built, 'what a build that did not end has left is not taken for the one before');
  });
});
