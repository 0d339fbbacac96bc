import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { type HistoryOptions, openHistory } from '../../helper/journal/history.ts';
import { seatStateCodes } from '../../helper/protocol/status.ts';
import { folder, GiB, moduleUrl, remount, sampleAt, smallDisk, undo, until, workerSource } from './journal-support.ts';

const day = Date.UTC(2026, 10, 22);
const MB = 2 ** 20;

/** history.db as its first version made it. */
const firstSchema = `
CREATE TABLE sample (id INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,
  wired_bytes INTEGER, compressed_bytes INTEGER, app_bytes INTEGER, cached_bytes INTEGER, free_bytes INTEGER,
  swap_used_bytes INTEGER, level INTEGER NOT NULL, kernel_level INTEGER,
  compressor_growth_bytes_per_second INTEGER, reserve_line_bytes INTEGER) STRICT;
CREATE TABLE seat (
  sample INTEGER NOT NULL, name TEXT NOT NULL, footprint_bytes INTEGER NOT NULL, PRIMARY KEY (sample, name)
) WITHOUT ROWID, STRICT;
CREATE TABLE minute (id INTEGER PRIMARY KEY, through INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
  wired_bytes INTEGER, compressed_bytes INTEGER, app_bytes INTEGER, cached_bytes INTEGER, free_bytes INTEGER,
  swap_used_bytes INTEGER, level INTEGER NOT NULL, kernel_level INTEGER,
  compressor_growth_bytes_per_second INTEGER, reserve_line_bytes INTEGER) STRICT;
CREATE TABLE seat_minute (
  minute INTEGER NOT NULL, name TEXT NOT NULL, footprint_bytes INTEGER NOT NULL, PRIMARY KEY (minute, name)
) WITHOUT ROWID, STRICT;
CREATE TABLE process (
  id INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, pid INTEGER NOT NULL, start TEXT NOT NULL, name TEXT NOT NULL,
  footprint_bytes INTEGER NOT NULL, rss_bytes INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 1;`;

const opened = (t: TestContext, options: HistoryOptions) => {
  const history = openHistory(options);
  undo(t, history.close);
  return history;
};

