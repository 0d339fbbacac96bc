import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { build, parse } from 'plist';
import { nodeOptions } from '../../build/executable/executable.ts';
import { listBundle } from '../../build/mac/inspect/bundle-files.ts';
import { readFuses, wantedFuses } from '../../build/mac/inspect/fuses.ts';
import { inspectBundle } from '../../build/mac/inspect/inspect.ts';
import { findSection } from '../../build/mac/inspect/macho.ts';
import { readPlist } from '../../build/mac/inspect/plist-file.ts';
import { readSingleExecutable } from '../../build/mac/inspect/single-executable.ts';
import * as layout from '../../build/mac/layout.ts';
import { signMac } from '../../build/mac/release/sign.ts';
import { asar, readAsar } from '../../build/outputs/asar.ts';
import { stubMachO } from '../fakes/mach-o.ts';
import { releaseEnvironment as env, type PackedApp, packApp, stamp, version } from '../fakes/packed-app.ts';

/** One bundle for all of these tests. */

const root = path.resolve(import.meta.dirname, '../..');
let packed: PackedApp | null = null;
let app = '';
before(async () => {
  packed = await packApp();
  app = packed.app;
});
after(() => packed?.dispose());
const read = (file: string): Buffer => readFileSync(path.join(app, file));

/** Without what comes from the npm registry there is nothing to look at. */
const withBundle = (name: string, body: (t: TestContext) => Promise<void> | void): void => {
  test(name, (t) => (packed?.unavailable ? t.skip(packed.unavailable) : body(t)));
};

describe('Castellan.app', () => {
  withBundle('is as it must be, and everything is at the place that the layout names', () => {
    assert.deepEqual(inspectBundle(app, { version, stamp }), []);
    for (const file of [layout.helperExecutable, layout.koffiModule, layout.archive, ...layout.electronHelpers])
      assert.ok(existsSync(path.join(app, file)), file);
    assert.deepEqual(readdirSync(path.dirname(app)), ['Castellan.app'], 'a package takes all that lies beside it');
  });

  withBundle('holds an executable for Apple silicon with our script in it, not signed yet', () => {
    const single = readSingleExecutable(read(layout.helperExecutable));
    assert.ok(single.ok);
    const { file, isOn, blobBytes } = single.found;
    assert.deepEqual(
      [file.architecture, file.kind, file.isMacOs, file.hasSignature, isOn],
      ['arm64', 'executable', true, process.platform === 'darwin', true],
    );
    assert.equal(file.minimumSystem, layout.minimumSystemVersion);
    const blob = findSection(file, 'NODE_SEA', '__NODE_SEA_BLOB');
    assert.ok(blob !== null && blob.bytes === blobBytes);
    const script = readFileSync(path.join(root, 'dist/mac/helper/executable/castellan-keeper.cjs'));
    const inBlob = read(layout.helperExecutable).subarray(blob.offset, blob.offset + blob.bytes);
    assert.ok(inBlob.includes(script), 'the keeper is in the section, whole');
    assert.ok(inBlob.includes('--max-semi-space-size=1') && inBlob.includes(stamp.teamId));
    assert.ok(!inBlob.includes(root), 'no path of the machine it was built on');
    const last = file.segments.at(-1);
    assert.equal(last?.name, '__LINKEDIT', 'codesign appends to the last segment');
  });

  withBundle('was built with every option that keeps others out of a process of root', () => {
    const settings = JSON.parse(readFileSync(path.join(root, 'dist/mac/helper/executable/sea.json'), 'utf8'));
    assert.equal(settings.execArgvExtension, 'none');
    assert.deepEqual(settings.execArgv, nodeOptions);
    assert.equal(settings.useSnapshot, false);
    assert.ok(!Object.keys(settings.assets).some((name) => name.endsWith('.cache')) || process.platform === 'darwin');
    assert.deepEqual(readFuses(read(layout.electronLibrary)), {
      ok: true,
      fuses: { ...wantedFuses, cookieEncryption: 'off', loadBrowserProcessSpecificV8Snapshot: 'off' },
    });
  });

  withBundle('has property lists that a strict reader takes, and one app identifier that nothing else shares', () => {
    const lists = listBundle(app).flatMap((file) => (file.path.endsWith('.plist') ? [file.path] : []));
    assert.ok(lists.length >= 12, lists.join());
    const identifiers = lists.flatMap((file) => {
      const { CFBundleIdentifier } = readPlist(path.join(app, file));
      return CFBundleIdentifier === undefined ? [] : [String(CFBundleIdentifier)];
    });
    assert.equal(identifiers.filter((each) => each === layout.appIdentifier).length, 1);
    assert.equal(new Set(identifiers).size, identifiers.length, identifiers.join());
    // What codesign would call a program without an Info.plist, were it not told.
    const derived = path.basename(layout.helperExecutable).replace(/\.[^.]*$/, '');
    assert.equal(derived, path.basename(layout.helperExecutable), 'no dot to cut at');
    for (const each of [layout.helperIdentifier, layout.koffiIdentifier, derived])
      assert.ok(!identifiers.includes(each) && each !== layout.appIdentifier, each);
  });

  withBundle('has three daemons whose property lists are the same in every version', () => {
    const hashes = layout.daemonPlistPaths(false).map((file) => {
      assert.equal(parse(read(file).toString())?.constructor, Object);
      return [path.basename(file), createHash('sha256').update(read(file)).digest('hex')];
    });
    // A change here asks every operator for approval anew, or leaves a daemon that never starts again. Before the first
    // release it may be made; after it, what varies belongs into castellan.toml.
    assert.deepEqual(Object.fromEntries(hashes), frozen);
  });

  withBundle('lets electron-builder take nothing but what is meant: the archive has seven files', () => {
    const { files } = readAsar(read(layout.archive));
    assert.deepEqual([...files.keys()].sort(), [...layout.archiveFiles].sort());
    const manifest = JSON.parse(files.get('package.json')?.toString() ?? '');
    assert.deepEqual(Object.keys(manifest).sort(), [
      'description',
      'license',
      'main',
      'name',
      'productName',
      'version',
    ]);
    assert.ok(!existsSync(path.join(app, 'Contents/Resources/app.asar.unpacked')));
  });

  withBundle('is not begun to be signed where there is no codesign, and says which command failed', (t) => {
    if (existsSync('/usr/bin/codesign')) return t.skip('there is codesign here');
    const said: string[] = [];
    const argv = ['--app', app, '--app-only'];
    const identity = { CASTELLAN_SIGN_IDENTITY: `Developer ID Application: T (${stamp.teamId})` };
    const code = signMac({
      argv,
      env: { ...env, ...identity },
      platform: 'darwin',
      say: (line) => said.push(line),
    });
    assert.equal(code, 1);
    assert.match(said.at(-1) ?? '', /^sign:mac command_failed: sign the native half of koffi: .*ENOENT/);
  });

  withBundle('is not made a package of together with what lies beside it', (t) => {
    const stray = path.join(path.dirname(app), 'Other.app');
    mkdirSync(stray);
    t.after(() => rmSync(stray, { recursive: true }));
    const said: string[] = [];
    const named = {
      CASTELLAN_SIGN_IDENTITY: `Developer ID Application: T (${stamp.teamId})`,
      CASTELLAN_INSTALLER_IDENTITY: `Developer ID Installer: T (${stamp.teamId})`,
      CASTELLAN_NOTARY_PROFILE: 'none',
    };
    const say = (line: string): void => void said.push(line);
    assert.equal(signMac({ argv: ['--app', app], env: { ...env, ...named }, platform: 'darwin', say }), 65);
    assert.match(said.at(-1) ?? '', /^sign:mac wrong_bundle: Other\.app lies beside the app/);
  });
});

