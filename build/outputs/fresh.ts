import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What an output was made from: a key for settings and versions, and the SHA-256 of every file that went in. */
interface Stamp {
  readonly key: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
}

const hashOf = (file: string): string | null => {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return null;
  }
};

export const keyOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** Whether the outputs are there and nothing they were made from has changed. Paths are relative to `root`. */
export function isFresh(root: string, stampFile: string, key: string): boolean {
  try {
    const stamp = JSON.parse(readFileSync(path.join(root, stampFile), 'utf8')) as Stamp;
    return (
      stamp.key === key &&
      stamp.outputs.every((file) => existsSync(path.join(root, file))) &&
      Object.entries(stamp.inputs).every(([file, hash]) => hashOf(path.join(root, file)) === hash)
    );
  } catch {
    return false;
  }
}

/**
 * Before the first output is written: a build that is killed between its outputs and its stamp must not be taken for the one
 * before, should the sources become again what they were then.
 */
export const dropStamp = (root: string, stampFile: string): void => rmSync(path.join(root, stampFile), { force: true });

export function writeStamp(
  root: string,
  stampFile: string,
  made: { readonly key: string; readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): void {
  const inputs = Object.fromEntries(made.inputs.map((file) => [file, hashOf(path.join(root, file)) ?? 'gone']));
  const stamp: Stamp = { key: made.key, inputs, outputs: made.outputs };
  mkdirSync(path.dirname(path.join(root, stampFile)), { recursive: true });
  writeFileSync(path.join(root, stampFile), JSON.stringify(stamp));
}
