import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createHeartbeat, type Heartbeat, heartbeatAge, type ReplaceFile } from '../../helper/journal/heartbeat.ts';
import { openHistory } from '../../helper/journal/history.ts';
import { replaceFile } from '../../helper/journal/replace-file.ts';
import { folder, smallDisk, undo, until, workerSource } from './journal-support.ts';

const body = (sequence: number): Heartbeat => ({
  pid: process.pid,
  version: '0.1.0',
  instance: 'a run',
  wallMs: 1_795_305_600_000 + sequence,
  level: 'orange',
  kernelLevel: 2,
  compressorGrowthBytesPerSecond: 850 * 2 ** 20,
  availableBytes: null,
  lastAction: null,
  sequence,
});

/** Reads the file without pause in another thread, for `ms`, and says what it met. */
const readerOf = (path: string, ms: number): Promise<{ reads: number; torn: number; sequences: number }> => {
  const code = `
    const { readFileSync } = require('node:fs');
    const { parentPort, workerData } = require('node:worker_threads');
    const until = performance.now() + workerData.ms;
    let reads = 0, torn = 0;
    const seen = new Set();
    while (performance.now() < until) {
      reads++;
      try { seen.add(JSON.parse(readFileSync(workerData.path, 'utf8')).sequence); } catch { torn++; }
    }
    parentPort.postMessage({ reads, torn, sequences: seen.size });`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: { path, ms } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
};

/** What the worker does, at once and on this thread. */
const replaceNow: ReplaceFile = async (path, text) => {
  try {
    replaceFile(path, text);
    return true;
  } catch {
    return false;
  }
};

const journalReplace = (t: Parameters<typeof folder>[0], directory: string, worker?: string): ReplaceFile => {
  const history = openHistory({ directory, maxBytes: 2 ** 24, ...(worker === undefined ? {} : { worker }) });
  undo(t, history.close);
  return history.replaceFile;
};

describe('heartbeat', () => {
  test('the file has all that observers need', async (t) => {
    const path = join(folder(t), 'heartbeat');
    assert.deepEqual(await createHeartbeat(path, replaceNow).beat(body(1)), { ok: true });
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), body(1));
  });

  test('a reader never meets a torn or missing beat', async (t) => {
    const path = join(folder(t), 'heartbeat');
    const heartbeat = createHeartbeat(path, replaceNow);
    await heartbeat.beat(body(0));
    const reading = readerOf(path, 600);
    let done = false;
    const finished = reading.then((found) => {
      done = true;
      return found;
    });
    for (let sequence = 1; !done; sequence++) {
      assert.deepEqual(await heartbeat.beat(body(sequence)), { ok: true });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const found = await finished;
    t.diagnostic(JSON.stringify(found));
    assert.equal(found.torn, 0);
    assert.ok(found.sequences > 5 && found.reads > 100);
  });

  test('one beat at a time: a disk that hangs delays nobody and the next beats are left out', async (t) => {
    const path = join(folder(t), 'heartbeat');
    let finish: (done: boolean) => void = () => {};
    const heartbeat = createHeartbeat(path, () => new Promise((resolve) => (finish = resolve)));
    const first = heartbeat.beat(body(1));
    assert.deepEqual(await heartbeat.beat(body(2)), {
      ok: false,
      problem: 'busy',
      detail: 'the beat before is still being written',
    });
    finish(true);
    assert.deepEqual(await first, { ok: true });
    const third = heartbeat.beat(body(3));
    finish(false);
    assert.equal((await third).ok, false);
    assert.deepEqual(heartbeat.stats(), { written: 1, failed: 1, skipped: 1 });
  });

  test('a folder that is gone or full is a result, the file before stays whole, and it recovers', async (t) => {
    const disk = smallDisk(t, 64 * 1024);
    if (disk === null) return;
    const path = join(disk, 'heartbeat');
    const heartbeat = createHeartbeat(path, replaceNow);
    await heartbeat.beat(body(1));
    assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 20)), /ENOSPC/);
    assert.deepEqual(await heartbeat.beat(body(2)), { ok: false, problem: 'unwritable', detail: path });
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), body(1));
    rmSync(join(disk, 'hog'));
    assert.deepEqual(await heartbeat.beat(body(3)), { ok: true });
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), body(3));
    assert.equal(await replaceNow(join(disk, 'absent', 'heartbeat'), 'x'), false);
  });

  test('its age is that of the file alone, whatever is in it', async (t) => {
    const path = join(folder(t), 'heartbeat');
    assert.equal(await heartbeatAge(path), null);
    writeFileSync(path, 'not even JSON');
    assert.ok(((await heartbeatAge(path)) ?? 99_999) < 5_000);
    const seconds = Date.now() / 1000 - 31;
    utimesSync(path, seconds, seconds);
    const age = (await heartbeatAge(path)) ?? 0;
    assert.ok(age >= 30_900 && age < 60_000, `${age} ms`);
    assert.equal(await heartbeatAge(path, 0), 0, 'a clock that was set back gives no negative age');
  });

  test('through the journal worker it is written within the second, the newest text only', async (t) => {
    const directory = folder(t);
    const path = join(directory, 'heartbeat');
    const heartbeat = createHeartbeat(path, journalReplace(t, directory));
    for (let sequence = 1; sequence <= 5; sequence++)
      assert.deepEqual(await heartbeat.beat(body(sequence)), { ok: true });
    await until('it is there', () => readOrEmpty(path).includes('"sequence":5'), 2_000);
  });

  test('through the journal worker a refusal shows at the next beat', async (t) => {
    const directory = folder(t);
    const path = join(directory, 'absent', 'heartbeat');
    const heartbeat = createHeartbeat(path, journalReplace(t, directory));
    await heartbeat.beat(body(1));
    let result = await heartbeat.beat(body(2));
    for (let sequence = 3; result.ok && sequence < 40; sequence++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      result = await heartbeat.beat(body(sequence));
    }
    assert.deepEqual(result, { ok: false, problem: 'unwritable', detail: path });
  });

  test('a worker that hangs shows as a beat that could not be written', async (t) => {
    const directory = folder(t);
    const hang = `{
      const { parentPort } = require('node:worker_threads');
      parentPort.once('message', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300_000));
    }`;
    const heartbeat = createHeartbeat(join(directory, 'heartbeat'), journalReplace(t, directory, workerSource(hang)));
    assert.deepEqual(await heartbeat.beat(body(1)), { ok: true });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const start = performance.now();
    assert.equal((await heartbeat.beat(body(2))).ok, false);
    // The worker hangs for five minutes: whoever waited for it would show, however busy this machine is.
    assert.ok(performance.now() - start < 60_000);
  });
});

const readOrEmpty = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