const frozen: Readonly<Record<string, string>> = {
  'com.sanctum.castellan.plist': '30accab3149f809d30720679377ce8d4684b3b4c6fd2f7f7fdcc094490d71b27',
  'com.sanctum.castellan.deadman.plist': 'aa1956015105302fdb3b4abe22a09fdc6a513ec7be7973accc6633d252025290',
  'com.sanctum.castellan.gateway.plist': '310cf168b6e84410f50766116862e72665a0150b592c678db68fc3e0d8ca6daf',
};

describe('a bundle that is not as it must be is found out', () => {
  /** A copy in which every file is the same file; `change` replaces, never writes into. */
  const findings = (t: TestContext, change: (inApp: (file: string) => string) => void): readonly string[] => {
    const folder = mkdtempSync(path.join(path.dirname(app), '..', 'wrong-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const copy = path.join(folder, 'Castellan.app');
    cpSync(app, copy, {
      recursive: true,
      verbatimSymlinks: true,
      mode: 0,
      filter: (from) => !from.endsWith('castellan-helper'),
    });
    linkSync(path.join(app, layout.helperExecutable), path.join(copy, layout.helperExecutable));
    change((file) => path.join(copy, file));
    return inspectBundle(copy, { version, stamp });
  };
  const replace = (file: string, body: string | Buffer): void => {
    rmSync(file, { force: true });
    writeFileSync(file, body, { mode: 0o644 });
  };

  withBundle('when a file is missing, too much, or not root-proof', (t) => {
    const wrong = findings(t, (inApp) => {
      replace(inApp('Contents/Resources/notes.txt'), 'x');
      replace(inApp('Contents/MacOS/helper.sh'), 'x');
      mkdirSync(inApp('Contents/PlugIns'));
      symlinkSync('/tmp/elsewhere', inApp('Contents/Frameworks/stray'));
      replace(inApp('Contents/Frameworks/castellan helper.app'), 'x');
      chmodSync(inApp(layout.koffiModule), 0o666);
      chmodSync(inApp(layout.electronExecutable), 0o644);
      replace(inApp('Contents/Frameworks/Mantle.framework/Mantle'), stubMachO({ kind: 'library' }));
    });
    for (const [about, words] of [
      ['Contents/Resources/notes.txt', 'does not belong'],
      ['Contents/MacOS/helper.sh', 'does not belong'],
      ['Contents/PlugIns', 'does not belong'],
      ['Contents/Frameworks/stray', 'leads to'],
      ['castellan helper.app', 'one file on a Mac'],
      [layout.koffiModule, 'has mode 666'],
      [layout.electronExecutable, 'may not be run'],
      ['Mantle.framework/Mantle', 'is not a link'],
    ] as const)
      assert.ok(
        wrong.some((each) => each.includes(about) && each.includes(words)),
        `${about}: ${wrong.join('\n')}`,
      );
    assert.equal(wrong.length, 8, wrong.join('\n'));
    const missing = findings(t, (inApp) => rmSync(inApp(layout.koffiModule)));
    assert.deepEqual(missing, [`${layout.koffiModule} is missing`]);
  });

  withBundle('when a property list, the archive or a fuse was changed', (t) => {
    const wrong = findings(t, (inApp) => {
      const info = readPlist(inApp(layout.infoPlist));
      const asked = { ...info, LSUIElement: false, NSCameraUsageDescription: 'x', CFBundleVersion: '6' };
      replace(inApp(layout.infoPlist), build(asked));
      const [keeper = ''] = layout.daemonPlistPaths(false);
      replace(inApp(keeper), readFileSync(inApp(keeper), 'utf8').replace('<true/>', '<false/>'));
      replace(
        inApp(layout.archive),
        asar({ 'package.json': `{"version":"${version}"}`, 'x.js': 'app.commandLine("no-sandbox")' }),
      );
      const library = readFileSync(inApp(layout.electronLibrary));
      library.write('1', library.indexOf('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX') + 34, 'latin1');
      replace(inApp(layout.electronLibrary), library);
    });
    for (const words of [
      'LSUIElement false',
      'NSCameraUsageDescription',
      'CFBundleVersion "6"',
      'com.sanctum.castellan.plist is not the list of the keeper',
      'another hash than that of app.asar',
      'dist/app/main.cjs is missing',
      'x.js does not belong there',
      'x.js has "no-sandbox" in it',
      'the fuse runAsNode is on',
    ])
      assert.ok(
        wrong.some((each) => each.includes(words)),
        `${words}: ${wrong.join('\n')}`,
      );
  });

  withBundle('when the executable is another, or code lies where its signature counts for nothing', (t) => {
    const wrong = findings(t, (inApp) => {
      const node = readFileSync(inApp(layout.electronExecutable));
      replace(inApp(layout.helperExecutable), node);
      chmodSync(inApp(layout.helperExecutable), 0o755);
      replace(inApp('Contents/Resources/en.lproj/tool'), node);
      renameSync(inApp(layout.koffiModule), inApp('Contents/MacOS/x'));
      replace(inApp(layout.koffiModule), node);
      rmSync(inApp('Contents/MacOS/x'));
    });
    for (const words of ['it is no Node that could hold a script', 'en.lproj/tool is a program outside'])
      assert.ok(
        wrong.some((each) => each.includes(words)),
        `${words}: ${wrong.join('\n')}`,
      );
    const unreadable = findings(t, (inApp) => {
      replace(inApp(layout.archive), 'no archive');
      replace(inApp(layout.infoPlist), '<plist><dict></plist>');
    });
    assert.ok(unreadable.filter((each) => each.startsWith('something in the bundle cannot be read: ')).length >= 2);
    const linked = findings(t, (inApp) => {
      const libraries = ['/usr/lib/libSystem.B.dylib', '/usr/lib/../local/lib/a.dylib', '@rpath/libffi.8.dylib'];
      replace(inApp(layout.koffiModule), stubMachO({ kind: 'library', libraries }));
    });
    assert.deepEqual(
      linked,
      ['/usr/lib/../local/lib/a.dylib', '@rpath/libffi.8.dylib'].map(
        (each) => `${layout.koffiModule} would load ${each}`,
      ),
    );
    const development = inspectBundle(app, { version, stamp: null });
    assert.ok(development.some((each) => each.includes('com.sanctum.castellan.dev.plist is missing')));
    const other = inspectBundle(app, { version, stamp: { ...stamp, teamId: 'OTHERTEAM0' } });
    assert.deepEqual(other, ['the app does not know its team', 'the executable does not know its team']);
  });
});

describe('npm run package', () => {
  withBundle('says each step', () => {
    const lines = packed?.lines ?? [];
    for (const step of ['[1/4] build', '[2/4] electron-builder', '[3/4] pack', '[4/4] check'])
      assert.ok(lines.includes(step), step);
    assert.match(lines.at(-1) ?? '', /^made .*Castellan\.app in \d+\.\d s, not signed$/);
  });
});