const query = (directory: string, sql: string): readonly Readonly<Record<string, unknown>>[] => {
  const db = new DatabaseSync(join(directory, 'history.db'), { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
};

const processAt = (pid: number, footprintBytes: number) => ({
  id: { pid, start: `start-${pid}` },
  name: `process ${pid}`,
  footprintBytes,
  rssBytes: 10 * MB,
});

describe('history', () => {
  test('samples come back as they were recorded, nulls and seats included, also after a restart', async (t) => {
    const directory = folder(t);
    const samples = [
      sampleAt(day, { seats: [] }),
      sampleAt(day + 2000, { tiers: null, swapUsedBytes: null, kernelLevel: null, reserveLineBytes: null, level: 3 }),
      sampleAt(day + 4000, { compressorGrowthBytesPerSecond: null, reserveLineBytes: -GiB }),
      sampleAt(day - 3_600_000, { level: 2 }),
    ];
    const first = opened(t, { directory, maxBytes: 64 * MB });
    for (const sample of samples) first.record(sample);
    assert.deepEqual(await first.load(0), samples);
    await first.close();
    const second = opened(t, { directory, maxBytes: 64 * MB });
    assert.deepEqual(await second.load(day), samples.slice(0, 3));
    assert.deepEqual(second.stats(), { state: 'ok', droppedRows: 0 });
    await second.close();
    assert.equal(second.stats().state, 'off');
    second.record(sampleAt(day));
    assert.equal(second.stats().droppedRows, 0, 'a closed history is closed, not failing');
  });

  test('more samples than one page come back whole and in order', async (t) => {
    const history = opened(t, { directory: folder(t), maxBytes: 64 * MB });
    for (let index = 0; index < 2_500; index++) {
      history.record(sampleAt(day + index * 2000));
      // The queue is bounded at 300.
      if (index % 250 === 249) await history.load(Number.MAX_SAFE_INTEGER);
    }
    const walls: number[] = [];
    const total = await history.replay(day + 2000, (sample) => walls.push(sample.wallMs));
    assert.equal(total, 2_499);
    assert.deepEqual(
      walls,
      Array.from({ length: 2_499 }, (_, index) => day + (index + 1) * 2000),
    );
  });

  test('a minute row keeps the peak of its minute and of its seats', async (t) => {
    const directory = folder(t);
    const history = opened(t, { directory, maxBytes: 64 * MB });
    const tiers = { wired: 30 * GiB, compressed: 9 * GiB, app: 5 * GiB, cached: GiB, free: GiB };
    for (let index = 0; index < 60; index++) {
      const peak = index === 17;
      history.record(
        sampleAt(day + index * 2000, {
          ...(peak ? { tiers } : {}),
          level: index === 3 ? 2 : 0,
          swapUsedBytes: index === 5 ? 7 * GiB : 0,
          seats: [
            {
              name: 'cilghal',
              footprintBytes: index === 9 ? 41 * GiB : 21 * GiB,
              state: index < 12 ? 'loading' : 'ready',
            },
          ],
        }),
      );
    }
    history.record(sampleAt(day + 120_000));
    await history.close();
    assert.deepEqual(
      query(directory, 'SELECT wall_ms, wired_bytes, app_bytes, swap_used_bytes, level FROM minute').map((row) => ({
        ...row,
      })),
      [
        { wall_ms: day, wired_bytes: tiers.wired, app_bytes: tiers.app, swap_used_bytes: 7 * GiB, level: 2 },
        { wall_ms: day + 60_000, wired_bytes: 4 * GiB, app_bytes: 20 * GiB, swap_used_bytes: 0, level: 0 },
      ],
    );
    assert.deepEqual(
      query(directory, 'SELECT footprint_bytes, state FROM seat_minute ORDER BY minute').map((row) => ({ ...row })),
      [
        { footprint_bytes: 41 * GiB, state: seatStateCodes.indexOf('ready') },
        { footprint_bytes: 21 * GiB, state: seatStateCodes.indexOf('ready') },
      ],
      'the state that lasted longest',
    );
  });

  test('of the process table the 20 largest are kept each minute, and changes of 64 MB at once', async (t) => {
    const directory = folder(t);
    const history = opened(t, { directory, maxBytes: 64 * MB });
    const table = Array.from({ length: 40 }, (_, index) => processAt(100 + index, (index + 1) * MB));
    history.record(sampleAt(day));
    history.recordProcesses(table);
    history.record(sampleAt(day + 10_000));
    history.recordProcesses(table.map((row) => (row.id.pid === 100 ? processAt(100, 70 * MB) : row)));
    history.record(sampleAt(day + 20_000));
    history.recordProcesses(table.filter((row) => row.id.pid !== 100));
    history.record(sampleAt(day + 60_000));
    history.recordProcesses(table.filter((row) => row.id.pid !== 100));
    await history.close();
    const rows = query(directory, 'SELECT wall_ms, pid, footprint_bytes FROM process ORDER BY id');
    const at = (wallMs: number) => rows.filter((row) => row.wall_ms === wallMs);
    assert.deepEqual(
      at(day)
        .map((row) => row.pid)
        .toSorted(),
      Array.from({ length: 20 }, (_, index) => 120 + index),
    );
    assert.deepEqual(
      at(day + 10_000).map((row) => [row.pid, row.footprint_bytes]),
      [[100, 70 * MB]],
    );
    assert.deepEqual(
      at(day + 20_000).map((row) => [row.pid, row.footprint_bytes]),
      [[100, 0]],
      'its end is a change',
    );
    assert.equal(at(day + 60_000).length, 20);
  });

  test('the file stays within its bound, and the newest rows are the ones that stay', async (t) => {
    const directory = folder(t);
    const maxBytes = 3 * MB;
    const history = opened(t, { directory, maxBytes });
    for (let minute = 0; minute < 240; minute++) {
      history.record(sampleAt(day + minute * 60_000));
      history.recordProcesses(
        Array.from({ length: 400 }, (_, index) => processAt(index, (minute % 2) * 80 * MB + 100 * MB)),
      );
      await history.load(Number.MAX_SAFE_INTEGER);
    }
    await history.close();
    // A second run finds the file as the first left it, and tidies before anything else.
    const again = opened(t, { directory, maxBytes });
    again.record(sampleAt(day + 240 * 60_000));
    const size = (): number =>
      readdirSync(directory)
        .filter((name) => name.startsWith('history.db'))
        .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    await until('it is within its bound', () => {
      again.record(sampleAt(day + 240 * 60_000));
      return size() <= maxBytes;
    });
    const samples = await again.load(0);
    await again.close();
    assert.ok(size() <= maxBytes, `${size()} bytes`);
    assert.ok(size() > maxBytes / 4, `${size()} bytes: more was deleted than needed`);
    assert.equal(samples.at(-1)?.wallMs, day + 240 * 60_000);
    assert.equal(again.stats().droppedRows, 0);
  });

  test('a damaged file is set aside and a new one begun', async (t) => {
    const directory = folder(t);
    const told: string[] = [];
    writeFileSync(
      join(directory, 'history.db'),
      'this was never a database, and is longer than its header would be '.repeat(40),
    );
    const history = opened(t, { directory, maxBytes: 64 * MB, onTrouble: (detail) => told.push(detail) });
    history.record(sampleAt(day));
    assert.deepEqual(
      (await history.load(0)).map((sample) => sample.wallMs),
      [day],
    );
    assert.deepEqual(history.stats(), { state: 'ok', droppedRows: 0 });
    const aside = readdirSync(directory).filter((name) => name.startsWith('history.db.corrupt-'));
    assert.equal(aside.length, 1);
    assert.match(readFileSync(join(directory, aside[0] ?? ''), 'utf8'), /never a database/);
    assert.match(told.join(), /set|kept as history\.db\.corrupt-/);
  });

  test('damage inside the file is met while it is read, and costs no start', async (t) => {
    const directory = folder(t);
    const first = opened(t, { directory, maxBytes: 64 * MB });
    for (let index = 0; index < 290; index++) first.record(sampleAt(day + index * 2000));
    await first.close();
    const path = join(directory, 'history.db');
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 2);
    writeFileSync(path, bytes);
    const second = opened(t, { directory, maxBytes: 64 * MB });
    assert.deepEqual(await second.load(0), []);
    second.record(sampleAt(day + 600_000));
    assert.deepEqual(
      (await second.load(0)).map((sample) => sample.wallMs),
      [day + 600_000],
    );
    assert.equal(
      readdirSync(directory).filter((name) => /\.corrupt-[^-]+-[^-]+-[^-]+-[^-]+-[^-]+Z$/.test(name)).length,
      1,
    );
  });

  test('a database of the version before keeps all its rows; only the states of its seats are not known', async (t) => {
    const directory = folder(t);
    const db = new DatabaseSync(join(directory, 'history.db'));
    db.exec(firstSchema);
    for (let index = 0; index < 3; index++) {
      db.exec(`INSERT INTO sample VALUES (${index + 1}, ${day + index * 2000}, 1, 2, 3, 4, 5, 6, 0, 1, 7, 8)`);
      db.exec(`INSERT INTO seat VALUES (${index + 1}, 'cilghal', ${(20 + index) * GiB})`);
    }
    db.exec(`INSERT INTO minute VALUES (1, 1, ${day - 60_000}, 1, 2, 3, 4, 5, 6, 0, 1, 7, 8)`);
    db.exec(`INSERT INTO seat_minute VALUES (1, 'cilghal', ${19 * GiB})`);
    db.exec(`INSERT INTO process VALUES (1, ${day}, 100, 'start', 'name', 1, 2)`);
    db.close();

    const told: string[] = [];
    const history = opened(t, { directory, maxBytes: 64 * MB, onTrouble: (detail) => told.push(detail) });
    const added = sampleAt(day + 6000, { seats: [{ name: 'cilghal', footprintBytes: GiB, state: 'hollow' }] });
    history.record(added);
    const kept = await history.load(0);
    assert.deepEqual(
      kept.slice(0, 3).map(({ wallMs, seats }) => ({ wallMs, seats })),
      [0, 1, 2].map((index) => ({
        wallMs: day + index * 2000,
        seats: [{ name: 'cilghal', footprintBytes: (20 + index) * GiB, state: null }],
      })),
    );
    assert.deepEqual(kept.slice(3), [added]);
    await history.close();
    assert.deepEqual(told, []);
    assert.equal(query(directory, 'SELECT * FROM process').length, 1);
    assert.deepEqual(
      query(directory, 'SELECT footprint_bytes, state FROM seat_minute WHERE minute = 1').map((row) => ({ ...row })),
      [{ footprint_bytes: 19 * GiB, state: null }],
    );
    const again = opened(t, { directory, maxBytes: 64 * MB });
    assert.equal((await again.load(0)).length, 4, 'and it is changed once');
  });

  test('a state that a later version wrote is not known, and costs nothing else', async (t) => {
    const directory = folder(t);
    const first = opened(t, { directory, maxBytes: 64 * MB });
    first.record(sampleAt(day));
    await first.close();
    const db = new DatabaseSync(join(directory, 'history.db'));
    db.exec('UPDATE seat SET state = 99');
    db.close();
    const [sample] = await opened(t, { directory, maxBytes: 64 * MB }).load(0);
    assert.deepEqual(sample?.seats, [{ name: 'cilghal', footprintBytes: 21 * GiB, state: null }]);
  });

  test('a database of another schema is set aside too', async (t) => {
    const directory = folder(t);
    const db = new DatabaseSync(join(directory, 'history.db'));
    db.exec('PRAGMA user_version = 77; CREATE TABLE other (x)');
    db.close();
    const history = opened(t, { directory, maxBytes: 64 * MB });
    history.record(sampleAt(day));
    assert.equal((await history.load(0)).length, 1);
  });

  test('a full disk drops rows and counts them; with room again it goes on by itself', async (t) => {
    const disk = smallDisk(t, MB);
    if (disk === null) return;
    const history = opened(t, { directory: disk, maxBytes: 256 * MB });
    history.record(sampleAt(day));
    await history.load(0);
    const hog = join(disk, 'hog');
    assert.throws(() => writeFileSync(hog, Buffer.alloc(2 * MB)), /ENOSPC/);
    let recorded = 0;
    const seats = Array.from({ length: 60 }, (_, index) => ({
      name: `seat ${index}`,
      footprintBytes: index,
      state: 'ready' as const,
    }));
    const startMs = performance.now();
    let slowestMs = 0;
    await until('rows are dropped', () => {
      const before = performance.now();
      history.record(sampleAt(day + ++recorded * 2000, { seats }));
      history.inputs.append(JSON.stringify({ recorded, filler: 'x'.repeat(20_000) }));
      slowestMs = Math.max(slowestMs, performance.now() - before);
      return history.stats().state === 'degraded' && history.inputs.stats().state === 'degraded';
    });
    assert.ok(history.stats().droppedRows > 0 && history.inputs.stats().lostRows > 0);
    t.diagnostic(
      `degraded after ${Math.round(performance.now() - startMs)} ms, slowest call ${slowestMs.toFixed(1)} ms`,
    );
    assert.ok(slowestMs < 500, `the caller waited ${slowestMs} ms`);

    remount(disk, 'size=64m');
    await until('it recovers', () => {
      history.record(sampleAt(day + ++recorded * 2000));
      history.inputs.append('{"after":true}');
      return history.stats().state === 'ok' && history.inputs.stats().state === 'ok';
    });
    const dropped = history.stats().droppedRows;
    const kept = await history.load(0);
    assert.equal(kept.length + dropped, recorded + 1, 'every row is either kept or counted');
  });

  test('a read-only disk degrades and recovers, from the first row on', async (t) => {
    const disk = smallDisk(t, 8 * MB);
    if (disk === null) return;
    remount(disk, 'ro');
    const told: string[] = [];
    const history = opened(t, { directory: disk, maxBytes: 256 * MB, onTrouble: (detail) => told.push(detail) });
    let recorded = 0;
    const record = (): void => history.record(sampleAt(day + ++recorded * 2000));
    record();
    await until('degraded', () => history.stats().state === 'degraded' && history.stats().droppedRows === 1);
    assert.equal(told.length, 1, told.join('\n'));
    assert.deepEqual(await history.load(0), []);
    remount(disk, 'rw');
    await until('recovered', () => {
      record();
      return history.stats().state === 'ok';
    });
    assert.equal((await history.load(0)).length + history.stats().droppedRows, recorded);
  });

  test('a slow disk never delays the caller, and is said', async (t) => {
    // The worker's own COMMIT waits: the caller and the queue are the real ones.
    const slow = `{
      const { DatabaseSync } = require('node:sqlite');
      const exec = DatabaseSync.prototype.exec;
      const wait = new Int32Array(new SharedArrayBuffer(4));
      let times = 0;
      DatabaseSync.prototype.exec = function (sql) {
        if (sql === 'COMMIT' && ++times === 1) Atomics.wait(wait, 0, 0, 6500);
        return exec.call(this, sql);
      };
    }`;
    const history = opened(t, { directory: folder(t), maxBytes: 64 * MB, worker: workerSource(slow) });
    history.record(sampleAt(day));
    await until('the first batch is under way', () => performance.now() > 0 && history.stats().state === 'ok');
    await new Promise((resolve) => setTimeout(resolve, 300));
    let slowestMs = 0;
    for (let index = 1; index <= 400; index++) {
      const before = performance.now();
      history.record(sampleAt(day + index * 2000));
      history.inputs.append(`{"index":${index}}`);
      slowestMs = Math.max(slowestMs, performance.now() - before);
    }
    assert.ok(slowestMs < 500, `the caller waited ${slowestMs} ms`);
    await until('it is said', () => history.stats().state === 'degraded');
    assert.equal(history.stats().droppedRows, 100, 'what the bounded queue could not hold');
    await until('it recovers', () => history.stats().state === 'ok');
    const walls = (await history.load(0)).map((sample) => sample.wallMs);
    assert.equal(walls.length, 301);
    assert.equal(walls.at(-1), day + 400 * 2000, 'the newest rows are the ones that were kept');
    assert.equal(history.inputs.stats().lostRows, 0);
  });

  test('a worker that dies is started again and what it held is counted', async (t) => {
    const fragile = `{
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', (message) => {
        if (message.kind === 'batch' && message.batch.inputs.includes('"die"')) process.exit(3);
      });
    }`;
    const told: string[] = [];
    const history = opened(t, {
      directory: folder(t),
      maxBytes: 64 * MB,
      worker: workerSource(fragile),
      onTrouble: (detail) => told.push(detail),
    });
    history.record(sampleAt(day));
    history.inputs.append('"die"');
    await until('it died', () => history.stats().state === 'degraded');
    assert.match(told.join(), /history worker: the worker ended/);
    assert.deepEqual([history.stats().droppedRows, history.inputs.stats().lostRows], [1, 1]);
    history.record(sampleAt(day + 2000));
    await until('it is back', () => history.stats().state === 'ok', 12_000);
    const walls = (await history.load(0)).map((sample) => sample.wallMs);
    assert.deepEqual(walls, [day + 2000]);
  });

  test('kill -9 loses at most the last second', async (t) => {
    const directory = folder(t);
    const script = `
      import { openHistory } from ${JSON.stringify(moduleUrl('history.ts'))};
      const history = openHistory({ directory: ${JSON.stringify(directory)}, maxBytes: ${64 * MB} });
      setInterval(() => {
        const wallMs = Date.now();
        history.record({ wallMs, tiers: null, swapUsedBytes: null, level: 0, kernelLevel: null,
          compressorGrowthBytesPerSecond: null, reserveLineBytes: null, seats: [] });
        history.inputs.append(JSON.stringify({ wallMs }));
        process.stdout.write(wallMs + '\\n');
      }, 50);`;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    undo(t, () => void child.kill('SIGKILL'));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await until('it has recorded for 3 s', () => printed.split('\n').length > 60, 20_000);
    child.kill('SIGKILL');
    await ended;
    const walls = printed.trim().split('\n').map(Number);
    const last = walls.at(-1) ?? 0;
    const history = opened(t, { directory, maxBytes: 64 * MB });
    const kept = (await history.load(0)).map((sample) => sample.wallMs);
    const lostMs = last - (kept.at(-1) ?? 0);
    t.diagnostic(`${kept.length} of ${walls.length} kept, ${lostMs} ms lost`);
    assert.ok(lostMs <= 1_000, `${lostMs} ms lost`);
    assert.deepEqual(kept, walls.slice(0, kept.length), 'and nothing before it');
  });
});
