import { codeIdentifiers } from '../../helper/host/darwin/code-signing.ts';
import {
  appIdentifier,
  bundlePlists,
  bundleProgram,
  daemonPlistFile,
  daemonRoles,
} from '../../helper/install/daemon-plists.ts';

/**
 * Castellan.app: what lies where. Paths are relative to the bundle unless they say otherwise.
 *
 *     Castellan.app/Contents/
 *       Info.plist                            com.sanctum.castellan.app, LSUIElement, the archive's hash
 *       MacOS/Castellan                       Electron
 *       MacOS/castellan-helper                keeper, deadman, gateway and command line: one executable with Node inside
 *       MacOS/koffi.node                      its native half, loaded from beside it by absolute path, never extracted
 *       Frameworks/Electron Framework.framework, Frameworks/Castellan Helper*.app
 *       Library/LaunchDaemons/*.plist         three, for SMAppService; their content never changes
 *       Resources/app.asar                    main, preload and renderer; nothing else
 *
 * The executable is not called `castellan`: the usual APFS does not tell that from `Castellan`. Its name has no dot either:
 * of a program without an Info.plist codesign takes the file's name for its identifier and leaves out what follows the last
 * dot (Security, diskrep.cpp, "canonicalIdentifier"), so that `com.sanctum.castellan.app.x` would be taken for the app. It
 * is signed with an identifier that is given in words, all the same.
 *
 * Entitlements (build/mac/entitlements) are `allow-jit` alone, for V8 writes code and runs it: no unsigned memory, no foreign
 * libraries, no DYLD variables. They stand there without comments, which the reader of entitlements takes for a fault.
 *
 * Everything with code lies where codesign looks for code (TN2206, "Nested Code"): a file elsewhere is a resource, and its
 * own signature counts for nothing.
 */

export const productName = 'Castellan';
export const appFolder = `${productName}.app`;

export { appIdentifier };
/** Of the role executable; not the app's, so that no requirement for the app is met by a program that runs any script. */
export const helperIdentifier = codeIdentifiers.helper;
/** Of koffi's native half. */
export const koffiIdentifier = 'com.sanctum.castellan.koffi';

export const infoPlist = 'Contents/Info.plist';
export const electronExecutable = `Contents/MacOS/${productName}`;
export const helperExecutable = bundleProgram;
export const koffiModule = 'Contents/MacOS/koffi.node';
export const resources = 'Contents/Resources';
export const archive = `${resources}/app.asar`;
export const icon = `${resources}/icon.icns`;
export const electronFramework = 'Contents/Frameworks/Electron Framework.framework';
/** Where the fuses are, too. */
export const electronLibrary = `${electronFramework}/Versions/A/Electron Framework`;
export const electronHelpers: readonly string[] = ['', ' (GPU)', ' (Plugin)', ' (Renderer)'].map(
  (kind) => `Contents/Frameworks/${productName} Helper${kind}.app`,
);

/** Property lists of a release, or of a build without a stamp. */
export const daemonPlistPaths = (isDevelopment: boolean): readonly string[] =>
  daemonRoles.map((role) => `${bundlePlists}/${daemonPlistFile(role, isDevelopment)}`);

/** What the archive holds, from its root. */
export const archiveFiles: readonly string[] = [
  'package.json',
  'dist/app/main.cjs',
  'dist/app/preload.cjs',
  'dist/renderer/index.html',
  'dist/renderer/inter-licence.txt',
  'dist/renderer/inter.woff2',
  'dist/renderer/main.js',
  'dist/renderer/chunk.js',
  'dist/renderer/open.js',
  'dist/renderer/style.css',
];

/**
 * The first macOS it runs on. Electron 45 asks for 13.0, the Node in the executable was built for 13.5 (its LC_BUILD_VERSION);
 * the bundle says the later of the two.
 */
export const minimumSystemVersion = '13.5';
export const architecture = 'arm64';
