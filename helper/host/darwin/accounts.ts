import type { ProbeAccount } from '../probe.ts';
import { decodeAccount } from './decode.ts';
import { errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';

/** Room for the strings of one account; sysconf(_SC_GETPW_R_SIZE_MAX) says 4096 on macOS. */
const textBytes = 4_096;

/** Null: there is no such account. Both may reject. */
export interface Accounts {
  byName(name: string): Promise<ProbeAccount | null>;
  byUid(uid: number): Promise<ProbeAccount | null>;
}

/**
 * Accounts. People are not in /etc/passwd on a Mac but in Open Directory, which getpwnam_r(3) asks; that can take a
 * while, so the call is made on a thread.
 */
export const createAccounts = (native: Native): Accounts => {
  const ask = (call: 'getpwnam_r' | 'getpwuid_r', key: string | number): Promise<ProbeAccount | null> =>
    new Promise((resolve, reject) => {
      const row = nativeMemory(layouts.passwd.size);
      const text = nativeMemory(textBytes);
      const found = nativeMemory(8);
      const done = (fault: unknown, errno: number): void => {
        if (fault !== null && fault !== undefined) reject(fault);
        else if (errno !== 0) reject(new Error(`${call}: ${errnoText(errno)}`));
        // A null pointer: there is no such account.
        else if (found.view.getBigUint64(0, true) === 0n) resolve(null);
        else resolve(decodeAccount(row.view, { bytes: text.bytes, address: text.address }));
      };
      native.call[call].async(key, row.address, text.address, textBytes, found.address, done);
    });

  return {
    byName: async (name) => (name === '' || name.includes('\0') ? null : ask('getpwnam_r', name)),
    byUid: (uid) => ask('getpwuid_r', uid),
  };
};
