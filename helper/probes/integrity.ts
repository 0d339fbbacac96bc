import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SeatFiles } from '../config/config.ts';
import type { Host } from '../host/port.ts';
import type { Finding, Signature } from '../protocol/health.ts';
import { signatureWords } from './signature-words.ts';

/**
 * Whether the files that a seat's next start needs are there and whole. The program that runs may be gone from the disk and go
 * on serving: this is what says so hours before its next start fails.
 */

const found = (detail: string): Finding => ({ ok: true, code: 'ok', detail, ms: null });
const signedAs = (signed: Signature): Finding => ({ ...found(signatureWords[signed]), signed });
const failed = (code: Finding['code'], detail: string): Finding => ({ ok: false, code, detail, ms: null });

const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);

/** Loaded with the first program that is pinned: it costs the keeper 1.6 MB. */
const digestOf = async (file: FileHandle, bytes: bigint): Promise<string> => {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  const piece = Buffer.allocUnsafe(2 ** 20);
  // One that grows under our eyes is read as long as it was.
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
};

/** What changes with a file's content: nobody sets the time of its last change (ctime) back. */
const versionOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');

/** A program of 143 MB takes 0.15 s of a core to read through; one is read again when it has changed. */
type Digests = Map<string, { readonly version: string; readonly digest: string }>;

/** The largest program of a model server with all it embeds is a tenth of this. A file of holes has no end in sight. */
const mostProgramBytes = 4n * 2n ** 30n;

const anyExecute = 0o111n;

/** For people, who compare it with what it was an hour ago: "8812345-143654912-1763800000". */
const wordOf = ({ ino, size, mtimeNs }: BigIntStats): string => [ino, size, mtimeNs / 1_000_000_000n].join('-');

/** Opened is only what is pinned, and was a file a moment ago: to open a device may already do something (watchdog(4)). */
const look = async (program: string): Promise<BigIntStats | Finding> => {
  try {
    const seen = await stat(program, { bigint: true });
    return faultIn(program, seen) ?? seen;
  } catch (fault) {
    const code = codeOf(fault);
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? failed('missing', `${program} is gone.`)
      : failed('unreadable', `${program}: ${code}`);
  }
};

const faultIn = (program: string, seen: BigIntStats): Finding | null => {
  if (!seen.isFile()) return failed('missing', `${program} is no file.`);
  if (seen.size === 0n) return failed('missing', `${program} is empty.`);
  return (seen.mode & anyExecute) === 0n
    ? failed('not_executable', `${program} may not be executed by anybody.`)
    : null;
};

const checkPin = async (program: string, sha256: string, digests: Digests): Promise<Finding | null> => {
  let file: FileHandle;
  try {
    // A pipe in its place must not hold us up.
    file = await open(program, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (fault) {
    return failed('unreadable', `${program}: ${codeOf(fault)}`);
  }
  try {
    const seen = await file.stat({ bigint: true });
    const fault = faultIn(program, seen);
    if (fault !== null) return fault;
    if (seen.size > mostProgramBytes)
      return failed('digest_differs', `${program} is far too large for a program, and was not read.`);
    const version = versionOf(seen);
    const known = digests.get(program);
    const digest = known?.version === version ? known.digest : await digestOf(file, seen.size);
    digests.set(program, { version, digest });
    return digest === sha256 ? null : failed('digest_differs', `${program} is not the file that was pinned.`);
  } catch (fault) {
    return failed('unreadable', `${program}: ${codeOf(fault)}`);
  } finally {
    await file.close();
  }
};

const checkBeside = async ({ program, beside }: SeatFiles): Promise<Finding | null> => {
  for (const name of beside) {
    const path = join(dirname(program), name);
    const seen = await stat(path).catch(() => null);
    if (seen === null || !seen.isFile() || seen.size === 0)
      return failed('beside_missing', `${name} does not lie beside ${program}.`);
  }
  return null;
};

/** Never rejects. */
export type CheckIntegrity = (files: SeatFiles) => Promise<Finding>;

export const createIntegrityCheck = ({ checkCode }: Pick<Host, 'checkCode'>): CheckIntegrity => {
  const digests: Digests = new Map();
  return (files) => check(files, digests, checkCode);
};

const check = async (files: SeatFiles, digests: Digests, checkCode: Host['checkCode']): Promise<Finding> => {
  const { program, sha256 } = files;
  const seen = await look(program);
  if ('code' in seen) return seen;
  const fault = (sha256 === null ? null : await checkPin(program, sha256, digests)) ?? (await checkBeside(files));
  const finding = fault ?? (checkCode === undefined ? found('') : await checkSignature(program, checkCode));
  return { ...finding, version: wordOf(seen) };
};

const checkSignature = async (program: string, checkCode: NonNullable<Host['checkCode']>): Promise<Finding> => {
  const verdict = await checkCode(program);
  switch (verdict.kind) {
    case 'valid':
      return verdict.signed === null ? found('') : signedAs(verdict.signed);
    case 'unsigned':
      return signedAs('unsigned');
    case 'invalid':
      return failed('signature', verdict.detail);
    case 'unknown':
      // That nobody could say is no proof against it.
      return found(`Its code signature was not checked: ${verdict.detail}`);
  }
};
