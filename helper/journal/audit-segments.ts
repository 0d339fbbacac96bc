import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { auditPath } from './audit.ts';

/** The files of the audit as a reader finds them, opened: what is renamed or removed meanwhile stays readable. */

export interface Segment {
  /** See audit-cursor.ts. */
  readonly name: string;
  readonly handle: FileHandle;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface AuditFiles {
  /** Oldest first; empty files are left out. */
  readonly segments: readonly Segment[];
  /** What lies in the reserve now: whole rows, less the line breaks that fill it. */
  readonly reserve: () => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** A first line longer than this is known by its beginning. */
const firstBytes = 4_096;
/** More than the reserve ever has. */
const reserveLimit = 2 ** 20;
const newline = 10;

/** node:crypto is loaded with the first look into the audit: in a bare Node it costs 2 MB of anonymous memory. */
export const digestOf = (bytes: Uint8Array): string =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest('hex').slice(0, 12);

export const readAt = async (handle: FileHandle, from: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
};

/** Null: not there, not a file, or a link in its place. Other faults (not readable) are thrown. */
const openFile = async (path: string): Promise<FileHandle | null> => {
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : null;
    if (code === 'ENOENT' || code === 'ELOOP') return null;
    throw fault;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
};

/** Null: it has no whole line yet. */
const identify = async (handle: FileHandle): Promise<Segment | null> => {
  const { ino, size, mtimeMs } = await handle.stat();
  const first = await readAt(handle, 0, Math.min(size, firstBytes));
  const end = first.indexOf(newline);
  if (end < 0 && first.length < firstBytes) return null;
  const line = end < 0 ? first : first.subarray(0, end);
  return { name: `${ino.toString(36)}-${digestOf(line)}`, handle, size, mtimeMs };
};

export const openAudit = async (directory: string): Promise<AuditFiles> => {
  const path = auditPath(directory);
  const base = `${basename(path)}.`;
  const names = await readdir(directory).catch((fault: NodeJS.ErrnoException): string[] => {
    if (fault.code === 'ENOENT') return [];
    throw fault;
  });
  const numbers = names.flatMap((name) => (/^\d{1,4}$/.test(name.slice(base.length)) ? [name] : []));
  const rotated = numbers.filter((name) => name.startsWith(base)).map((name) => Number(name.slice(base.length)));
  const handles: FileHandle[] = [];
  const segments: Segment[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(handles.map((handle) => handle.close()));
  };
  try {
    // From the newest to the oldest, as renaming goes: a rotation meanwhile shows a file twice, and never hides one.
    for (let number = 0; number <= Math.max(0, ...rotated) + 1; number++) {
      const handle = await openFile(number === 0 ? path : `${path}.${number}`);
      if (handle === null) continue;
      handles.push(handle);
      const segment = await identify(handle);
      if (segment !== null && !segments.some(({ name }) => name === segment.name)) segments.unshift(segment);
    }
  } catch (fault) {
    await close();
    throw fault;
  }
  return { segments, reserve: () => readReserve(`${path}.emergency`), close };
};

const readReserve = async (path: string): Promise<Buffer> => {
  const handle = await openFile(path);
  if (handle === null) return Buffer.alloc(0);
  try {
    const bytes = await readAt(handle, 0, Math.min((await handle.stat()).size, reserveLimit));
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === newline) end--;
    return bytes.subarray(0, end === 0 ? 0 : Math.min(bytes.length, end + 1));
  } finally {
    await handle.close();
  }
};
