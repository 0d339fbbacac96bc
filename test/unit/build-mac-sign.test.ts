import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { parse } from 'plist';
import { listBundle } from '../../build/mac/inspect/bundle-files.ts';
import { packageCodes, packageMac } from '../../build/mac/package.ts';
import { signMac } from '../../build/mac/release/sign.ts';
import { signApp, verifyApp } from '../../build/mac/release/sign-plan.ts';
import { openingEntitlements, requirementsFor } from '../../helper/host/darwin/code-signing.ts';
import { fabricateElectron } from '../fakes/electron-app.ts';
import { stubMachO } from '../fakes/mach-o.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly version: string };
const env = {
  CASTELLAN_TEAM_ID: 'ABCDE12345',
  CASTELLAN_BUILD_NUMBER: '7',
  CASTELLAN_SIGN_IDENTITY: 'Developer ID Application: Jane Doe (ABCDE12345)',
  CASTELLAN_INSTALLER_IDENTITY: 'Developer ID Installer: Jane Doe (ABCDE12345)',
  APPLE_API_KEY: '/keys/AuthKey_K.p8',
  APPLE_API_KEY_ID: 'K123',
  APPLE_API_ISSUER: 'issuer',
};

/** As packing leaves it, so far as signing looks at it. */
const bundleIn = (folder: string): string => {
  fabricateElectron(folder, '45.4.1');
  const app = path.join(folder, 'Electron.app');
  for (const name of ['castellan-helper', 'koffi.node']) {
    writeFileSync(path.join(app, 'Contents/MacOS', name), stubMachO(), { mode: 0o755 });
  }
  return app;
};

const folderFor = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sign-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
}

const run = (argv: readonly string[], more: Partial<Parameters<typeof signMac>[0]> = {}): Ran => {
  const lines: string[] = [];
  const code = signMac({ argv, env: {}, platform: 'linux', say: (line) => lines.push(...line.split('\n')), ...more });
  return { code, lines };
};

