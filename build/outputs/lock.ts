import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const lookMs = 100;
/** SQLITE_BUSY: somebody else has it. */
const busy = 5;

/** The upper bits say what for. */
const isTaken = (error: unknown): boolean => ((error as { readonly errcode?: number }).errcode ?? 0) % 256 === busy;

/** Kept in sight: one that only a waiting function knows may be collected, and a lock goes with its database. */
const held = new Set<DatabaseSync>();

/**
 * One build at a time in a folder: two would write the same files, and each would take the other's half. The lock is one that
 * the system gives back when its process ends, however it ends, and it holds between containers that share the folder: it is
 * SQLite's on a file of its own (sqlite.org/lockingv3.html), for Node has none. The file stays, and is empty.
 *
 * @param folder where the outputs go; made when it is missing
 */
export async function withBuildLock<T>(folder: string, build: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(path.join(folder, '.build-lock'), { timeout: 0 });
  try {
    for (;;) {
      try {
        // Nothing is written, so there is nothing that a journal could give back after a kill.
        lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
        break;
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
      await sleep(lookMs);
    }
    held.add(lock);
    return await build();
  } finally {
    held.delete(lock);
    lock.close();
  }
}
