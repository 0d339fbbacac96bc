import { join } from 'node:path';
import { bundleProgram } from '../../../install/daemon-plists.ts';
import { fail, type MacCheck, pass, skip } from './check.ts';
import { bundleOf, type Mac } from './mac.ts';

/** What Apple's own tools say of the signature. Whether the pieces hold together is asked here; by whom it was made is for a person to see. */

const again = 'Build and sign again in the order of docs/release.md.';
const bundle = (mac: Mac): string => bundleOf(mac) ?? '';

const valid: MacCheck = {
  id: 'codesign',
  group: 'sign',
  title: 'The bundle as a whole',
  how: 'codesign --verify --deep --strict --verbose=2 Castellan.app',
  expected: 'valid on disk, satisfies its Designated Requirement',
  needs: ['bundle'],
  run: async (mac) => {
    const { code, err } = await mac.run('/usr/bin/codesign', [
      '--verify',
      '--deep',
      '--strict',
      '--verbose=2',
      bundle(mac),
    ]);
    return code === 0 ? pass('valid on disk') : fail(err.trim() || `codesign: ${code}`, again);
  },
};

const gatekeeper: MacCheck = {
  id: 'notarization',
  group: 'sign',
  title: 'Notarization',
  how: 'spctl -a -vv -t exec Castellan.app',
  expected: 'accepted, source=Notarized Developer ID',
  needs: ['bundle'],
  run: async (mac) => {
    const { code, out, err } = await mac.run('/usr/sbin/spctl', ['-a', '-vv', '-t', 'exec', bundle(mac)]);
    const said = (out + err).trim();
    return code === 0 && said.includes('source=Notarized Developer ID') ? pass(said) : fail(said, again);
  },
};

/** codesign -d tells on standard error. */
const identifierOf = (said: string): string => /^Identifier=(.*)$/m.exec(said)?.[1] ?? 'none';

const names: MacCheck = {
  id: 'identifiers',
  group: 'sign',
  title: 'Identifiers of app and helper',
  how: 'codesign -dv --verbose=4 of both',
  expected: 'com.sanctum.castellan.app and com.sanctum.castellan.helper, one team, flags with runtime',
  needs: ['bundle'],
  run: async (mac) => {
    const app = (await mac.run('/usr/bin/codesign', ['-dv', '--verbose=4', bundle(mac)])).err;
    const helper = (await mac.run('/usr/bin/codesign', ['-dv', '--verbose=4', join(bundle(mac), bundleProgram)])).err;
    const team = (said: string): string => /^TeamIdentifier=(.*)$/m.exec(said)?.[1] ?? 'not set';
    const hardened = (said: string): boolean => /flags=0x[0-9a-f]+\([^)]*\bruntime\b/.test(said);
    const seen = `${identifierOf(app)} and ${identifierOf(helper)}, team ${team(app)} and ${team(helper)}`;
    const isRight =
      identifierOf(app) === 'com.sanctum.castellan.app' &&
      identifierOf(helper) === 'com.sanctum.castellan.helper' &&
      team(app) === team(helper) &&
      team(app) !== 'not set' &&
      hardened(app) &&
      hardened(helper);
    return isRight ? pass(seen) : fail(`${seen}; hardened: ${hardened(app)} and ${hardened(helper)}`, again);
  },
};

const jit = 'com.apple.security.cs.allow-jit';

const entitlements: MacCheck = {
  id: 'entitlements',
  group: 'sign',
  title: 'Entitlements of the helper',
  how: 'codesign -d --entitlements - --xml castellan-helper',
  expected: `${jit} and nothing else`,
  needs: ['bundle'],
  run: async (mac) => {
    const program = join(bundle(mac), bundleProgram);
    const { out } = await mac.run('/usr/bin/codesign', ['-d', '--entitlements', '-', '--xml', program]);
    const keys = [...out.matchAll(/<key>([^<]*)<\/key>/g)].map(([, key = '']) => key);
    return keys.length === 1 && keys[0] === jit ? pass(jit) : fail(keys.join(', ') || 'none', again);
  },
};

const own: MacCheck = {
  id: 'code-of-this',
  group: 'sign',
  title: 'The code of this program',
  how: 'SecStaticCodeCheckValidity, as the keeper asks it',
  expected: 'valid',
  run: async ({ host, own: { executable } }) => {
    const verdict = await host.checkCode?.(executable);
    if (verdict === undefined) return skip('this host does not ask');
    if (verdict.kind === 'valid') return pass(executable);
    const found = verdict.kind === 'unsigned' ? 'not signed' : `${verdict.kind}: ${verdict.detail}`;
    return fail(found, `Compare with \`codesign --verify --strict -vv ${executable}\`.`);
  },
};

export const signatureChecks: readonly MacCheck[] = [valid, gatekeeper, names, entitlements, own];
