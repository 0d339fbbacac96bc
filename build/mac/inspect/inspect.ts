import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  bundlePlists,
  daemonLabel,
  daemonPlist,
  daemonPlistFile,
  daemonRoles,
} from '../../../helper/install/daemon-plists.ts';
import type { BuildStamp } from '../../../helper/protocol/build-stamp.ts';
import { readAsar } from '../../outputs/asar.ts';
import {
  appIdentifier,
  architecture,
  archive,
  archiveFiles,
  electronExecutable,
  electronFramework,
  electronHelpers,
  electronLibrary,
  helperExecutable,
  icon,
  infoPlist,
  koffiModule,
  minimumSystemVersion,
  productName,
} from '../layout.ts';
import { type BundleFile, listBundle, sameNames, strayLinks } from './bundle-files.ts';
import { readFuses, wantedFuses } from './fuses.ts';
import { readMachO } from './macho.ts';
import { readPlist } from './plist-file.ts';
import { readSingleExecutable } from './single-executable.ts';

/**
 * Everything that can be said of a bundle before it is signed, on any machine: what is missing, what does not belong, what
 * was not set. Each finding is a sentence; none means it may be signed.
 */

export interface Expected {
  readonly version: string;
  /** Null: development. */
  readonly stamp: BuildStamp | null;
}

type Check = (bundle: Bundle) => readonly string[];

interface Bundle {
  readonly app: string;
  readonly files: readonly BundleFile[];
  readonly expected: Expected;
  readonly read: (file: string) => Buffer;
}

/** Paths that lie there as files or folders of their own. */
const required: readonly string[] = [
  infoPlist,
  electronExecutable,
  helperExecutable,
  koffiModule,
  archive,
  icon,
  electronFramework,
  electronLibrary,
  ...electronHelpers,
];

const nothingMissing: Check = ({ files }) => {
  const there = new Set(files.filter(({ kind }) => kind !== 'link').map((file) => file.path));
  return required.flatMap((file) => (there.has(file) ? [] : [`${file} is missing`]));
};

/** A framework whose links became copies is two programs to codesign ("bundle format is ambiguous"). */
const frameworks: Check = ({ files }) =>
  files.flatMap(({ path: file, kind }) =>
    /\.framework\/(?!Versions$)[^/]+$|\.framework\/Versions\/Current$/.test(file) && kind !== 'link'
      ? [`${file} is not a link`]
      : [],
  );

/** Per folder of ours, what may lie there, before and after it was signed and stapled. Frameworks are Electron's. */
const ours: readonly (readonly [folder: string, names: RegExp])[] = [
  ['Contents', /^(Info\.plist|PkgInfo|MacOS|Frameworks|Library|Resources|_CodeSignature|CodeResources)$/],
  ['Contents/MacOS', new RegExp(`^(${productName}|castellan-helper|koffi\\.node)$`)],
  ['Contents/Library', /^LaunchDaemons$/],
  ['Contents/Resources', /^(app\.asar|icon\.icns|en\.lproj)$/],
];

const nothingForeign: Check = ({ files }) =>
  files.flatMap(({ path: file }) => {
    const rule = ours.find(([folder]) => folder === path.posix.dirname(file));
    return rule === undefined || rule[1].test(path.posix.basename(file)) ? [] : [`${file} does not belong there`];
  });

/** Root runs what is in it: nobody else may write, and what runs must be allowed to. */
const modes: Check = ({ files }) =>
  files.flatMap(({ path: file, kind, mode }) => {
    if (kind === 'other') return [`${file} is neither a file nor a folder nor a link`];
    if (kind === 'link') return [];
    if ((mode & 0o022) !== 0 || (mode & 0o7000) !== 0) return [`${file} has mode ${mode.toString(8)}`];
    const runs = [electronExecutable, helperExecutable].includes(file);
    return runs && (mode & 0o111) !== 0o111 ? [`${file} may not be run by everybody`] : [];
  });

