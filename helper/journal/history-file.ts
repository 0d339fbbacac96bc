import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrations, schema, schemaVersion } from './history-schema.ts';
import { createStore, type HistoryStore } from './history-store.ts';

/** Opening history.db, and setting it aside when it is no database any more. Runs in the worker only. */

export interface OpenStore extends HistoryStore {
  readonly close: () => void;
}

/** SQLite's own names for a file that is damaged: https://sqlite.org/rescode.html, SQLITE_CORRUPT and SQLITE_NOTADB. */
const damagedCodes: readonly number[] = [11, 26];

export const isDamaged = (fault: unknown): boolean =>
  fault instanceof Error &&
  'errcode' in fault &&
  typeof fault.errcode === 'number' &&
  damagedCodes.includes(fault.errcode & 0xff);

export const openStore = (path: string, maxBytes: number): OpenStore => {
  const db = new DatabaseSync(path, { timeout: 1_000 });
  try {
    // Before the first table: later it would need a full VACUUM.
    db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('PRAGMA journal_mode = WAL');
    // Small caches and an early checkpoint: this lives in a process that is to stay small beside the memory it watches.
    db.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256; PRAGMA temp_store = MEMORY');
    db.exec('PRAGMA wal_autocheckpoint = 128; PRAGMA journal_size_limit = 1048576');
    const version = Object.values(db.prepare('PRAGMA user_version').get() ?? {})[0];
    if (version === 0) db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`);
    else if (version !== schemaVersion) migrate(db, version);
    const store = createStore(db, maxBytes);
    return { ...store, close: () => db.close() };
  } catch (fault) {
    db.close();
    throw fault;
  }
};

/** Written by a newer version of Castellan, or by nobody known: of no use here either. */
const foreignSchema = 'FOREIGN_SCHEMA';
const isForeign = (fault: unknown): boolean =>
  fault instanceof Error && 'code' in fault && fault.code === foreignSchema;

/** From one version to the next, all or nothing: a keeper that is killed in it finds the old database. */
const migrate = (db: DatabaseSync, from: unknown): void => {
  const steps: string[] = [];
  for (let version = Number(from) + 1; version <= schemaVersion; version++) steps.push(migrations[version] ?? '');
  if (steps.length === 0 || steps.includes('')) {
    throw Object.assign(new Error(`schema ${String(from)}`), { code: foreignSchema });
  }
  db.exec(`BEGIN IMMEDIATE; ${steps.join(' ')} PRAGMA user_version = ${schemaVersion}; COMMIT`);
};

/** Opens, or sets aside what cannot be used and begins anew. `said` is told what was set aside. */
export const openOrBegin = (path: string, maxBytes: number, said: (text: string) => void): OpenStore => {
  try {
    return openStore(path, maxBytes);
  } catch (fault) {
    if (!isDamaged(fault) && !isForeign(fault)) throw fault;
    said(setAside(path));
    return openStore(path, maxBytes);
  }
};

/** Renames the database; the newest set-aside file is kept, older ones go: each may be as large as history may get. */
export const setAside = (path: string): string => {
  const stamp = new Date().toISOString().replaceAll(':', '-');
  const aside = `${path}.corrupt-${stamp}`;
  const prefix = `${basename(path)}.corrupt-`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(path), name), { force: true });
  }
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, `${aside}${suffix}`);
  }
  return `${basename(path)} was damaged; it is kept as ${basename(aside)} and a new one was begun`;
};
