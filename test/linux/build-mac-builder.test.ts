import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import * as layout from '../../build/mac/layout.ts';
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

describe('electron-builder.yml', () => {
  /** From among electron-builder's own packages: what it reads its file with, and what it checks it against. */
  const tools = (tooling: Extract<Tooling, { kind: 'found' }>) => {
    const load = createRequire(tooling.command);
    const { load: parseYaml } = load('js-yaml') as { readonly load: (text: string) => Record<string, unknown> };
    const Ajv = createRequire(path.join(tooling.folder, 'package.json'))('ajv').default;
    const ajv = new Ajv({ strict: false, validateSchema: false });
    // Theirs, for functions, which a file cannot hold.
    ajv.addKeyword('typeof');
    const scheme = path.join(tooling.folder, 'node_modules/app-builder-lib/scheme.json');
    const validate = ajv.compile(JSON.parse(readFileSync(scheme, 'utf8'))) as ((value: unknown) => boolean) & {
      readonly errors?: readonly unknown[] | null;
    };
    return { config: parseYaml(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')), validate };
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
