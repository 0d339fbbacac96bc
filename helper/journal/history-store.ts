import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { seatStateCodes } from '../protocol/seat-state-codes.ts';
import { type MachineRow, machineColumns, rowsKept } from './history-schema.ts';
import { rowOf, sampleOf, worse } from './machine-row.ts';
import type { MachineSample, ProcessRow, SeatSample } from './samples.ts';

/** Reading and writing history.db. Runs in the worker only; throws what SQLite throws. */
export interface HistoryStore {
  /** All rows or none. */
  readonly insert: (samples: readonly MachineSample[], processes: readonly ProcessRow[]) => void;
  /** From `durable` on each batch is on the disk, not only with the kernel, when `insert` returns. */
  readonly setDurable: (durable: boolean) => void;
  /** Samples after id `afterId` not older than `sinceMs`, at most `limit`, and the id to go on from (null: no more). */
  readonly read: (
    sinceMs: number,
    afterId: number,
    limit: number,
  ) => { readonly samples: readonly MachineSample[]; readonly lastId: number | null };
  /** Deletes what is too old or too much. A bounded piece of work; call again while it returns true. */
  readonly tidy: () => boolean;
}

/** Consecutive samples of one minute, and the row that stands for them. */
interface Group {
  readonly minute: number;
  readonly row: MachineRow;
  readonly firstId: number;
  readonly lastId: number;
}

const minuteMs = 60_000;
/** WAL and shared memory beside the database file. */
const besideBytes = 1.5 * 2 ** 20;

const list = machineColumns.join(', ');
const places = machineColumns.map(() => '?').join(', ');
const values = (row: MachineRow): (number | null)[] => machineColumns.map((column) => row[column]);

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
const rowFrom = (raw: Readonly<Record<string, unknown>>): MachineRow => {
  const cell = (column: string): number | null => {
    const value = raw[column];
    return typeof value === 'number' ? value : null;
  };
  const entries = machineColumns.map((column) => [column, cell(column)] as const);
  return Object.fromEntries(entries) as MachineRow;
};

const codeOf = (state: SeatSample['state']): number | null => (state === null ? null : seatStateCodes.indexOf(state));
/** A code of a version to come is not known here. */
const stateOf = (code: unknown): SeatSample['state'] =>
  typeof code === 'number' ? (seatStateCodes[code] ?? null) : null;

