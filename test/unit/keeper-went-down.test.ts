import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createClock } from '../../helper/host/clock.ts';
import type { MachineSample } from '../../helper/journal/samples.ts';
import { reportSince, watchCrashReport } from '../../helper/keeper/life/crash-report.ts';
import { markRun } from '../../helper/keeper/life/run-mark.ts';

/** A machine that went down under the keeper, and what macOS reported of it. */

const folder = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'mark-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
const GB = 2 ** 30;
const sample: MachineSample = {
  wallMs: 1_000_000,
  tiers: { wired: 20 * GB, compressed: 25 * GB, app: 17 * GB, cached: 1 * GB, free: 1 * GB },
  swapUsedBytes: 40 * GB,
  level: 3,
  kernelLevel: 4,
  compressorGrowthBytesPerSecond: null,
  reserveLineBytes: null,
  seats: [],
};
const start = (statePath: string, bootId: string, nowMs = 2_000_000, warn: (text: string) => void = assert.fail) =>
  markRun(statePath, { bootId, nowMs: () => nowMs, lastSample: sample, warn });

describe('the mark of a run', () => {
  test('tells a machine that went down from a keeper that was ended, killed, or never ran', (t) => {
    const path = folder(t);
    assert.equal(start(path, 'one').wentDown, null, 'nothing was there before');
    assert.equal(start(path, 'one').wentDown, null, 'it was only killed: the machine went on');
    start(path, 'one').strike();
    assert.equal(start(path, 'two').wentDown, null, 'it was told to end before the restart');
    assert.deepEqual(start(path, 'three').wentDown, {
      foundMs: 2_000_000,
      last: { atMs: 1_000_000, level: 3, availableBytes: 2 * GB, compressedBytes: 25 * GB, swapUsedBytes: 40 * GB },
    });
  });

  test('goes on telling it for a day, also after a restart of the keeper, and not beyond the next boot', (t) => {
    const path = folder(t);
    start(path, 'one');
    start(path, 'two').strike();
    assert.equal(start(path, 'two', 2_000_000 + 3_600_000).wentDown?.foundMs, 2_000_000);
    assert.equal(start(path, 'two', 2_000_000 + 25 * 3_600_000).wentDown, null);
    start(path, 'two').strike();
    assert.equal(start(path, 'three').wentDown, null);
  });

  test('is believed in its own form only, and a disk that takes none is said', (t) => {
    const path = folder(t);
    const file = join(path, 'run.json');
    for (const text of [
      '',
      '{',
      '[]',
      '{"bootId":1}',
      `{"bootId":"x","endedMs":null,"wentDown":null,"more":1}`,
      'x'.repeat(9_000),
    ]) {
      writeFileSync(file, text);
      assert.equal(start(path, 'two').wentDown, null, text.slice(0, 20));
    }
    rmSync(file);
    writeFileSync(join(path, 'elsewhere'), '{"bootId":"one","endedMs":null,"wentDown":null}');
    symlinkSync('elsewhere', file);
    assert.equal(start(path, 'two').wentDown, null, 'a link is not followed');
    const said: string[] = [];
    start(join(path, 'gone'), 'two', 0, (text) => said.push(text)).strike();
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /^run\.json: ENOENT/);
  });

  test('is readable by its owner only', (t) => {
    const path = folder(t);
    start(path, 'one');
    assert.match(readFileSync(join(path, 'run.json'), 'utf8'), /"bootId":"one"/);
  });
});

describe('the report of a machine that went down', () => {
  const root = resolve(import.meta.dirname, '../..');
  const command = [process.execPath, join(root, 'helper/main.ts')] as const;

  test('is found by a child that has no rights of root, and a panic says more than what was ended before it', async (t) => {
    // As readable as the system's folder: the child may be nobody.
    const reports = folder(t);
    chmodSync(reports, 0o755);
    const name = 'panic-full-2026-04-20-001408.0002.panic';
    const from = join(root, 'test/fixtures/incidents');
    for (const each of [name, 'JetsamEvent-2026-04-20-001132.ips'])
      writeFileSync(join(reports, each), readFileSync(join(from, each)), { mode: 0o644 });
    const found = await reportSince({ sinceMs: Date.parse('2026-04-19'), command, folder: reports });
    assert.equal(found?.path, join(reports, name));
    assert.match(found.sentence, /\.$/);
    assert.equal(
      await reportSince({ sinceMs: Date.parse('2026-04-22'), command, folder: reports }),
      null,
      'older ones are not it',
    );
  });

  test('is none when the child says something else, too much, or nothing', async (t) => {
    const path = folder(t);
    const says = async (script: string) => {
      mkdirSync(path, { recursive: true });
      const file = join(path, 'child.mjs');
      writeFileSync(file, script);
      return reportSince({ sinceMs: 0, command: [process.execPath, file] });
    };
    assert.equal(await says('console.log("no")'), null);
    assert.equal(await says('console.log(JSON.stringify({ reports: [{ path: 1 }] }))'), null);
    assert.equal(await says('process.stdout.write("x".repeat(2 ** 21))'), null);
    assert.equal(await reportSince({ sinceMs: 0, command: ['/no/such/program'] }), null);
    // Node throws of this one before it starts anything, as it does where there is no memory for another process.
    assert.equal(await reportSince({ sinceMs: 0, command: ['/no\0program'] }), null);
  });

  test('is looked for again until there is one: macOS writes it after the next start', async () => {
    const asked: number[] = [];
    const calls: { readonly atMs: number; readonly call: () => void }[] = [];
    const watch = watchCrashReport({
      lastSeenMs: 1_000_000,
      clock: {
        nowMs: () => 0,
        at: (atMs, call) => {
          calls.push({ atMs, call });
          return () => {};
        },
      },
      read: async (sinceMs) => {
        asked.push(sinceMs);
        return asked.length < 2 ? null : { path: '/p', sentence: 'It panicked.' };
      },
    });
    for (const { call } of calls) {
      call();
      await new Promise((done) => setImmediate(done));
    }
    assert.deepEqual(asked, [400_000, 400_000]);
    assert.equal(watch.report()?.sentence, 'It panicked.');
    const clock = createClock();
    const none = watchCrashReport({ lastSeenMs: null, clock, read: async () => assert.fail() });
    none.close();
    clock.close();
    assert.equal(none.report(), null);
  });
});