describe('signing for macOS', () => {
  test('goes from the inside out: nothing is signed after what it lies in', (t) => {
    const app = bundleIn(folderFor(t));
    const files = listBundle(app);
    const signing = { identity: 'Developer ID Application: X (ABCDE12345)', keychain: null, entitlements: '/e' };
    const signed = signApp(app, files, signing).map(({ argv }) => argv.at(-1) ?? '');
    for (const [index, outer] of signed.entries()) {
      const late = signed.slice(index + 1).filter((inner) => inner.startsWith(`${outer}/`));
      assert.deepEqual(late, [], `${late} would break the signature of ${outer}`);
    }
    assert.equal(signed.at(-1), app);
    assert.equal(new Set(signed).size, signed.length, 'nothing is signed twice');
    const code = files.filter(({ isMachO }) => isMachO).map((file) => path.join(app, file.path));
    // A bundle's own program is signed with the bundle.
    const covered = (file: string): boolean =>
      signed.some(
        (each) =>
          each === file || (/\.(app|framework)$/.test(each) && path.basename(each).startsWith(path.basename(file))),
      );
    assert.deepEqual(
      code.filter((file) => !covered(file)),
      [],
      'every program is signed',
    );
  });

  test('gives koffi and the role executable identifiers in words, and allow-jit to what compiles', (t) => {
    const app = bundleIn(folderFor(t));
    const signing = {
      identity: 'Developer ID Application: X (ABCDE12345)',
      keychain: '/k.keychain',
      entitlements: '/e',
    };
    const commands = signApp(app, listBundle(app), signing).map(({ argv }) => argv.join(' '));
    const hardened = commands.filter((each) => each.includes('--timestamp --options runtime'));
    assert.equal(hardened.length, commands.length);
    assert.ok(commands.every((each) => each.includes('--keychain /k.keychain')));
    assert.match(commands[0] ?? '', /--identifier com\.sanctum\.castellan\.koffi .*koffi\.node$/);
    assert.match(commands[1] ?? '', /--identifier com\.sanctum\.castellan\.helper --entitlements \/e\/helper\.plist /);
    assert.match(commands.at(-1) ?? '', /--identifier com\.sanctum\.castellan\.app --entitlements \/e\/app\.plist /);
    for (const each of commands.slice(2, -1)) {
      assert.equal(each.includes('/e/inherit.plist'), /Helper[^/]*\.app$/.test(each), each);
      assert.ok(!each.includes('--identifier'), 'what has an Info.plist is called as that says');
    }
    assert.ok(
      commands.every((each) => !each.includes('--deep')),
      'no signature of what lies inside is written over',
    );
  });

  test('asks afterwards what the keeper will ask, and runs what it signed', () => {
    const asked = verifyApp('/A.app', 'ABCDE12345', 7);
    const text = asked.map(({ argv }) => argv.join(' '));
    assert.match(text[0] ?? '', /codesign --verify --deep --strict .*\/A\.app$/);
    for (const identifier of ['app', 'helper', 'koffi']) {
      const ofTeam = text.filter((each) => each.includes('certificate leaf[subject.OU] = "ABCDE12345"'));
      const named = ofTeam.filter((each) => each.includes(` and identifier "com.sanctum.castellan.${identifier}"`));
      assert.equal(named.length, 1, identifier);
      // Word for word what a connection is asked, and not only the team.
      const [start = ''] = requirementsFor({ teamId: 'ABCDE12345', build: 7 }).ours.split(' and (identifier');
      assert.ok(start.includes('field.1.2.840.113635') && named[0]?.includes(`-R=${start} and identifier`), identifier);
    }
    const readBack = asked.filter(({ argv }) => argv.includes('--entitlements'));
    assert.deepEqual(
      readBack.map(({ argv }) => argv.at(-1)),
      ['/A.app', '/A.app/Contents/MacOS/castellan-helper'],
    );
    for (const { mustNotSay } of readBack) assert.deepEqual(mustNotSay, openingEntitlements);
    assert.deepEqual(asked.at(-2)?.argv, ['/A.app/Contents/MacOS/castellan-helper', 'version']);
    assert.deepEqual(asked.at(-1)?.mustSay, ['ok native', 'build 7 of team ABCDE12345']);
    assert.ok(verifyApp('/A.app', null, null).every(({ argv }) => !argv.some((each) => each.includes('anchor'))));
  });

  test('with a signature for this Mac only uses no server, no hardened runtime and no team', (t) => {
    const app = bundleIn(folderFor(t));
    const { code, lines } = run(['--dry-run', '--ad-hoc', '--app', app]);
    assert.equal(code, 0);
    const signs = lines.filter((line) => line.includes('codesign --force'));
    assert.ok(signs.length > 5 && signs.every((line) => line.includes('--sign - --timestamp=none ')));
    assert.ok(!lines.some((line) => /notarytool|productsign|runtime|anchor/.test(line)));
  });
});