const info: Check = ({ app, expected }) => {
  const list = readPlist(path.join(app, infoPlist));
  const wanted: Readonly<Record<string, unknown>> = {
    CFBundleIdentifier: appIdentifier,
    CFBundleName: productName,
    CFBundleExecutable: productName,
    CFBundleIconFile: 'icon.icns',
    CFBundlePackageType: 'APPL',
    CFBundleShortVersionString: expected.version,
    CFBundleVersion: expected.stamp === null ? expected.version : String(expected.stamp.build),
    LSMinimumSystemVersion: minimumSystemVersion,
    LSUIElement: true,
    NSUserNotificationAlertStyle: 'alert',
  };
  const differs = Object.entries(wanted).flatMap(([key, value]) =>
    list[key] === value ? [] : [`Info.plist has ${key} ${JSON.stringify(list[key])}, not ${JSON.stringify(value)}`],
  );
  const asks = Object.keys(list).filter((key) => /UsageDescription$|^NSAppTransportSecurity$/.test(key));
  return [...differs, ...asks.map((key) => `Info.plist has ${key}, which Castellan does not need`)];
};

const daemons: Check = ({ app, files, expected, read }) => {
  const isDevelopment = expected.stamp === null;
  const lying = files.filter(({ path: file }) => path.posix.dirname(file) === bundlePlists).map((file) => file.path);
  const wanted = daemonRoles.map((role) => `${bundlePlists}/${daemonPlistFile(role, isDevelopment)}`);
  const foreign = lying.filter((file) => !wanted.includes(file)).map((file) => `${file} does not belong there`);
  return daemonRoles
    .flatMap((role, index): readonly string[] => {
      const file = wanted[index] ?? '';
      if (!lying.includes(file)) return [`${file} is missing`];
      const text = read(file).toString();
      if (text !== daemonPlist(role, { kind: 'bundle', isDevelopment }))
        return [`${file} is not the list of the ${role}`];
      const list = readPlist(path.join(app, file));
      const program = files.find(({ path: each }) => each === list.BundleProgram);
      return [
        ...(list.Label === daemonLabel(role, isDevelopment) ? [] : [`${file} has the label ${String(list.Label)}`]),
        ...(program?.isMachO ? [] : [`${file} names ${String(list.BundleProgram)}, which is no program in the bundle`]),
      ];
    })
    .concat(foreign);
};

const fuses: Check = ({ read }) => {
  const found = readFuses(read(electronLibrary));
  if (!found.ok) return [`${electronLibrary}: ${found.problem}`];
  return Object.entries(wantedFuses).flatMap(([name, state]) => {
    const has = found.fuses[name as keyof typeof wantedFuses];
    return has === state ? [] : [`the fuse ${name} is ${has ?? 'not there'}, not ${state}`];
  });
};

/** Words that only development has: the switch that gives up the sandbox, the hold for tests, where sources lie. */
const development: readonly string[] = ['no-sandbox', '__castellan', 'sourceMappingURL'];

const appArchive: Check = ({ app, expected, read }) => {
  const found = readAsar(read(archive));
  const names = [...found.files.keys()];
  const said = readPlist(path.join(app, infoPlist)).ElectronAsarIntegrity as
    | Readonly<Record<string, { readonly algorithm?: string; readonly hash?: string }>>
    | undefined;
  const integrity = said?.['Resources/app.asar'];
  const isTrue = integrity?.algorithm === 'SHA256' && integrity.hash === found.headerHash;
  const manifest = JSON.parse(found.files.get('package.json')?.toString() ?? '{}') as Readonly<Record<string, unknown>>;
  const team = expected.stamp?.teamId;
  const isStamped = team === undefined || found.files.get('dist/app/main.cjs')?.includes(team) === true;
  return [
    ...(isStamped ? [] : ['the app does not know its team']),
    ...(isTrue && Object.keys(said ?? {}).length === 1 ? [] : ['Info.plist has another hash than that of app.asar']),
    ...found.faulty.map((name) => `app.asar: ${name} is not what its hash says`),
    ...archiveFiles.filter((name) => !names.includes(name)).map((name) => `app.asar: ${name} is missing`),
    ...names.filter((name) => !archiveFiles.includes(name)).map((name) => `app.asar: ${name} does not belong there`),
    ...(manifest.version === expected.version ? [] : [`app.asar has version ${String(manifest.version)}`]),
    ...[...found.files].flatMap(([name, body]) =>
      development.filter((word) => body.includes(word)).map((word) => `app.asar: ${name} has "${word}" in it`),
    ),
  ];
};

