import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import * as esbuild from 'esbuild';
import { contentSecurityPolicy, fileFor } from '../../app/scheme.ts';
import { mayLoad } from '../../app/security.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('own scheme', () => {
  test('serves the files of the page by name and nothing else, however it is asked', () => {
    const served = ['index.html', 'main.js', 'style.css', 'inter.woff2'].map(
      (name) => fileFor(`castellan://app/${name}`)?.name,
    );
    assert.deepEqual(served, ['index.html', 'main.js', 'style.css', 'inter.woff2']);
    const refused = [
      'castellan://app/',
      'castellan://app/main.cjs',
      'castellan://app/../main.js/../../package.json',
      'castellan://app/%2e%2e/app/main.cjs',
      'castellan://app//etc/passwd',
      'castellan://app/sub/main.js',
      'castellan://app/__proto__',
      'castellan://app/constructor',
      'castellan://other/main.js',
      'https://app/main.js',
      'file:///etc/passwd',
      'not a url',
    ];
    for (const url of refused) assert.equal(fileFor(url), null, url);
  });

  test('its policy allows nothing that is not named', () => {
    const rules = new Map(contentSecurityPolicy.split('; ').map((rule) => [rule.split(' ')[0], rule]));
    assert.equal(rules.get('default-src'), "default-src 'none'");
    assert.equal(rules.get('script-src'), "script-src 'self'");
    assert.equal(rules.get('connect-src'), "connect-src 'none'");
    assert.doesNotMatch(contentSecurityPolicy, /unsafe|\*|https?:/);
  });
});

describe('requests', () => {
  test('only the app itself may be loaded; developer tools in development', () => {
    assert.ok(mayLoad('castellan://app/main.js', true));
    const others = [
      'https://example.org/',
      'file:///etc/passwd',
      'castellan://app.example.org/',
      'ws://127.0.0.1:2189/',
    ];
    for (const url of others) assert.ok(!mayLoad(url, false), url);
    assert.ok(mayLoad('devtools://devtools/bundled/x.js', false));
    assert.ok(!mayLoad('devtools://devtools/bundled/x.js', true));
  });
});

describe('bundle of the app', () => {
  const texts = new Map<string, string>();
  before(async () => {
    for (const entry of ['app/main.ts', 'app/preload.ts']) {
      const built = await esbuild.build({
        entryPoints: [entry],
        absWorkingDir: root,
        bundle: true,
        write: false,
        platform: 'node',
        format: 'cjs',
        target: 'node18',
        external: ['electron'],
        legalComments: 'none',
        minifyWhitespace: true,
      });
      texts.set(entry, built.outputFiles[0]?.text ?? '');
    }
  });
  const text = (entry: string): string => {
    const found = texts.get(entry) ?? '';
    assert.ok(found.length > 100, entry);
    return found;
  };

  test('never asks Chromium to leave the sandbox: that is the launcher of a development run as root', () => {
    for (const entry of texts.keys()) assert.doesNotMatch(text(entry), /no-sandbox|noSandbox|sandbox:\s*(?:false|!1)/);
    assert.match(text('app/main.ts'), /enableSandbox\(\)/);
  });

  test('the preload script reaches for electron alone, as a sandboxed one can, and hands out no ipcRenderer', () => {
    const required = [...text('app/preload.ts').matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(required)], ['electron']);
    assert.equal(text('app/preload.ts').match(/exposeInMainWorld\(/g)?.length, 1);
  });

  test('holds nothing of the helper but its protocol', async () => {
    const { metafile } = await esbuild.build({
      entryPoints: ['app/main.ts'],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'cjs',
      external: ['electron'],
    });
    const own = Object.keys(metafile.inputs).filter((file) => !file.startsWith('node_modules/'));
    assert.deepEqual(
      own.filter((file) => !file.startsWith('app/') && !file.startsWith('helper/protocol/')),
      [],
    );
  });
});