export const createStore = (db: DatabaseSync, maxBytes: number): HistoryStore => {
  const prepare = (sql: string): StatementSync => db.prepare(sql);
  const addSample = prepare(`INSERT INTO sample (${list}) VALUES (${places})`);
  const addSeat = prepare('INSERT OR REPLACE INTO seat (sample, name, footprint_bytes, state) VALUES (?, ?, ?, ?)');
  const addMinute = prepare(`INSERT INTO minute (through, ${list}) VALUES (?, ${places})`);
  const addSeatMinute = prepare(
    'INSERT OR REPLACE INTO seat_minute (minute, name, footprint_bytes, state) VALUES (?, ?, ?, ?)',
  );
  const addProcess = prepare(
    'INSERT INTO process (wall_ms, pid, start, name, footprint_bytes, rss_bytes) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const since = prepare(`SELECT id, ${list} FROM sample WHERE id > ? AND wall_ms >= ? ORDER BY id LIMIT ?`);
  const seatsBetween = prepare('SELECT sample, name, footprint_bytes, state FROM seat WHERE sample BETWEEN ? AND ?');
  const seatPeaks = prepare(
    `SELECT name, max(footprint_bytes) AS footprint_bytes, (
       SELECT state FROM seat AS own WHERE own.name = seat.name AND own.sample BETWEEN ?1 AND ?2 AND state IS NOT NULL
       GROUP BY state ORDER BY count(*) DESC, max(sample) DESC LIMIT 1
     ) AS state FROM seat WHERE sample BETWEEN ?1 AND ?2 GROUP BY name`,
  );
  const ends = {
    sample: prepare('SELECT min(id) AS oldest, max(id) AS newest FROM sample'),
    minute: prepare('SELECT min(id) AS oldest, max(id) AS newest FROM minute'),
    process: prepare('SELECT min(id) AS oldest, max(id) AS newest FROM process'),
  } as const;
  const wallAt = {
    sample: prepare('SELECT wall_ms FROM sample WHERE id = ?'),
    minute: prepare('SELECT wall_ms FROM minute WHERE id = ?'),
    process: prepare('SELECT wall_ms FROM process WHERE id = ?'),
  } as const;
  const rolledThrough = prepare('SELECT max(through) AS id FROM minute');
  type Table = keyof typeof ends;

  const inTransaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (fault) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw fault;
    }
  };

  /** Minute of the newest sample: when it changes, the minutes before it are complete. */
  let openMinute: number | null = null;

  /** Writes a minute row for each complete minute that has none; also those a `kill -9` left open. */
  const rollUp = (): void => {
    let through = numberOf(rolledThrough.get()?.id);
    let group = null as Group | null;
    for (;;) {
      const rows = since.all(through, Number.MIN_SAFE_INTEGER, 500);
      for (const raw of rows) {
        const row = rowFrom(raw);
        const id = numberOf(raw.id);
        const minute = Math.floor((row.wall_ms ?? 0) / minuteMs);
        if (group?.minute === minute)
          group = { minute, row: worse(group.row, row), firstId: group.firstId, lastId: id };
        else {
          if (group !== null) writeMinute(group);
          group = { minute, row, firstId: id, lastId: id };
        }
        through = id;
      }
      if (rows.length < 500) return;
    }
  };

  const writeMinute = (group: Group): void => {
    const at = { ...group.row, wall_ms: group.minute * minuteMs };
    const { lastInsertRowid } = addMinute.run(group.lastId, ...values(at));
    for (const seat of seatPeaks.all(group.firstId, group.lastId)) {
      const state = typeof seat.state === 'number' ? seat.state : null;
      addSeatMinute.run(lastInsertRowid, String(seat.name), numberOf(seat.footprint_bytes), state);
    }
  };

  const endsOf = (table: Table): { readonly oldest: number; readonly newest: number } | null => {
    const found = ends[table].get();
    return typeof found?.oldest === 'number' ? { oldest: found.oldest, newest: numberOf(found.newest) } : null;
  };

  /** Deletes rows up to and including `id`, with what belongs to them. */
  const deleteThrough = (table: Table, id: number): void =>
    inTransaction(() => {
      db.exec(`DELETE FROM ${table} WHERE id <= ${id}`);
      if (table === 'sample') db.exec(`DELETE FROM seat WHERE sample <= ${id}`);
      if (table === 'minute') db.exec(`DELETE FROM seat_minute WHERE minute <= ${id}`);
    });

  /** At most this many rows in one go: some 10 ms. */
  const pieceRows = 5_000;

  const tooMany = (): boolean => {
    let more = false;
    for (const table of ['sample', 'minute', 'process'] as const) {
      const range = endsOf(table);
      if (range === null) continue;
      const lastToGo = range.newest - rowsKept[table];
      if (lastToGo < range.oldest) continue;
      deleteThrough(table, Math.min(lastToGo, range.oldest + pieceRows));
      more ||= lastToGo > range.oldest + pieceRows;
    }
    return more;
  };

  const pragma = (name: string): number => numberOf(Object.values(prepare(`PRAGMA ${name}`).get() ?? {})[0]);

  const tooLarge = (): boolean => {
    const limitPages = Math.floor(Math.max(2 ** 18, maxBytes - besideBytes) / pragma('page_size'));
    const pages = pragma('page_count');
    const freePages = pragma('freelist_count');
    if (pages <= limitPages) return false;
    if (pages - freePages > limitPages) {
      const oldest = (['process', 'minute', 'sample'] as const)
        .flatMap((table) => {
          const range = endsOf(table);
          // The newest row stays: ids would begin again at 1 in an empty table, and order is by id.
          return range === null || range.newest === range.oldest
            ? []
            : [{ table, range, wallMs: numberOf(wallAt[table].get(range.oldest)?.wall_ms) }];
        })
        .toSorted((a, b) => a.wallMs - b.wallMs)[0];
      if (oldest === undefined) return false;
      const { table, range } = oldest;
      const piece = Math.min(pieceRows, Math.ceil((range.newest - range.oldest) / 20));
      deleteThrough(table, range.oldest + piece - 1);
    }
    db.exec('PRAGMA incremental_vacuum(1024)');
    return true;
  };

  return {
    insert: (samples, processes) =>
      inTransaction(() => {
        for (const sample of samples) {
          const minute = Math.floor(sample.wallMs / minuteMs);
          const { lastInsertRowid } = addSample.run(...values(rowOf(sample)));
          for (const seat of sample.seats) {
            addSeat.run(lastInsertRowid, seat.name, Math.round(seat.footprintBytes), codeOf(seat.state));
          }
          if (minute !== openMinute) rollUp();
          openMinute = minute;
        }
        for (const row of processes) {
          addProcess.run(
            Math.round(row.wallMs),
            row.pid,
            row.start,
            row.name,
            Math.round(row.footprintBytes),
            Math.round(row.rssBytes),
          );
        }
      }),
    setDurable: (durable) => db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`),
    read: (sinceMs, afterId, limit) => {
      const rows = since.all(afterId, sinceMs, limit);
      const first = numberOf(rows[0]?.id);
      const last = numberOf(rows.at(-1)?.id);
      const seats = new Map<number, SeatSample[]>();
      for (const raw of rows.length === 0 ? [] : seatsBetween.all(first, last)) {
        const seat = {
          name: String(raw.name),
          footprintBytes: numberOf(raw.footprint_bytes),
          state: stateOf(raw.state),
        };
        const id = numberOf(raw.sample);
        const known = seats.get(id);
        if (known === undefined) seats.set(id, [seat]);
        else known.push(seat);
      }
      const samples = rows.map((raw) => sampleOf(rowFrom(raw), seats.get(numberOf(raw.id)) ?? []));
      return { samples, lastId: rows.length < limit ? null : last };
    },
    tidy: () => tooMany() || tooLarge(),
  };
};
