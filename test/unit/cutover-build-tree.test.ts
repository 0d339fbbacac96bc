import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { whyInBuildTree } from '../../helper/install/build-tree.ts';

let root = '';
before(() => {
  root = mkdtempSync(join(tmpdir(), 'castellan-tree-'));
});
after(() => rmSync(root, { recursive: true, force: true }));

const folder = (...parts: string[]): string => {
  const path = join(root, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
};

describe('a program that a build may take away', () => {
  test('lies below a folder that build tools empty, whatever its case', () => {
    for (const name of ['target', 'build', 'dist', 'node_modules', 'Build'])
      assert.equal(
        whyInBuildTree(join(root, name, 'release/valve')),
        `${join(root, name)} is a folder that builds empty`,
      );
    assert.equal(whyInBuildTree(join(root, 'bin/target')), null);
    assert.equal(whyInBuildTree(join(root, 'targets/valve')), null);
  });

  test('lies in a clone, and in a linked work tree, whose .git is a file', () => {
    const clone = folder('clone');
    folder('clone', '.git');
    folder('clone', 'out');
    assert.equal(whyInBuildTree(join(clone, 'out/valve')), `${clone} is a git work tree`);
    const linked = folder('linked');
    writeFileSync(join(linked, '.git'), 'gitdir: /elsewhere\n');
    assert.equal(whyInBuildTree(join(linked, 'valve')), `${linked} is a git work tree`);
  });

  test('is found behind a link, too', () => {
    const built = folder('target', 'release');
    writeFileSync(join(built, 'valve'), '');
    symlinkSync(join(built, 'valve'), join(folder('bin'), 'valve'));
    assert.match(whyInBuildTree(join(root, 'bin/valve')) ?? '', /target is a folder that builds empty$/);
  });

  test('is not one in a folder of its own', () => {
    assert.equal(whyInBuildTree('/usr/local/libexec/castellan/castellan-helper'), null);
    assert.equal(whyInBuildTree('/Applications/Castellan.app/Contents/MacOS/castellan-helper'), null);
  });
});
