import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { hasPackage, installPackage, packageFolder, type RegistryPackage } from '../../build/fetch/registry-package.ts';
import { findZig, zigPackage } from '../../build/fetch/zig.ts';

const content = 'an archive';
const wanted: RegistryPackage = {
  package: '@example/tool@1.2.3',
  sha512: createHash('sha512').update(content).digest('base64'),
  folder: 'tool-1.2.3',
};

/** A project folder, and an npm that does what `script` says with the destination in $2. */
const place = (t: TestContext, script: string): string => {
  const root = mkdtempSync(path.join(tmpdir(), 'registry-'));
  const before = process.env.PATH;
  t.after(() => {
    process.env.PATH = before;
    rmSync(root, { recursive: true, force: true });
  });
  const bin = path.join(root, 'bin');
  mkdirSync(bin);
  const file = path.join(bin, 'npm');
  writeFileSync(file, `#!/bin/sh\nfor last; do :; done\n${script}\n`);
  chmodSync(file, 0o755);
  process.env.PATH = `${bin}:${before}`;
  return root;
};

const take = (archive: string, folder: string): void => writeFileSync(path.join(folder, 'tool'), readFileSync(archive));

describe('a package that is fetched when it is needed', () => {
  test('is checked, unpacked whole, and nothing else stays', async (t) => {
    const root = place(t, `printf '${content}' > "$last/tool.tgz"`);
    assert.equal(hasPackage(root, wanted), false);
    await installPackage(root, wanted, take);
    assert.equal(hasPackage(root, wanted), true);
    assert.equal(readFileSync(path.join(packageFolder(root, wanted), 'tool'), 'utf8'), content);
    assert.deepEqual(readdirSync(path.join(root, '.cache')), ['tool-1.2.3']);
  });

  test('is not used when it is another file, and leaves nothing behind', async (t) => {
    const root = place(t, `printf 'another' > "$last/tool.tgz"`);
    let unpacked = 0;
    const fetched = installPackage(root, wanted, () => {
      unpacked += 1;
    });
    await assert.rejects(fetched, /SHA-512 differs.*not used/);
    assert.equal(unpacked, 0);
    assert.deepEqual(readdirSync(path.join(root, '.cache')), []);
  });

  test('says in a sentence why it could not be had', async (t) => {
    const root = place(t, `echo 'npm error code ENOTFOUND' >&2; echo 'npm error network' >&2; exit 1`);
    await assert.rejects(installPackage(root, wanted, take), /could not fetch @example\/tool@1\.2\.3 \(ENOTFOUND\)/);
    assert.deepEqual(readdirSync(path.join(root, '.cache')), []);
  });

  test('takes away what one that was killed left long ago, and nothing of one at work', async (t) => {
    const root = place(t, `printf '${content}' > "$last/tool.tgz"`);
    const [old, young] = ['tool-1.2.3.partial-old', 'tool-1.2.3.partial-young'].map((name) =>
      path.join(root, '.cache', name),
    );
    for (const folder of [old, young]) mkdirSync(folder ?? '', { recursive: true });
    utimesSync(old ?? '', 1, 1);
    await installPackage(root, wanted, take);
    assert.deepEqual(readdirSync(path.join(root, '.cache')).sort(), ['tool-1.2.3', 'tool-1.2.3.partial-young']);
  });

  test('that another process was quicker to fetch is left as it is', async (t) => {
    const root = place(t, `printf '${content}' > "$last/tool.tgz"`);
    await installPackage(root, wanted, async (archive, folder) => {
      take(archive, folder);
      await installPackage(root, wanted, (_archive, other) => writeFileSync(path.join(other, 'tool'), 'first'));
    });
    assert.equal(readFileSync(path.join(packageFolder(root, wanted), 'tool'), 'utf8'), 'first');
  });
});

describe('the C compiler of the tests', () => {
  test('is pinned to one version and one SHA-512, and missing where it has not been fetched', (t) => {
    assert.match(zigPackage.package, /@\d+\.\d+\.\d+$/);
    assert.ok(zigPackage.package.endsWith(zigPackage.version));
    assert.equal(Buffer.from(zigPackage.sha512, 'base64').length, 64);
    const zig = findZig(place(t, 'exit 1'));
    assert.ok(zig.kind === 'missing' && zig.reason !== '');
  });
});
