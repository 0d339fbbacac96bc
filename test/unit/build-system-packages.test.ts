import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aptArguments, missingPackages, packagesFor, systemPackages } from '../../build/setup/system-packages.mjs';

describe('system packages', () => {
  test('each has a reason and none is listed twice', () => {
    const names = systemPackages.flatMap((entry) => entry.names);
    assert.equal(new Set(names).size, names.length);
    for (const entry of systemPackages) assert.ok(entry.reason.length > 10, entry.names[0]);
  });

  test('a terminal needs only what the pinned Node is linked to', () => {
    assert.deepEqual(
      packagesFor('node').map((entry) => entry.names[0]),
      ['libatomic1', 'libstdc++6'],
    );
    assert.ok(packagesFor('app').length < packagesFor('tests').length);
    assert.equal(packagesFor('tests').length, systemPackages.length);
  });

  test('any of its names counts as installed', () => {
    const old = new Set(systemPackages.map((entry) => entry.names.at(-1) ?? ''));
    assert.deepEqual(missingPackages('tests', old), []);
    const renamed = new Set(systemPackages.map((entry) => entry.names[0]));
    assert.deepEqual(missingPackages('tests', renamed), []);
    renamed.delete('xvfb');
    assert.deepEqual(
      missingPackages('tests', renamed).map((entry) => entry.names[0]),
      ['xvfb'],
    );
    assert.deepEqual(missingPackages('app', renamed), []);
  });

  test('nothing recommended comes along', () => {
    assert.ok(aptArguments(['xvfb']).includes('--no-install-recommends'));
  });
});
