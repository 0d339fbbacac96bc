import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findZig, runZig, zigPackage } from '../../build/fetch/zig.ts';
import { standInHeader } from './libsystem-header.ts';

/** Why the stand-in libSystem cannot be had here; false: it can. For the `skip` of a test. */
export const standInSkip = ((): string | false => {
  const zig = findZig();
  return zig.kind === 'missing' ? zig.reason : false;
})();

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, '.cache', 'standin');

/**
 * Never unloaded (nodelete): koffi closes its libraries when it ends, and a thread may still be waiting in this one. The
 * oldest glibc in use has to do, so an old one is aimed at.
 */
const flags = [
  ...['-target', 'x86_64-linux-gnu.2.28', '-shared', '-fPIC', '-O2', '-g0', '-std=gnu11', '-pthread'],
  ...['-Wall', '-Wextra', '-Werror', '-Wno-unused-command-line-argument', '-Wl,-z,nodelete', '-Wl,-Bsymbolic'],
];

/** Path of the library, built where it has not been built before from the same sources. Throws with the compiler's words. */
export const buildStandIn = (): string => {
  const zig = findZig();
  if (zig.kind === 'missing') throw new Error(zig.reason);
  const sources = globSync('libsystem*.{c,h}', { cwd: import.meta.dirname }).sort();
  const header = standInHeader();
  const hash = createHash('sha256').update([zigPackage.package, ...flags, header].join('\0'));
  for (const name of sources) hash.update(`\0${name}\0`).update(readFileSync(path.join(import.meta.dirname, name)));
  const library = path.join(folder, `libSystem-${hash.digest('hex').slice(0, 32)}.so`);
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(folder, 'partial-'));
  try {
    writeFileSync(path.join(work, 'libsystem-bindings.h'), header);
    const files = sources.filter((name) => name.endsWith('.c')).map((name) => path.join(import.meta.dirname, name));
    const built = path.join(work, 'libSystem.so');
    const run = runZig(zig, ['cc', ...flags, '-I', work, '-I', import.meta.dirname, ...files, '-o', built]);
    if (!run.ok) throw new Error(`the stand-in libSystem does not compile:\n${run.output}`);
    // Another test may have built the same meanwhile: whichever is last stays, and both are right.
    renameSync(built, library);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return library;
};
