import { closeSync, constants, openSync, readSync } from 'node:fs';
import { sameSecret } from '../keeper/random.ts';

/** The token of the run directory, and whether a caller has it. */
export interface Token {
  /** `unknown`: it cannot be read, so that nobody can have it. */
  readonly judge: (authorization: string | null) => 'right' | 'missing' | 'wrong' | 'unknown';
  /** Reads it again: a keeper that starts may have made another. */
  readonly refresh: () => void;
}

const form = /^[0-9a-f]{64}$/;
const bearer = /^Bearer +([0-9a-f]{64}) *$/i;

const readToken = (path: string): string | null => {
  try {
    // Never waits: whatever else may lie there.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(128);
      const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)).trimEnd();
      return form.test(text) ? text : null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
};

export const createToken = (path: string): Token => {
  let token: string | null = null;
  const refresh = (): void => {
    token = readToken(path);
  };
  return {
    judge: (authorization) => {
      if (authorization === null) return 'missing';
      const given = bearer.exec(authorization)?.[1]?.toLowerCase();
      if (given === undefined) return 'wrong';
      if (token === null) refresh();
      if (token === null) return 'unknown';
      return sameSecret(given, token) ? 'right' : 'wrong';
    },
    refresh,
  };
};