describe('the dry run', () => {
  let printed: readonly string[] = [];
  before(() => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sign-'));
    try {
      const app = bundleIn(folder);
      const { code, lines } = run(['--dry-run', '--app', app, '--output', '/out'], { env });
      assert.equal(code, 0);
      const places = [
        [app, 'APP'],
        [root, 'ROOT'],
        [process.execPath, 'NODE'],
        [`Castellan-${version}-`, 'Castellan-VERSION-'],
      ] as const;
      // A place with a space in it is quoted, and the names that stand for places here have none.
      const unquoted = (text: string): string => text.replace(/'((?:APP|ROOT|NODE)[^' ]*)'/g, '$1');
      printed = lines.map((line) =>
        unquoted(places.reduce((text, [place, name]) => text.replaceAll(place, name), line)),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('prints every command of a release in its order', (t) => {
    t.assert.fileSnapshot(printed.join('\n'), path.join(root, 'test/fixtures/sign-mac-dry-run.txt'), {
      serializers: [(value) => `${String(value)}\n`],
    });
  });

  test('needs nothing in the environment: names of variables stand for what they will hold', (t) => {
    const app = bundleIn(folderFor(t));
    const { code, lines } = run(['--dry-run', '--app', app, '--output', '/out']);
    assert.equal(code, 0);
    for (const name of [
      'CASTELLAN_SIGN_IDENTITY',
      'CASTELLAN_INSTALLER_IDENTITY',
      'APPLE_API_KEY',
      'CASTELLAN_TEAM_ID',
    ])
      assert.ok(
        lines.some((line) => line.includes(`$${name}`)),
        name,
      );
  });
});

describe('sign:mac refuses with a code', () => {
  const codeOf = (argv: readonly string[], more: Partial<Parameters<typeof signMac>[0]> = {}): string => {
    const { code, lines } = run(argv, more);
    return `${code} ${lines[0]?.split(':').slice(0, 2).join(':')}`;
  };
  const onMac = { platform: 'darwin' as const };

  test('what it cannot do here, and what it was not told', (t) => {
    const app = bundleIn(folderFor(t));
    assert.equal(codeOf([], { env }), '69 sign:mac not_a_mac');
    assert.equal(codeOf(['--no-such']), '64 sign:mac usage');
    assert.equal(codeOf(['--app', app], onMac), '78 sign:mac no_stamp');
    const { CASTELLAN_SIGN_IDENTITY: _, ...nameless } = env;
    assert.equal(codeOf(['--app', app], { ...onMac, env: nameless }), '78 sign:mac no_identity');
    const { APPLE_API_ISSUER: __, ...keyless } = env;
    assert.equal(codeOf(['--app', app], { ...onMac, env: keyless }), '78 sign:mac no_credentials');
    const foreign = { ...env, CASTELLAN_SIGN_IDENTITY: 'Developer ID Application: Eve (ZZZZZ99999)' };
    assert.equal(codeOf(['--app', app], { ...onMac, env: foreign }), '78 sign:mac wrong_team');
    const kind = { ...env, CASTELLAN_INSTALLER_IDENTITY: env.CASTELLAN_SIGN_IDENTITY };
    assert.equal(codeOf(['--dry-run', '--app', app], { env: kind }), '78 sign:mac wrong_team', 'a dry run, too');
    const adHoc = codeOf(['--ad-hoc', '--dry-run', '--app', app], { env });
    assert.equal(adHoc, '78 sign:mac release_stamp', 'labels of a release are spoilt by another signature');
    assert.equal(codeOf(['--app', '/none.app'], { ...onMac, env }), '66 sign:mac no_bundle');
    assert.equal(codeOf(['--app', app], { ...onMac, env }), '65 sign:mac wrong_bundle', 'Electron as it came');
  });

  test('and says in its help where each variable comes from', () => {
    const { code, lines } = run(['--help']);
    assert.equal(code, 0);
    const release = readFileSync(path.join(root, 'docs/release.md'), 'utf8');
    for (const name of Object.keys(env)) {
      assert.ok(
        lines.some((line) => line.includes(name)),
        name,
      );
      assert.ok(release.includes(name), `docs/release.md explains ${name}`);
    }
  });
});

describe('npm run package', () => {
  test('refuses what it cannot do with a code of its own, before it builds anything', async () => {
    const codeOf = async (
      argv: readonly string[],
      more: NodeJS.ProcessEnv = {},
    ): Promise<readonly [number, string]> => {
      const said: string[] = [];
      const code = await packageMac({ argv, env: more, say: (line) => said.push(line) });
      return [code, said[0] ?? ''];
    };
    assert.equal((await codeOf(['--nonsense']))[0], packageCodes.usage);
    assert.match((await codeOf(['--electron-dist', '/none']))[1], /\/none holds no Electron\.app/);
    const half = await codeOf([], { CASTELLAN_TEAM_ID: 'ABCDE12345' });
    assert.equal(half[0], packageCodes.environment);
    assert.match(half[1], /CASTELLAN_BUILD_NUMBER/);
    const help = await codeOf(['--help']);
    assert.equal(help[0], packageCodes.done);
    assert.match(help[1], /^Usage: npm run package/);
  });
});

test('entitlements are allow-jit alone, without a comment, which macOS takes for a fault', () => {
  const folder = path.join(root, 'build/mac/entitlements');
  assert.deepEqual(readdirSync(folder).sort(), ['app.plist', 'helper.plist', 'inherit.plist']);
  for (const name of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, name), 'utf8');
    assert.deepEqual(parse(text), { 'com.apple.security.cs.allow-jit': true }, name);
    assert.doesNotMatch(text, /<!--/);
  }
});

test('the programs that are named in scripts of the package have absolute paths', () => {
  const folder = path.join(root, 'build/mac/resources/pkg-scripts');
  assert.deepEqual(readdirSync(folder), ['postinstall']);
  const text = readFileSync(path.join(folder, 'postinstall'), 'utf8');
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  for (const word of ['find', 'head', 'ln', 'mkdir', 'printf'])
    for (const line of lines) assert.doesNotMatch(line, new RegExp(`(?<![/\\w-])${word}(?= )`), word);
});
