import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import path from 'node:path';

/** What lies in a bundle, as a file system would show it that takes Castellan and castellan for the same. */

export interface BundleFile {
  /** From the bundle's root. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly isMachO: boolean;
}

const kindOf = (stat: ReturnType<typeof lstatSync>): BundleFile['kind'] => {
  if (stat?.isSymbolicLink()) return 'link';
  if (stat?.isDirectory()) return 'folder';
  return stat?.isFile() ? 'file' : 'other';
};

/** mach-o/loader.h, mach-o/fat.h: 64 and 32 bits, for one processor or for several. */
const machMagics: ReadonlySet<number> = new Set([0xcffaedfe, 0xcefaedfe, 0xcafebabe, 0xcafebabf]);

const isMachO = (file: string): boolean => {
  const start = Buffer.alloc(4);
  const fd = openSync(file, 'r');
  try {
    return readSync(fd, start, 0, 4, 0) === 4 && machMagics.has(start.readUInt32BE(0));
  } finally {
    closeSync(fd);
  }
};

/** Everything in it, folders before what they hold, names in order. */
export function listBundle(app: string, below = ''): readonly BundleFile[] {
  return readdirSync(path.join(app, below))
    .sort()
    .flatMap((name) => {
      const found = below === '' ? name : `${below}/${name}`;
      const stat = lstatSync(path.join(app, found));
      const kind = kindOf(stat);
      const file = {
        path: found,
        kind,
        mode: stat.mode & 0o7777,
        isMachO: kind === 'file' && isMachO(path.join(app, found)),
      };
      return kind === 'folder' ? [file, ...listBundle(app, found)] : [file];
    });
}

/** Names that APFS as macOS sets it up, and HFS+, take for one: without case and without the composition of accents. */
export function sameNames(files: readonly BundleFile[]): readonly string[] {
  const seen = new Map<string, string>();
  return files.flatMap(({ path: file }) => {
    const folded = file.normalize('NFD').toLowerCase();
    const before = seen.get(folded);
    seen.set(folded, file);
    return before === undefined ? [] : [`${before} and ${file} are one file on a Mac`];
  });
}

/** Links that lead out of the bundle, or nowhere in it. */
export function strayLinks(app: string, files: readonly BundleFile[]): readonly string[] {
  const known = new Set(files.map((file) => file.path));
  return files.flatMap(({ path: file, kind }) => {
    if (kind !== 'link') return [];
    const target = readlinkSync(path.join(app, file));
    const leads = path.posix.join(path.posix.dirname(file), target);
    const isInside = !path.isAbsolute(target) && !leads.startsWith('..');
    // A link to what lies behind another link ("Versions/Current/…") is followed as the system would.
    const resolved = leads.replace('/Versions/Current', '/Versions/A');
    return isInside && known.has(resolved) ? [] : [`${file} leads to ${target}`];
  });
}
