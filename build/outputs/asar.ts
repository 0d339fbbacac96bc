import { createHash } from 'node:crypto';

/**
 * The archive format Electron reads its code from: a pickled JSON header, then the files back to back
 * (github.com/electron/asar, "Format"). A pickle is a length and a payload padded to four bytes.
 */
export function asar(files: Readonly<Record<string, string>>): Buffer {
  const header: { files: Record<string, { size: number; offset: string }> } = { files: {} };
  const bodies: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text);
    header.files[name] = { size: body.length, offset: String(offset) };
    offset += body.length;
    bodies.push(body);
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = (4 - (json.length % 4)) % 4;
  const head = Buffer.alloc(16);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(json.length + padding + 8, 4);
  head.writeUInt32LE(json.length + padding + 4, 8);
  head.writeUInt32LE(json.length, 12);
  return Buffer.concat([head, json, Buffer.alloc(padding), ...bodies]);
}

export interface Archive {
  /** Contents by path; folders are not listed. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** SHA-256 of the header, hexadecimal: what Info.plist must say (electron/docs/tutorial/asar-integrity.md). */
  readonly headerHash: string;
  /** Files whose own hash in the header is not theirs, that lie outside the archive, or are links. */
  readonly faulty: readonly string[];
}

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>;
  readonly size?: number;
  readonly offset?: string;
  readonly integrity?: { readonly algorithm: string; readonly hash: string };
}

/** Throws on what is no archive. */
export function readAsar(archive: Buffer): Archive {
  const json = archive.subarray(16, 16 + archive.readUInt32LE(12));
  const start = 8 + archive.readUInt32LE(4);
  const files = new Map<string, Buffer>();
  const faulty: string[] = [];
  const walk = (entry: Entry, name: string): void => {
    if (entry.files !== undefined) {
      for (const [each, below] of Object.entries(entry.files)) walk(below, name === '' ? each : `${name}/${each}`);
      return;
    }
    const from = start + Number(entry.offset ?? Number.NaN);
    const body = archive.subarray(from, from + (entry.size ?? 0));
    const hash = createHash('sha256').update(body).digest('hex');
    const isOwn = entry.integrity === undefined || entry.integrity.hash === hash;
    if (!isOwn || body.length !== entry.size) faulty.push(name);
    files.set(name, body);
  };
  walk(JSON.parse(json.toString()) as Entry, '');
  return { files, headerHash: createHash('sha256').update(json).digest('hex'), faulty };
}
