import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { SecureContext } from 'node:tls';

/**
 * What is shown to listeners that ask for a certificate, of PEM files that this account can read: read again when they have
 * changed. Of the key nothing is kept or told but what OpenSSL made of it.
 */

export interface TlsPaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export type Secured =
  | {
      readonly ok: true;
      readonly context: SecureContext;
      /** The certificate that is shown has: most servers then hang up. */
      readonly isExpired: boolean;
      /** Nothing is shown: only the server has a certificate. */
      readonly showsNone?: true;
    }
  | { readonly ok: false; readonly detail: string };

export interface TlsFiles {
  /** Never rejects. */
  readonly secured: (paths: TlsPaths | null) => Promise<Secured>;
}

const mostBytes = 256 * 1024;

/** What is wrong, in words that may be shown. */
class TlsFault extends Error {}

/** The code of OpenSSL or the system: their messages are not ours to repeat. */
const codeOf = (fault: unknown): string =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : 'it is not what it should be';

/** Other than before when one of the files is. */
const markOf = async (path: string): Promise<string> => {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (fault) {
    throw new TlsFault(`${path} cannot be read (${codeOf(fault)})`);
  }
};

const readPem = async (path: string): Promise<Buffer> => {
  try {
    // A pipe in its place must not hold us up.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const seen = await file.stat();
      if (!seen.isFile() || seen.size > mostBytes) throw new TlsFault(`${path} is no PEM file`);
      const bytes = Buffer.alloc(seen.size);
      const { bytesRead } = await file.read(bytes, 0, seen.size, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (fault) {
    throw fault instanceof TlsFault ? fault : new TlsFault(`${path} cannot be read (${codeOf(fault)})`);
  }
};

const attempt = <T>(what: string, make: () => T): T => {
  try {
    return make();
  } catch (fault) {
    throw new TlsFault(`${what} (${codeOf(fault)})`);
  }
};

/** OpenSSL takes what holds none, and then trusts nobody. */
const mustBeCertificate = (path: string, pem: Buffer) => {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  return attempt(`${path} holds no certificate`, () => new X509Certificate(pem));
};

/** Not imported: most seats are asked without, and they need 2 MB. */
const makeContext = async (paths: TlsPaths): Promise<Secured> => {
  const { createPrivateKey } = process.getBuiltinModule('node:crypto');
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  const [ca, cert, key] = await Promise.all([readPem(paths.ca), readPem(paths.cert), readPem(paths.key)]);
  try {
    mustBeCertificate(paths.ca, ca);
    const shown = mustBeCertificate(paths.cert, cert);
    const secret = attempt(`${paths.key} holds no key without a password`, () => createPrivateKey(key));
    const isIts = attempt(`${paths.key} holds no key that can be used`, () => shown.checkPrivateKey(secret));
    if (!isIts) throw new TlsFault(`${paths.key} is not the key of ${paths.cert}`);
    const context = attempt('the files cannot be used together', () =>
      createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' }),
    );
    return { ok: true, context, isExpired: shown.validToDate.getTime() < Date.now() };
  } finally {
    key.fill(0);
  }
};

/** For a server that is to show who it is and does not ask who we are. Never rejects. `ca` null: signed by anybody Node trusts. */
export const trustedBy = async (ca: string | null): Promise<Secured> => {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    const pem = ca === null ? null : await readPem(ca);
    if (ca !== null && pem !== null) mustBeCertificate(ca, pem);
    const context = attempt('the certificates cannot be used', () =>
      createSecureContext({ minVersion: 'TLSv1.2', ...(pem === null ? {} : { ca: pem }) }),
    );
    return { ok: true, context, isExpired: false, showsNone: true };
  } catch (fault) {
    if (!(fault instanceof TlsFault)) throw fault;
    return { ok: false, detail: fault.message };
  }
};

export const createTlsFiles = (): TlsFiles => {
  /** By the paths. */
  const known = new Map<string, { readonly marks: string; readonly secured: Secured }>();
  return {
    secured: async (paths) => {
      if (paths === null) return { ok: false, detail: 'castellan.toml names no [seat.health.tls] for it' };
      const all = [paths.ca, paths.cert, paths.key];
      try {
        const marks = (await Promise.all(all.map(markOf))).join('\n');
        const before = known.get(all.join('\0'));
        if (before?.marks === marks) return before.secured;
        const secured = await makeContext(paths);
        known.set(all.join('\0'), { marks, secured });
        return secured;
      } catch (fault) {
        if (!(fault instanceof TlsFault)) throw fault;
        return { ok: false, detail: fault.message };
      }
    },
  };
};
