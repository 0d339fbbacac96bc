import { statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Who sits at the screen of this Mac, and where that home is. */

export interface ConsoleAccount {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/**
 * Node asks the account database for the account in force only, so that one is taken for a moment. Null: there is no such
 * account, or it is not ours to ask for.
 */
export const accountOf = (uid: number): ConsoleAccount | null => {
  const isOwn = process.geteuid?.() === uid;
  try {
    if (!isOwn) process.seteuid?.(uid);
    const { gid, username, homedir } = userInfo();
    return { uid, gid, name: username, home: homedir };
  } catch {
    return null;
  } finally {
    if (!isOwn) process.seteuid?.(0);
  }
};

/** The first account of a person; below it are those of the system, as the one that macOS sets itself up with (248). */
const firstPersonUid = 500;

/**
 * The owner of /dev/console is who is logged in at the screen; root while nobody is (Apple, Technical Q&A QA1133, which says
 * that fast user switching moves it). Null: nobody.
 */
export const consoleUid = (): number | null => {
  try {
    const { uid } = statSync('/dev/console');
    return uid >= firstPersonUid ? uid : null;
  } catch {
    return null;
  }
};
