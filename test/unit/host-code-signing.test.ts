import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { helperIdentifier } from '../../build/mac/layout.ts';
import {
  codeIdentifiers,
  judgeSigning,
  openingEntitlements,
  requirementsFor,
  type SigningFacts,
  securityErrorText,
} from '../../helper/host/darwin/code-signing.ts';
import { appIdentifier } from '../../helper/install/daemon-plists.ts';

const stamp = { teamId: 'ABCDE12345', build: 7 };

describe('the code requirement', () => {
  test('names team, certificate, both identifiers and the oldest build, and nothing else', () => {
    assert.equal(
      requirementsFor(stamp, 12).ours,
      'anchor apple generic and certificate 1[field.1.2.840.113635.100.6.2.6] exists' +
        ' and certificate leaf[field.1.2.840.113635.100.6.1.13] exists' +
        ' and certificate leaf[subject.OU] = "ABCDE12345"' +
        ' and (identifier "com.sanctum.castellan.helper"' +
        ' or identifier "com.sanctum.castellan.app" and info[CFBundleVersion] >= "12")',
    );
  });

  test('is made of nothing but a team: a stamp with quotation marks in it is a fault', () => {
    for (const teamId of ['', 'abcde12345', 'ABCDE1234', 'ABCDE12345"', 'A" or anchor apple'])
      assert.throws(() => requirementsFor({ teamId, build: 1 }), /no team identifier/);
  });

  test('asks for the identifiers with which the bundle is signed', () => {
    assert.deepEqual(codeIdentifiers, { app: appIdentifier, helper: helperIdentifier });
  });
});

describe('what macOS says of running code', () => {
  const good: SigningFacts = {
    identifier: 'com.sanctum.castellan.app',
    status: 0x2201_0301,
    flags: 0x1_0000,
    openedBy: [],
  };

  test('is accepted of the app and of the role executable, each as what it is', () => {
    assert.deepEqual(judgeSigning(good), { ok: true, role: 'app' });
    assert.deepEqual(judgeSigning({ ...good, identifier: 'com.sanctum.castellan.helper' }), {
      ok: true,
      role: 'helper',
    });
  });

  test('is refused as soon as one thing is missing, wrong or not known', () => {
    const bad: readonly Partial<SigningFacts>[] = [
      { identifier: null },
      { identifier: 'com.sanctum.castellan' },
      { identifier: 'com.sanctum.castellan.APP' },
      { status: null },
      { flags: null },
      { status: 0x2201_0300 },
      { status: 0x2201_0101 },
      { status: 0x2201_0201 },
      { status: 0x3201_0301 },
      { flags: 0 },
      { flags: 0x1_0002 },
      { openedBy: null },
      ...openingEntitlements.map((entitlement) => ({ openedBy: [entitlement] })),
    ];
    for (const change of bad) assert.equal(judgeSigning({ ...good, ...change }).ok, false, JSON.stringify(change));
  });

  test('is put into words, with the number that codesign prints', () => {
    assert.equal(securityErrorText(-67062), 'it is not signed (-67062)');
    assert.equal(securityErrorText(-67050), 'it is not signed as Castellan (-67050)');
    assert.equal(securityErrorText(-25300), 'error -25300');
  });
});
