import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * A secret of castellan.toml's choice: in a file of root's (in development of our own account) that others can neither change nor
 * read, but for the group of the gateway. What is in it is told to nobody: not in words, not in a log.
 */

export type Secret =
  | { readonly ok: true; readonly secret: string }
  /** In words that may be shown. */
  | { readonly ok: false; readonly detail: string };

const mostBytes = 4096;
/** One word of a header: no blank, nothing that ends a line. */
const form = /^[!-~]{1,2048}$/;
/** Anybody may write, or whoever is neither owner nor group may read: stat(2). */
const tooOpen = 0o027;

/** @param ownUid of this process; with root's, the only account whose file is taken */
export const readSecret = async (path: string, ownUid: number): Promise<Secret> => {
  const no = (why: string): Secret => ({ ok: false, detail: `${path} ${why}` });
  try {
    // A pipe in its place must not hold us up.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const seen = await file.stat();
      if (!seen.isFile() || seen.size > mostBytes) return no('is no file with a key');
      if (seen.uid !== 0 && seen.uid !== ownUid) return no('belongs neither to root nor to the account of the gateway');
      if ((seen.mode & tooOpen) !== 0) return no('can be written by others, or read by everybody: chmod 0640');
      const bytes = Buffer.alloc(mostBytes);
      const { bytesRead } = await file.read(bytes, 0, mostBytes, 0);
      const secret = bytes.toString('latin1', 0, bytesRead).trim();
      bytes.fill(0);
      return form.test(secret) ? { ok: true, secret } : no('holds no key: one word is expected');
    } finally {
      await file.close();
    }
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'it is not what it should be';
    return no(code === 'EACCES' ? `cannot be read by uid ${ownUid} (${code})` : `cannot be read (${code})`);
  }
};
