import { chmodSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'plist';
import { readPlist } from './inspect/plist-file.ts';
import { appFolder, infoPlist, resources } from './layout.ts';

/**
 * Between packing and signing: Info.plist loses what Electron and electron-builder put there and Castellan does not do, and
 * nobody but the owner may write what root will run.
 */

/**
 * Questions macOS would ask in Castellan's name, and the permission to speak to any server in the clear. The app speaks to
 * one Unix socket.
 */
const unwanted: readonly string[] = [
  'NSAppTransportSecurity',
  'NSAudioCaptureUsageDescription',
  'NSBluetoothAlwaysUsageDescription',
  'NSBluetoothPeripheralUsageDescription',
  'NSCameraUsageDescription',
  'NSMicrophoneUsageDescription',
];

const everythingIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const found = path.join(folder, entry.name);
    return entry.isDirectory() ? [found, ...everythingIn(found)] : [found];
  });

/** @param context as electron-builder gives it to the hook; of it only the folder with the bundle is used */
export default function afterPack({ appOutDir }: { readonly appOutDir: string }): void {
  const app = path.join(appOutDir, appFolder);
  const file = path.join(app, infoPlist);
  const { ElectronAsarIntegrity: hashes, ...info } = readPlist(file);
  const kept = Object.entries(info).filter(([key]) => !unwanted.includes(key));
  // What a bare Electron starts when there is no app.
  rmSync(path.join(app, resources, 'default_app.asar'), { force: true });
  const own = Object.entries(hashes ?? {}).filter(([name]) => name === 'Resources/app.asar');
  writeFileSync(file, build({ ...Object.fromEntries(kept), ElectronAsarIntegrity: Object.fromEntries(own) }));
  for (const found of [app, ...everythingIn(app)]) {
    const stat = lstatSync(found);
    if (!stat.isSymbolicLink() && (stat.mode & 0o022) !== 0) chmodSync(found, stat.mode & 0o755);
  }
}
