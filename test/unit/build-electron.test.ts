import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { registryRuntime, registryRuntimeFolder } from '../../build/fetch/electron-registry.ts';
import { findElectron } from '../../build/fetch/electron-runtime.ts';
import { asar } from '../../build/outputs/asar.ts';

describe('the archive Electron starts from', () => {
  test('holds each file at the offset its header gives', () => {
    const archive = asar({ 'package.json': '{"main":"ü.js"}', 'ü.js': 'run()' });
    const header = archive.subarray(16, 16 + archive.readUInt32LE(12)).toString();
    const start = 8 + archive.readUInt32LE(4);
    const { files } = JSON.parse(header) as { files: Record<string, { size: number; offset: string }> };
    const read = (name: string): string => {
      const { size = 0, offset = '0' } = files[name] ?? {};
      return archive.subarray(start + Number(offset), start + Number(offset) + size).toString();
    };
    assert.equal(read('package.json'), '{"main":"ü.js"}');
    assert.equal(read('ü.js'), 'run()');
    assert.equal(start % 4, 0);
  });
});

describe('the Electron that is run', () => {
  const binary = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
  const place = (folder: string, version: string): void => {
    mkdirSync(path.dirname(path.join(folder, binary)), { recursive: true });
    writeFileSync(path.join(folder, binary), '');
    writeFileSync(path.join(folder, 'version'), version);
  };

  test('is the one the environment names, else the official one, else the one from the registry', (t) => {
    const root = mkdtempSync(path.join(tmpdir(), 'electron-'));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    const missing = findElectron(root, {});
    assert.ok(missing.kind === 'missing' && missing.reason.includes('npm run setup'));

    place(registryRuntimeFolder(root), '25.1.1');
    assert.equal(findElectron(root, {}).kind, 'missing', 'an unfinished one is not used');
    writeFileSync(path.join(registryRuntimeFolder(root), 'castellan-complete'), '');
    const registry = findElectron(root, {});
    assert.ok(registry.kind === 'found' && registry.source === 'registry' && registry.version === '25.1.1');

    const official = path.join(root, 'node_modules', 'electron');
    place(path.join(official, 'dist'), 'v45.4.1');
    writeFileSync(path.join(official, 'path.txt'), binary);
    const found = findElectron(root, {});
    assert.ok(found.kind === 'found' && found.source === 'official' && found.version === '45.4.1');

    place(path.join(root, 'own'), '45.0.0');
    const own = findElectron(root, { ELECTRON_OVERRIDE_DIST_PATH: path.join(root, 'own') });
    assert.ok(own.kind === 'found' && own.source === 'override');
    assert.equal(findElectron(root, { ELECTRON_OVERRIDE_DIST_PATH: path.join(root, 'none') }).kind, 'missing');
  });

  test('from the registry is pinned to one version and one SHA-512', () => {
    assert.match(registryRuntime.package, /@\d+\.\d+\.\d+$/);
    assert.equal(Buffer.from(registryRuntime.sha512, 'base64').length, 64);
  });
});

test('the lock file names the packages of every platform, without which npm ci refuses', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; version?: string }>;
  };
  const missing = Object.values(packages)
    .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
    .filter((name) => packages[`node_modules/${name}`]?.version === undefined);
  assert.deepEqual(missing, []);
});
