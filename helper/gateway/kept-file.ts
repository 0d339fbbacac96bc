import { renameSync } from 'node:fs';
import type * as z from 'zod/mini';
import { readWhole } from '../journal/read-whole.ts';
import { replaceFile } from '../journal/replace-file.ts';
import { parseJson } from '../protocol/json.ts';

/**
 * What must outlive the gateway, in the folder of its own: written whole and renamed into place, so that a kill leaves one version
 * or the other. What is read back is judged as what comes over the network is; what is not what was written is set aside.
 */

export interface KeptFile<T> {
  readonly load: () => T;
  /** What went wrong; null: it is kept. */
  readonly save: (value: T) => string | null;
}

export interface KeptFileOptions<T> {
  readonly path: string;
  readonly mostBytes: number;
  /** What it does not take is not what was written. */
  readonly schema: z.ZodMiniType<T>;
  readonly nothing: T;
  /** For words: "push: what waited". */
  readonly what: string;
  readonly log: (text: string) => void;
  /** For tests: a disk that is full. */
  readonly write?: (path: string, text: string) => void;
}

const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault
    ? String(fault.code)
    : fault instanceof Error
      ? fault.message
      : String(fault);

export const createKeptFile = <T>({
  path,
  mostBytes,
  schema,
  nothing,
  what,
  log,
  write = (at, text) => replaceFile(at, text, 0o600),
}: KeptFileOptions<T>): KeptFile<T> => ({
  load: () => {
    try {
      const bytes = readWhole(path, mostBytes);
      const parsed = bytes === null ? null : parseJson(bytes);
      const read = parsed?.ok === true ? schema.safeParse(parsed.value) : null;
      if (read?.success === true) return read.data;
      const aside = `${path}.damaged`;
      renameSync(path, aside);
      log(`${what} could not be read, and is kept as ${aside}`);
    } catch (fault) {
      if (codeOf(fault) !== 'ENOENT') log(`${what} could not be read: ${path}: ${codeOf(fault)}`);
    }
    return nothing;
  },
  save: (value) => {
    try {
      write(path, JSON.stringify(value));
      return null;
    } catch (fault) {
      return `${path}: ${codeOf(fault)}`;
    }
  },
});
