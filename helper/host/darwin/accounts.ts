import type { ProbeAccount } from '../probe.ts';
import { decodeAccount } from './decode.ts';
import { errnoText } from './errors.ts';
import { layouts } from './layouts.ts';
import { type Native, nativeMemory } from './native.ts';
import { createQueue, within } from './queue.ts';

/** Room for the strings of one account; sysconf(_SC_GETPW_R_SIZE_MAX) says 4096 on macOS. */
const textBytes = 4_096;

/** Null: there is no such account. Both may reject. */
export interface Accounts {
  byName(name: string): Promise<ProbeAccount | null>;
  byUid(uid: number): Promise<ProbeAccount | null>;
}

/** Longer than a directory server on the network takes that answers. */
const limitMs = 5_000;

/**
 * Accounts. People are not in /etc/passwd on a Mac but in Open Directory, which getpwnam_r(3) asks; that can take a
 * while, and for ever where its server is gone, so the call is made on a thread, one at a time and once for all who ask.
 */
export const createAccounts = (native: Native, waitMs = limitMs): Accounts => {
  const queue = createQueue();
  const underWay = new Map<string, Promise<ProbeAccount | null>>();

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

  const find = (call: 'getpwnam_r' | 'getpwuid_r', key: string | number): Promise<ProbeAccount | null> => {
    const name = `${call} ${key}`;
    const asked = underWay.get(name) ?? queue(() => ask(call, key)).finally(() => underWay.delete(name));
    underWay.set(name, asked);
    return within(waitMs, asked, () => Promise.reject(new Error(`${call}: no answer within ${waitMs / 1000} s`)));
  };

  return {
    byName: async (name) => (name === '' || name.includes('\0') ? null : find('getpwnam_r', name)),
    byUid: (uid) => find('getpwuid_r', uid),
  };
};
