import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Failure, failure } from '../../protocol/index.ts';

/**
 * One keeper per run directory. A pid file cannot promise that: between reading a dead keeper's pid and replacing the
 * file a second starter may have done the same. Asking the socket cannot either: two keepers that start together both
 * find nobody answering, and the later one unlinks the socket of the other. Only the kernel can tell, with a lock that
 * ends with its holder, also by SIGKILL. Node has no flock, but SQLite takes fcntl locks (sqlite.org/lockingv3.html):
 * an open exclusive transaction on an empty database is such a lock, on macOS and Linux, with nothing ever written.
 */

/**
 * node:sqlite closes a database that nothing refers to when it is collected (nodejs/node src/node_sqlite.cc, the
 * destructor of DatabaseSync), and the lock would go with it. A lock is held until it is released, whether or not the
 * caller keeps what it was given.
 */
const held = new Set<DatabaseSync>();

export type RunLock =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly failure: Failure };

/** SQLITE_BUSY: another process holds a lock on the file. */
const busy = 5;

/** Takes the lock, or says `already_running`. Call it after `prepareRunDirectory` and before anything else is touched. */
export const lockRunDirectory = (stateDirectory: string, name = 'keeper.lock'): RunLock => {
  const path = join(stateDirectory, name);
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
    if (code === busy) return { ok: false, failure: failure('already_running', path) };
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, failure: failure('run_directory_failed', `${path}: ${reason}`) };
  }
  const mine = database;
  held.add(mine);
  return {
    ok: true,
    release: () => {
      if (held.delete(mine)) mine.close();
    },
  };
};
