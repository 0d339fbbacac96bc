import type { ProbeAccount } from '../probe.ts';
import { layouts } from './bindings.ts';
import { decodeAccount } from './decode.ts';
import { errnoText } from './errors.ts';
import { type Native, nativeMemory } from './native.ts';

/** Room for the strings of one account; sysconf(_SC_GETPW_R_SIZE_MAX) says 4096 on macOS. */
const textBytes = 4_096;

/**
 * Accounts by name. People are not in /etc/passwd on a Mac but in Open Directory, which getpwnam_r(3) asks; that can take a
 * while, so the call is made on a thread.
 */
export const createFindAccount =
  (native: Native) =>
  (name: string): Promise<ProbeAccount | null> =>
    new Promise((resolve, reject) => {
      if (name === '' || name.includes('\0')) {
        resolve(null);
        return;
      }
      const row = nativeMemory(layouts.passwd.size);
      const text = nativeMemory(textBytes);
      const found = nativeMemory(8);
      const done = (fault: unknown, errno: number): void => {
        if (fault !== null && fault !== undefined) reject(fault);
        else if (errno !== 0) reject(new Error(`getpwnam_r: ${errnoText(errno)}`));
        // A null pointer: there is no such account.
        else if (found.view.getBigUint64(0, true) === 0n) resolve(null);
        else resolve(decodeAccount(row.view, { bytes: text.bytes, address: text.address }));
      };
      native.call.getpwnam_r.async(name, row.address, text.address, textBytes, found.address, done);
    });
