import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'plist';
import { asar } from '../../build/outputs/asar.ts';
import { stubMachO } from './mach-o.ts';

/**
 * A folder laid out as Electron's download for Macs (electron-v*-darwin-arm64.zip), so that a bundle can be packed where that
 * cannot be had: the keys of its Info.plist, its helper apps, its frameworks with their links, its fuses; no code.
 */

/** The wire of Electron 45 as it comes: nine fuses, the last for WebAssembly's trap handlers. */
const fuses = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', 'latin1'),
  Buffer.from([1, 9]),
  Buffer.from('101100011', 'latin1'),
]);

const infoOf = (name: string, identifier: string, version: string): Readonly<Record<string, unknown>> => ({
  BuildMachineOSBuild: '24G90',
  CFBundleDisplayName: name,
  CFBundleExecutable: name,
  CFBundleIdentifier: identifier,
  CFBundleInfoDictionaryVersion: '6.0',
  CFBundleName: name,
  CFBundlePackageType: 'APPL',
  CFBundleShortVersionString: version,
  CFBundleVersion: version,
  DTCompiler: 'com.apple.compilers.llvm.clang.1_0',
  DTSDKName: 'macosx15.5',
  DTXcode: '1640',
  LSMinimumSystemVersion: '13.0',
  NSPrincipalClass: 'AtomApplication',
  NSSupportsAutomaticGraphicsSwitching: true,
});

const mainInfo = (version: string): Readonly<Record<string, unknown>> => ({
  ...infoOf('Electron', 'com.github.Electron', version),
  CFBundleIconFile: 'electron.icns',
  ElectronAsarIntegrity: { 'Resources/default_app.asar': { algorithm: 'SHA256', hash: '0'.repeat(64) } },
  LSApplicationCategoryType: 'public.app-category.developer-tools',
  LSEnvironment: { MallocNanoZone: '0' },
  NSAppTransportSecurity: { NSAllowsArbitraryLoads: true },
  NSAudioCaptureUsageDescription: 'This app needs access to audio capture',
  NSBluetoothAlwaysUsageDescription: 'This app needs access to Bluetooth',
  NSBluetoothPeripheralUsageDescription: 'This app needs access to Bluetooth',
  NSCameraUsageDescription: 'This app needs access to the camera',
  NSHighResolutionCapable: true,
  NSMainNibFile: 'MainMenu',
  NSMicrophoneUsageDescription: 'This app needs access to the microphone',
  NSQuitAlwaysKeepsWindows: false,
  NSRequiresAquaSystemAppearance: false,
});

const place = (file: string, body: string | Buffer, mode = 0o644): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, body, { mode });
};

const frameworks = ['Electron Framework', 'Mantle', 'ReactiveObjC', 'Squirrel'] as const;

/** @param folder made here; what electron-builder takes as `electronDist` */
export function fabricateElectron(folder: string, version: string): void {
  const contents = path.join(folder, 'Electron.app', 'Contents');
  place(path.join(contents, 'Info.plist'), build(mainInfo(version) as Parameters<typeof build>[0]));
  place(path.join(contents, 'PkgInfo'), 'APPL????');
  place(path.join(contents, 'MacOS', 'Electron'), stubMachO(), 0o755);
  place(path.join(contents, 'Resources', 'electron.icns'), Buffer.from('icns\0\0\0\x08', 'latin1'));
  place(path.join(contents, 'Resources', 'default_app.asar'), asar({ 'main.js': '' }));
  for (const language of ['en', 'de', 'zh_CN']) {
    place(path.join(contents, 'Resources', `${language}.lproj`, 'locale.pak'), language);
  }
  for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const name = `Electron Helper${kind}`;
    const helper = path.join(contents, 'Frameworks', `${name}.app`, 'Contents');
    const info = infoOf(name, 'com.github.Electron.helper', version);
    place(path.join(helper, 'Info.plist'), build({ ...info, LSUIElement: true } as Parameters<typeof build>[0]));
    place(path.join(helper, 'PkgInfo'), 'APPL????');
    place(path.join(helper, 'MacOS', name), stubMachO(), 0o755);
  }
  for (const name of frameworks) {
    const framework = path.join(contents, 'Frameworks', `${name}.framework`);
    const version45 = path.join(framework, 'Versions', 'A');
    const data = name === 'Electron Framework' ? fuses : Buffer.alloc(8);
    place(path.join(version45, name), stubMachO({ kind: 'library', data }), 0o755);
    const info = { ...infoOf(name, `com.github.${name.replace(' ', '')}`, version), CFBundlePackageType: 'FMWK' };
    place(path.join(version45, 'Resources', 'Info.plist'), build(info as Parameters<typeof build>[0]));
    if (name === 'Squirrel') place(path.join(version45, 'Resources', 'ShipIt'), stubMachO(), 0o755);
    symlinkSync('A', path.join(framework, 'Versions', 'Current'));
    for (const link of [name, 'Resources']) symlinkSync(`Versions/Current/${link}`, path.join(framework, link));
    if (name !== 'Electron Framework') continue;
    place(path.join(version45, 'Resources', 'icudtl.dat'), 'icu');
    place(path.join(version45, 'Resources', 'en.lproj', 'locale.pak'), 'en');
    place(path.join(version45, 'Helpers', 'chrome_crashpad_handler'), stubMachO(), 0o755);
    for (const library of ['libEGL', 'libGLESv2', 'libffmpeg', 'libvk_swiftshader'])
      place(path.join(version45, 'Libraries', `${library}.dylib`), stubMachO({ kind: 'library' }), 0o755);
    for (const link of ['Helpers', 'Libraries']) symlinkSync(`Versions/Current/${link}`, path.join(framework, link));
  }
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) place(path.join(folder, name), name);
  place(path.join(folder, 'version'), version);
}
