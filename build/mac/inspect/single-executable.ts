import { findSection, type MachO, readMachO } from './macho.ts';

/** What is to be seen of an executable with a script in it, on any machine (nodejs.org/api/single-executable-applications). */
export interface SingleExecutable {
  readonly file: MachO;
  /** Of the script and the files that go with it; 0 where there is none. */
  readonly blobBytes: number;
  /** Whether Node looks for the script at all. */
  readonly isOn: boolean;
}

/** Node searches its own file for this and takes the digit after it for yes or no. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';

export type SingleRead =
  | { readonly ok: true; readonly found: SingleExecutable }
  | { readonly ok: false; readonly problem: string };

export function readSingleExecutable(bytes: Buffer): SingleRead {
  const read = readMachO(bytes);
  if (!read.ok) return read;
  const blob = findSection(read.file, 'NODE_SEA', '__NODE_SEA_BLOB');
  const at = bytes.indexOf(fuse);
  const digit = at === -1 ? '' : bytes.toString('latin1', at + fuse.length, at + fuse.length + 1);
  if (digit !== '0' && digit !== '1') return { ok: false, problem: 'it is no Node that could hold a script' };
  return { ok: true, found: { file: read.file, blobBytes: blob?.bytes ?? 0, isOn: digit === '1' } };
}