/** "13.5" before "15". */
const isLater = (version: string, than: string): boolean => version.localeCompare(than, 'en', { numeric: true }) > 0;

/** Only root and macOS itself write there: a process of root takes its libraries from nowhere else. */
const fromElsewhere = (name: string, libraries: readonly string[]): readonly string[] =>
  libraries
    .filter((each) => path.posix.normalize(each) !== each || !/^\/(usr\/lib|System\/Library)\//.test(each))
    .map((each) => `${name} would load ${each}`);

const helper: Check = ({ expected, read }) => {
  const bytes = read(helperExecutable);
  const single = readSingleExecutable(bytes);
  if (!single.ok) return [`${helperExecutable}: ${single.problem}`];
  const { file, blobBytes, isOn } = single.found;
  const native = readMachO(read(koffiModule));
  const isNative = native.ok && native.file.architecture === architecture && native.file.kind !== 'executable';
  const team = expected.stamp?.teamId;
  return [
    ...(file.kind === 'executable' && file.architecture === architecture
      ? []
      : [`${helperExecutable} is not for ${architecture}`]),
    ...(blobBytes > 0 && isOn ? [] : [`${helperExecutable} has no script in it`]),
    ...(file.minimumSystem === null || isLater(file.minimumSystem, minimumSystemVersion)
      ? [
          `${helperExecutable} is for macOS ${file.minimumSystem ?? 'of no version'}, the bundle for ${minimumSystemVersion}`,
        ]
      : []),
    ...(isNative ? [] : [`${koffiModule} is no library for ${architecture}`]),
    ...fromElsewhere(helperExecutable, file.libraries),
    ...fromElsewhere(koffiModule, native.ok ? native.file.libraries : []),
    ...(team === undefined || bytes.includes(team) ? [] : ['the executable does not know its team']),
  ];
};

/** Where codesign looks for code (TN2206); elsewhere a program is a resource whose own signature counts for nothing. */
const codePlaces = /^Contents\/(MacOS|Frameworks)\//;

const code: Check = ({ files, read }) =>
  files.flatMap(({ path: file, isMachO }) => {
    if (!isMachO) return [];
    if (!codePlaces.test(file)) return [`${file} is a program outside the places for code`];
    const found = readMachO(read(file));
    if (!found.ok) return [`${file}: ${found.problem}`];
    return found.file.architecture === architecture && found.file.isMacOs ? [] : [`${file} is not for ${architecture}`];
  });

const checks: readonly Check[] = [
  nothingMissing,
  nothingForeign,
  frameworks,
  modes,
  ({ files }) => sameNames(files),
  ({ app, files }) => strayLinks(app, files),
  info,
  daemons,
  fuses,
  appArchive,
  helper,
  code,
];

/** @param app the folder Castellan.app */
export function inspectBundle(app: string, expected: Expected): readonly string[] {
  const files = listBundle(app);
  const read = (file: string): Buffer => readFileSync(path.join(app, file));
  const bundle: Bundle = { app, files, expected, read };
  // Without one of these the other checks would only repeat it.
  const missing = nothingMissing(bundle);
  return missing.length > 0 ? missing : checks.flatMap((check) => attempt(check, bundle));
}

/** A property list or a manifest that cannot be read is a finding, too. */
const attempt = (check: Check, bundle: Bundle): readonly string[] => {
  try {
    return check(bundle);
  } catch (error) {
    return [`something in the bundle cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
};
