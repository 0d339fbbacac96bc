import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BuildStamp } from '../../../helper/protocol/build-stamp.ts';
import { buildVariable, stampFrom, teamVariable } from '../../outputs/build-stamp.ts';
import type { Credentials } from './release-plan.ts';

/** What `npm run sign:mac` is told: by arguments what to do, by the environment in whose name. */

export type SignFault =
  | 'usage'
  | 'not_a_mac'
  | 'no_bundle'
  | 'no_stamp'
  | 'release_stamp'
  | 'no_identity'
  | 'no_credentials'
  | 'wrong_team'
  | 'wrong_bundle'
  | 'no_builder'
  | 'command_failed';

/** 64 and 69 are EX_USAGE and EX_UNAVAILABLE, 78 is EX_CONFIG (sysexits.h). */
export const faultCodes: Readonly<Record<SignFault, number>> = {
  usage: 64,
  not_a_mac: 69,
  no_bundle: 66,
  no_stamp: 78,
  release_stamp: 78,
  no_identity: 78,
  no_credentials: 78,
  wrong_team: 78,
  wrong_bundle: 65,
  no_builder: 69,
  command_failed: 1,
};

export interface Fault {
  readonly ok: false;
  readonly fault: SignFault;
  readonly detail: string;
}

export const fault = (kind: SignFault, detail: string): Fault => ({ ok: false, fault: kind, detail });

export interface SignArguments {
  readonly app: string;
  readonly output: string;
  readonly isDryRun: boolean;
  readonly isAdHoc: boolean;
  /** Only the bundle: no ticket, no package. */
  readonly isAppOnly: boolean;
  readonly isHelp: boolean;
}

export const signUsage = `Usage: npm run sign:mac -- [OPTIONS]

Signs Castellan.app from the inside out, verifies it and runs what it signed; then has Apple notarize it, makes the
package and the archive, signs and notarizes the package.

  --dry-run       prints every command in order and carries out none; needs no Mac
  --app FOLDER    the bundle (dist/mac/out/mac-arm64/Castellan.app)
  --output FOLDER where package and archive go (dist/mac/release)
  --app-only      ends when the bundle is signed and verified
  --ad-hoc        a signature that holds on this Mac only, for who has no Developer ID; implies --app-only

From the environment: ${teamVariable} and ${buildVariable}, the same as for \`npm run package\`;
CASTELLAN_SIGN_IDENTITY ("Developer ID Application: …"), CASTELLAN_INSTALLER_IDENTITY ("Developer ID Installer: …"),
CASTELLAN_KEYCHAIN where it is not the usual one; for notarization APPLE_API_KEY (a file), APPLE_API_KEY_ID and
APPLE_API_ISSUER, or CASTELLAN_NOTARY_PROFILE. docs/release.md says where each comes from.

Exit codes: 0 done, 1 a command failed, 64 wrong usage, 65 the bundle is not as it must be, 66 there is no bundle,
69 not a Mac, or electron-builder cannot be had, 78 something is missing in the environment.`;

export function parseSignArguments(
  argv: readonly string[],
  root: string,
): { readonly ok: true; readonly args: SignArguments } | Fault {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        app: { type: 'string' },
        output: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        'ad-hoc': { type: 'boolean', default: false },
        'app-only': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const args = {
      app: path.resolve(root, values.app ?? 'dist/mac/out/mac-arm64/Castellan.app'),
      output: path.resolve(root, values.output ?? 'dist/mac/release'),
      isDryRun: values['dry-run'],
      isAdHoc: values['ad-hoc'],
      isAppOnly: values['app-only'] || values['ad-hoc'],
      isHelp: values.help,
    };
    return { ok: true, args };
  } catch (error) {
    return fault('usage', error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

export interface SignEnvironment {
  readonly stamp: BuildStamp | null;
  readonly identity: string;
  /** Null: not needed for what was asked. */
  readonly release: { readonly installerIdentity: string; readonly credentials: Credentials } | null;
  readonly keychain: string | null;
}

/** "Developer ID Application: Jane Doe (ABCDE12345)" names the team. */
const identityOf = (kind: 'Application' | 'Installer', name: string, team: string): boolean =>
  name.startsWith(`Developer ID ${kind}: `) && name.endsWith(`(${team})`);

/**
 * In a dry run the name of a variable stands for what it does not hold. What is there is judged in both, so that a dry run
 * finds what would fail.
 */
export function readSignEnvironment(
  { isDryRun, isAdHoc, isAppOnly }: SignArguments,
  env: NodeJS.ProcessEnv,
): { readonly ok: true; readonly found: SignEnvironment } | Fault {
  const keychain = env.CASTELLAN_KEYCHAIN || null;
  const stamped = stampFrom(env);
  if (!stamped.ok) return fault('no_stamp', stamped.problem);
  if (isAdHoc && stamped.stamp !== null) {
    // What macOS keeps of a label is spoilt for the signed build by one that is signed otherwise.
    const why = 'a signature for this Mac only is for a development build, whose daemons have labels of their own';
    return fault('release_stamp', `${why}: unset ${teamVariable} and ${buildVariable}, then \`npm run package\``);
  }
  if (isAdHoc) return { ok: true, found: { stamp: null, identity: '-', release: null, keychain } };
  const stamp = stamped.stamp ?? (isDryRun ? { teamId: `$${teamVariable}`, build: 1 } : null);
  if (stamp === null) return fault('no_stamp', `${teamVariable} and ${buildVariable} are not set`);
  const missing: string[] = [];
  const given = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '' && !isDryRun) missing.push(name);
    return value === '' ? `$${name}` : value;
  };
  const identity = given('CASTELLAN_SIGN_IDENTITY');
  const installerIdentity = isAppOnly ? '' : given('CASTELLAN_INSTALLER_IDENTITY');
  if (missing.length > 0) return fault('no_identity', `${missing.join(' and ')} is not set`);
  const unlike = [
    ['CASTELLAN_SIGN_IDENTITY', 'Application', identity],
    ['CASTELLAN_INSTALLER_IDENTITY', 'Installer', installerIdentity],
  ] as const;
  for (const [name, kind, value] of unlike) {
    if (value === '' || value.startsWith('$') || stamp.teamId.startsWith('$')) continue;
    if (!identityOf(kind, value, stamp.teamId)) {
      return fault('wrong_team', `${name} is "${value}", not a Developer ID ${kind} of team ${stamp.teamId}`);
    }
  }
  if (isAppOnly) return { ok: true, found: { stamp, identity, release: null, keychain } };
  const credentials: Credentials = env.CASTELLAN_NOTARY_PROFILE
    ? { kind: 'profile', name: env.CASTELLAN_NOTARY_PROFILE }
    : { kind: 'key', file: given('APPLE_API_KEY'), id: given('APPLE_API_KEY_ID'), issuer: given('APPLE_API_ISSUER') };
  if (missing.length > 0) return fault('no_credentials', `${missing.join(' and ')} is not set`);
  return { ok: true, found: { stamp, identity, release: { installerIdentity, credentials }, keychain } };
}
