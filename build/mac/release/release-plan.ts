import path from 'node:path';
import { appIdentifier } from '../layout.ts';
import type { Command } from './sign-plan.ts';

/** After the bundle is signed: Apple's ticket for it, the package and the archive made of it, and a ticket for the package. */

/** How notarytool knows who asks: a key of App Store Connect, or what `notarytool store-credentials` put in the keychain. */
export type Credentials =
  | { readonly kind: 'key'; readonly file: string; readonly id: string; readonly issuer: string }
  | { readonly kind: 'profile'; readonly name: string };

export interface Release {
  /** Absolute path of the signed Castellan.app; nothing else may lie in its folder, for pkgbuild takes that whole. */
  readonly app: string;
  /** Absolute folder for what is made. */
  readonly output: string;
  readonly version: string;
  readonly credentials: Credentials;
  /** "Developer ID Installer: NAME (TEAM)". */
  readonly installerIdentity: string;
  readonly keychain: string | null;
  /** Runs electron-builder; what follows are its arguments. */
  readonly builder: readonly [program: string, ...args: string[]];
}

const xcrun = '/usr/bin/xcrun';

const credentialArguments = (credentials: Credentials): readonly string[] => {
  if (credentials.kind === 'profile') return ['--keychain-profile', credentials.name];
  return ['--key', credentials.file, '--key-id', credentials.id, '--issuer', credentials.issuer];
};

const notarize = (file: string, credentials: Credentials): Command => ({
  what: `send ${path.basename(file)} to Apple's notary service and wait`,
  argv: [xcrun, 'notarytool', 'submit', file, '--wait', '--timeout', '60m', ...credentialArguments(credentials)],
  // It ends with 0 for a submission that was refused, too.
  mustSay: ['status: Accepted'],
});

const staple = (file: string): readonly Command[] => [
  { what: `staple the ticket to ${path.basename(file)}`, argv: [xcrun, 'stapler', 'staple', file] },
  { what: 'read the ticket back', argv: [xcrun, 'stapler', 'validate', file] },
];

/** What spctl says of what has Apple's ticket; the code alone would be 0 for what this Mac was told to accept. */
const notarized = 'source=Notarized Developer ID';

const hashesFile = 'SHA256SUMS';

export const packageName = (version: string): string => `Castellan-${version}-arm64`;

const releaseFiles = ({ output, version }: Release): readonly string[] => {
  const name = path.join(output, packageName(version));
  return [`${name}.pkg`, `${name}-signed.pkg`, `${name}.zip`, path.join(output, hashesFile)];
};

/** By Apple's own tool: electron-builder fetches an archiver, and leaves an archive alone that is younger than the folder. */
const archive = (app: string, file: string): Command['argv'] => [
  '/usr/bin/ditto',
  ...['-c', '-k', '--sequesterRsrc', '--keepParent', app, file],
];

/** The bundle first: package and archive carry it with its ticket, so that a Mac without a network believes it. */
export function releaseApp(release: Release): readonly Command[] {
  const { app, output, version, credentials } = release;
  const zip = path.join(output, `${packageName(version)}.zip`);
  const upload = path.join(output, 'upload.zip');
  return [
    {
      // A package of the time before is not to be taken for the one of a run that failed.
      what: 'remove what an earlier run left',
      argv: ['/bin/rm', '-f', ...releaseFiles(release), upload],
    },
    { what: 'pack the app for the notary service', argv: archive(app, upload) },
    notarize(upload, credentials),
    ...staple(app),
    {
      what: 'ask Gatekeeper about the app',
      argv: ['/usr/sbin/spctl', '--assess', '--type', 'execute', '--verbose=4', app],
      mustSay: [notarized],
    },
    { what: 'remove what was sent', argv: ['/bin/rm', '-f', upload] },
    { what: 'make the archive of the app with its ticket', argv: archive(app, zip) },
  ];
}

export function releasePackage(release: Release): readonly Command[] {
  const { app, output, version, credentials, installerIdentity, keychain, builder } = release;
  const unsigned = path.join(output, `${packageName(version)}.pkg`);
  const signed = path.join(output, `${packageName(version)}-signed.pkg`);
  return [
    {
      what: 'make the package of the signed app',
      argv: [
        ...builder,
        ...['--mac', 'pkg', '--arm64', '--prepackaged', app, '--config', 'electron-builder.yml'],
        ...['-c.mac.identity=null', '-c.mac.notarize=false', `-c.directories.output=${output}`, '--publish', 'never'],
        // Only its name and version are read: the bundle may have been packed on another machine.
        '-c.directories.app=.',
      ],
    },
    { what: 'remove what only making it needed', argv: ['/bin/rm', '-f', path.join(output, `${appIdentifier}.plist`)] },
    {
      what: 'sign the package',
      argv: [
        ...(['/usr/bin/productsign', '--sign', installerIdentity, '--timestamp'] as const),
        ...(keychain === null ? [] : ['--keychain', keychain]),
        unsigned,
        signed,
      ],
    },
    { what: 'put it in the place of the unsigned one', argv: ['/bin/mv', '-f', signed, unsigned] },
    {
      what: 'verify its signature',
      argv: ['/usr/sbin/pkgutil', '--check-signature', unsigned],
      mustSay: [installerIdentity],
    },
    notarize(unsigned, credentials),
    ...staple(unsigned),
    {
      what: 'ask Gatekeeper about the package',
      argv: ['/usr/sbin/spctl', '--assess', '--type', 'install', '--verbose=4', unsigned],
      mustSay: [notarized],
    },
    {
      what: 'check what it would install',
      argv: ['/usr/sbin/pkgutil', '--payload-files', unsigned],
      mustSay: ['Castellan.app/Contents/MacOS/castellan-helper'],
    },
    {
      what: 'hashes for whoever downloads it',
      argv: ['/usr/bin/shasum', '-a', '256', `${packageName(version)}.pkg`, `${packageName(version)}.zip`],
      within: output,
      into: path.join(output, hashesFile),
    },
  ];
}
