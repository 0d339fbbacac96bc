import path from 'node:path';
import { developerId, openingEntitlements } from '../../../helper/host/darwin/code-signing.ts';
import type { BundleFile } from '../inspect/bundle-files.ts';
import { appIdentifier, helperExecutable, helperIdentifier, koffiIdentifier, koffiModule } from '../layout.ts';

/**
 * Every command that makes a release of a bundle, in order, as a value: what is printed by a dry run is what is carried out.
 * From the inside out: a signature seals what lies in it, so whatever is signed after that breaks it (TN2206).
 */

export interface Command {
  /** What it does, for the person who waits for it. */
  readonly what: string;
  readonly argv: readonly [program: string, ...args: string[]];
  /** What its output must hold; else it has failed whatever its code is. */
  readonly mustSay?: readonly string[];
  /** What its output must not hold. */
  readonly mustNotSay?: readonly string[];
  /** Absolute folder it runs in; default: the project's. */
  readonly within?: string;
  /** Absolute path of the file that its standard output becomes. */
  readonly into?: string;
}

export interface Signing {
  /** "Developer ID Application: NAME (TEAM)", or "-" for one that holds on this Mac only. */
  readonly identity: string;
  readonly keychain: string | null;
  /** Absolute folder of the entitlements' property lists. */
  readonly entitlements: string;
}

const codesign = '/usr/bin/codesign';

/** Without an identity there is no team: the hardened runtime would refuse koffi.node, and no server gives the time. */
export const isAdHoc = ({ identity }: Signing): boolean => identity === '-';

const sign = (signing: Signing, file: string, extra: readonly string[]): readonly [string, ...string[]] => [
  codesign,
  ...['--force', '--sign', signing.identity],
  ...(signing.keychain === null ? [] : ['--keychain', signing.keychain]),
  ...(isAdHoc(signing) ? ['--timestamp=none'] : ['--timestamp', '--options', 'runtime']),
  ...extra,
  file,
];

const entitled = ({ entitlements }: Signing, kind: 'app' | 'inherit' | 'helper'): readonly string[] => [
  '--entitlements',
  path.join(entitlements, `${kind}.plist`),
];

const depthOf = (file: string): number => file.split('/').length;
const deepestFirst = (a: string, b: string): number => depthOf(b) - depthOf(a) || (a < b ? -1 : 1);

/** Programs and libraries inside frameworks, but for each framework's own, which is signed with the framework. */
const looseCode = (files: readonly BundleFile[]): readonly string[] =>
  files
    .filter(({ path: file, isMachO }) => isMachO && /\.framework\/Versions\/[^/]+\/[^/]+\//.test(file))
    .map((file) => file.path)
    .sort(deepestFirst);

const named = (files: readonly BundleFile[], ending: RegExp): readonly string[] =>
  files
    .filter(({ path: file, kind }) => kind === 'folder' && ending.test(file))
    .map((file) => file.path)
    .sort(deepestFirst);

/**
 * @param app absolute path of Castellan.app
 * @param files what lies in it
 */
export function signApp(app: string, files: readonly BundleFile[], signing: Signing): readonly Command[] {
  const inApp = (file: string): string => path.join(app, file);
  const helperApps = named(files, /^Contents\/Frameworks\/[^/]+\.app$/);
  const frameworks = named(files, /^Contents\/Frameworks\/[^/]+\.framework$/);
  return [
    {
      what: 'sign the native half of koffi',
      argv: sign(signing, inApp(koffiModule), ['--identifier', koffiIdentifier]),
    },
    {
      what: 'sign the role executable, by its own name and with its own entitlements',
      argv: sign(signing, inApp(helperExecutable), ['--identifier', helperIdentifier, ...entitled(signing, 'helper')]),
    },
    ...helperApps.map((file) => ({
      what: `sign ${path.basename(file)}`,
      argv: sign(signing, inApp(file), entitled(signing, 'inherit')),
    })),
    ...looseCode(files).map((file) => ({
      what: `sign ${path.basename(file)} of a framework`,
      argv: sign(signing, inApp(file), []),
    })),
    ...frameworks.map((file) => ({ what: `sign ${path.basename(file)}`, argv: sign(signing, inApp(file), []) })),
    { what: 'sign the app', argv: sign(signing, app, ['--identifier', appIdentifier, ...entitled(signing, 'app')]) },
  ];
}

/** In the keeper's own words for whoever connects, asked here of what was signed. */
const requirement = (identifier: string, teamId: string): string =>
  `${developerId(teamId)} and identifier "${identifier}"`;

/** What was asked for, and nothing by which another program could put its code in: the keeper refuses such a one. */
const entitlementsOf = (what: string, file: string): Command => ({
  what: `read back the entitlements of ${what}`,
  argv: [codesign, '--display', '--entitlements', '-', '--xml', file],
  mustSay: ['com.apple.security.cs.allow-jit'],
  mustNotSay: openingEntitlements,
});

/**
 * @param team null: signed for this Mac only, so that there is no certificate to ask for
 * @param build the number that the executable must know; null: development
 */
export function verifyApp(app: string, team: string | null, build: number | null): readonly Command[] {
  const helper = path.join(app, helperExecutable);
  const asks = [
    [appIdentifier, app],
    [helperIdentifier, helper],
    [koffiIdentifier, path.join(app, koffiModule)],
  ] as const;
  return [
    {
      what: 'verify the whole bundle',
      argv: [codesign, '--verify', '--deep', '--strict', '--verbose=2', app],
    },
    ...(team === null
      ? []
      : asks.map(
          ([identifier, file]): Command => ({
            what: `verify that it is ${identifier} of team ${team}`,
            argv: [codesign, '--verify', '--strict', `-R=${requirement(identifier, team)}`, file],
          }),
        )),
    entitlementsOf('the app', app),
    entitlementsOf('the role executable', helper),
    // Without the right to compile it signs and notarizes perfectly, and ends with SIGTRAP when it is run.
    { what: 'run the role executable', argv: [helper, 'version'], mustSay: ['castellan '] },
    {
      what: 'let it try compiler, database and native half',
      argv: [helper, 'self-check'],
      mustSay: build === null || team === null ? ['ok native'] : ['ok native', `build ${build} of team ${team}`],
    },
  ];
}
