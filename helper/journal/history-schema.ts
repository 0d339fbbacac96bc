/**
 * Tables of history.db. STRICT, so that a wrong type is an error where it is made. Sizes are bytes, wall times ms since
 * 1970. Ids grow with each insert and give the order: wall time may jump back.
 */

export const schemaVersion = 2;

const machine = `
  wall_ms INTEGER NOT NULL,
  wired_bytes INTEGER, compressed_bytes INTEGER, app_bytes INTEGER, cached_bytes INTEGER, free_bytes INTEGER,
  swap_used_bytes INTEGER,
  level INTEGER NOT NULL,
  kernel_level INTEGER,
  compressor_growth_bytes_per_second INTEGER,
  reserve_line_bytes INTEGER`;

export const schema = `
CREATE TABLE sample (id INTEGER PRIMARY KEY, ${machine}) STRICT;
CREATE TABLE seat (
  sample INTEGER NOT NULL, name TEXT NOT NULL, footprint_bytes INTEGER NOT NULL,
  -- An index into seatStateCodes (helper/protocol/status.ts). Null: written by a version that kept none.
  state INTEGER,
  PRIMARY KEY (sample, name)
) WITHOUT ROWID, STRICT;
-- One row for each minute in which there was a sample. through: id of its last sample.
CREATE TABLE minute (id INTEGER PRIMARY KEY, through INTEGER NOT NULL, ${machine}) STRICT;
CREATE TABLE seat_minute (
  minute INTEGER NOT NULL, name TEXT NOT NULL, footprint_bytes INTEGER NOT NULL,
  -- The one it was in at most of the minute's samples.
  state INTEGER,
  PRIMARY KEY (minute, name)
) WITHOUT ROWID, STRICT;
-- footprint_bytes 0: the process is gone.
CREATE TABLE process (
  id INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, pid INTEGER NOT NULL, start TEXT NOT NULL, name TEXT NOT NULL,
  footprint_bytes INTEGER NOT NULL, rss_bytes INTEGER NOT NULL
) STRICT;
PRAGMA user_version = ${schemaVersion};
`;

/** What takes a database of the version before each to that version; all its rows stay. Run in one transaction. */
export const migrations: Readonly<Record<number, string>> = {
  2: 'ALTER TABLE seat ADD COLUMN state INTEGER; ALTER TABLE seat_minute ADD COLUMN state INTEGER;',
};

export const machineColumns = [
  'wall_ms',
  'wired_bytes',
  'compressed_bytes',
  'app_bytes',
  'cached_bytes',
  'free_bytes',
  'swap_used_bytes',
  'level',
  'kernel_level',
  'compressor_growth_bytes_per_second',
  'reserve_line_bytes',
] as const;

export type MachineRow = { readonly [column in (typeof machineColumns)[number]]: number | null };

/** Rows kept: a day of samples, 30 days of minutes, and what 30 days of processes come to. */
export const rowsKept = { sample: 43_200, minute: 43_200, process: 1_000_000 } as const;
