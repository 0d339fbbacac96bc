import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type Audit, type AuditEntry, type AuditOptions, createAudit } from '../../helper/journal/audit.ts';
import { cursorOf, isAuditCursor, positionOf } from '../../helper/journal/audit-cursor.ts';
import { type AuditPage, type AuditQuery, readAudit } from '../../helper/journal/audit-read.ts';
import { logStart } from '../../helper/protocol/values.ts';
import { folder, moduleUrl, smallDisk, undo, until } from './journal-support.ts';

const opened = (t: TestContext, options: AuditOptions): Audit => {
  const audit = createAudit(options);
  undo(t, audit.close);
  return audit;
};

const stopped = (number: number, filler = ''): AuditEntry => ({
  kind: 'keeper_stopped',
  wallMs: number,
  instance: 'run',
  reason: `number ${number}${filler}`,
});
const refused = (number: number): AuditEntry => ({
  kind: 'refusal',
  wallMs: number,
  instance: 'run',
  verb: 'approve',
  code: 'approval_used',
  detail: 'says "kind":"keeper_stopped"',
  byUid: 501,
});

const numbers = (page: AuditPage): readonly unknown[] => page.rows.map(({ wallMs, kind }) => wallMs ?? kind);
const count = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Everything there is, page by page. */
const readAll = async (query: Omit<AuditQuery, 'after'>, after: string = logStart) => {
  const rows: unknown[] = [];
  let skipped = 0;
  for (let cursor = after; ; ) {
    const page = await readAudit({ ...query, after: cursor });
    rows.push(...numbers(page));
    skipped += page.skipped;
    if (page.rows.length === 0 && page.cursor === cursor) return { rows, cursor, skipped };
    cursor = page.cursor;
  }
};

describe('reading the audit', () => {
  test('nothing there is no rows, and a cursor that begins with the first row to come', async (t) => {
    const directory = folder(t);
    for (const after of [undefined, logStart]) {
      const empty = await readAudit({ directory, after, limit: 10 });
      assert.deepEqual([empty.rows, empty.skipped, empty.missed], [[], 0, false]);
      const audit = createAudit({ directory });
      audit.append(stopped(1));
      audit.close();
      assert.deepEqual(numbers(await readAudit({ directory, after: empty.cursor, limit: 10 })), [1]);
      rmSync(join(directory, 'audit.jsonl'));
    }
    assert.deepEqual((await readAudit({ directory: join(directory, 'absent'), limit: 10 })).rows, []);
  });

  test('100,000 rows over many files are paged without a gap or a repeat', { timeout: 120_000 }, async (t) => {
    const directory = folder(t);
    const audit = opened(t, { directory, maxBytes: 2 ** 20, kept: 20 });
    for (let number = 1; number <= 100_000; number++) audit.append(stopped(number));
    const { rows, skipped } = await readAll({ directory, limit: 500 });
    assert.equal(rows.length, 100_000);
    assert.ok(rows.every((number, index) => number === index + 1));
    assert.equal(skipped, 0);
    const last = await readAudit({ directory, limit: 500 });
    assert.deepEqual(numbers(last), count(99_501, 100_000));
    audit.append(stopped(100_001));
    assert.deepEqual(numbers(await readAudit({ directory, after: last.cursor, limit: 500 })), [100_001]);
  });

  test('who follows while files rotate sees every row once', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ write: fc.integer({ min: 0, max: 12 }), limit: fc.integer({ min: 1, max: 9 }) }), {
          maxLength: 25,
        }),
        async (steps) => {
          const directory = folder(t);
          // As many files as there can be rows: none is removed under the reader here.
          const audit = createAudit({ directory, maxBytes: 400, kept: 300, emergencyBytes: 512 });
          let written = 0;
          let cursor: string = logStart;
          const seen: unknown[] = [];
          for (const { write, limit } of steps) {
            for (let each = 0; each < write; each++) audit.append(stopped(++written));
            const page = await readAudit({ directory, after: cursor, limit });
            assert.ok(page.rows.length <= limit && !page.missed);
            seen.push(...numbers(page));
            cursor = page.cursor;
            assert.ok(cursor.length <= 64 && isAuditCursor(cursor));
          }
          seen.push(...(await readAll({ directory, limit: 7 }, cursor)).rows);
          audit.close();
          assert.deepEqual(seen, count(1, written));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('the last rows come backwards through the files, whatever their number', async (t) => {
    const directory = folder(t);
    const audit = opened(t, { directory, maxBytes: 3_000, kept: 50 });
    for (let number = 1; number <= 200; number++) audit.append(stopped(number, 'x'.repeat((number * 7) % 300)));
    for (const limit of [1, 2, 15, 199, 200, 500]) {
      const page = await readAudit({ directory, limit });
      assert.deepEqual(numbers(page), count(Math.max(1, 201 - limit), 200));
      assert.deepEqual((await readAudit({ directory, after: page.cursor, limit })).rows, []);
    }
  });

  test('kinds and time are filtered, forwards and backwards', async (t) => {
    const directory = folder(t);
    const audit = opened(t, { directory, maxBytes: 2_000, kept: 50 });
    for (let number = 1; number <= 120; number++) audit.append(number % 10 === 0 ? refused(number) : stopped(number));
    const kinds = ['refusal', 'not_a_kind'];
    assert.deepEqual(numbers(await readAudit({ directory, kinds, limit: 3 })), [100, 110, 120]);
    assert.deepEqual(numbers(await readAudit({ directory, kinds, sinceMs: 100, limit: 9 })), [100, 110, 120]);
    assert.deepEqual(
      (await readAll({ directory, kinds, limit: 5 })).rows,
      [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120],
    );
    assert.deepEqual((await readAll({ directory, sinceMs: 77, limit: 5 })).rows, count(77, 120));
    // Files that were last written before the time asked for are not even read.
    assert.deepEqual((await readAll({ directory, sinceMs: Date.now() + 60_000, limit: 5 })).rows, []);
  });

  test('torn and foreign lines are passed over and counted', async (t) => {
    const directory = folder(t);
    const path = join(directory, 'audit.jsonl');
    const lines = [
      JSON.stringify(stopped(1)),
      'no json',
      '[1]',
      '{"wallMs":3}',
      JSON.stringify(stopped(2)),
      '',
      'null',
    ];
    writeFileSync(`${path}.1`, `${lines.join('\n')}\n{"kind":"torn`);
    writeFileSync(path, `${'x'.repeat(300_000)}\n${JSON.stringify(stopped(3))}\n{"kind":"on its w`);
    assert.deepEqual(await readAudit({ directory, limit: 10 }).then((page) => [numbers(page), page.skipped]), [
      [1, 2, 3],
      6,
    ]);
    const all = await readAll({ directory, limit: 2 });
    assert.deepEqual([all.rows, all.skipped], [[1, 2, 3], 6]);
    appendFileSync(path, 'ay"}\n');
    assert.deepEqual(numbers(await readAudit({ directory, after: all.cursor, limit: 5 })), ['on its way']);
  });

  test('what is no cursor, or names a file that is gone, begins at the oldest and says so', async (t) => {
    const directory = folder(t);
    const audit = opened(t, { directory, maxBytes: 500, kept: 2 });
    audit.append(stopped(1));
    const { cursor } = await readAudit({ directory, limit: 1 });
    for (let number = 2; number <= 40; number++) audit.append(stopped(number));
    for (const after of [cursor, '', '0', 'x'.repeat(64), 'start.', `${cursor}.1-zz`]) {
      const page = await readAudit({ directory, after, limit: 100 });
      assert.ok(page.missed);
      assert.equal(numbers(page).at(-1), 40);
      assert.equal(isAuditCursor(after), after === cursor);
    }
    const position = { segment: '1abc-0123456789ab', offset: 5, ahead: { bytes: 7, digest: '0123456789ab' } };
    assert.deepEqual(positionOf(cursorOf(position)), position);
  });

  test('a link or a pipe in place of a file is not read', async (t) => {
    const directory = folder(t);
    mkdirSync(join(directory, 'state'));
    writeFileSync(join(directory, 'target'), `${JSON.stringify(stopped(1))}\n`);
    symlinkSync(join(directory, 'target'), join(directory, 'state', 'audit.jsonl'));
    mkdirSync(join(directory, 'state', 'audit.jsonl.1'));
    assert.deepEqual((await readAudit({ directory: join(directory, 'state'), limit: 5 })).rows, []);
  });

  test('a page fits into one answer of the keeper, however large its rows are', async (t) => {
    const directory = folder(t);
    const audit = opened(t, { directory });
    for (let number = 1; number <= 40; number++) audit.append(stopped(number, 'y'.repeat(100_000)));
    for (const after of [undefined, logStart]) {
      const page = await readAudit({ directory, after, limit: 500 });
      assert.ok(JSON.stringify(page.rows).length < 2 ** 20 - 65_536);
      assert.ok(page.rows.length > 4);
    }
    assert.deepEqual((await readAll({ directory, limit: 500 })).rows, count(1, 40));
  });

  test('rows of a full disk are seen at once, and once, when they move over', async (t) => {
    for (const pageSize of [1, 3, 100]) {
      const disk = smallDisk(t, 128 * 1024);
      if (disk === null) return;
      const audit = opened(t, { directory: disk, emergencyBytes: 8_192 });
      audit.append(stopped(0));
      const seen: unknown[] = [];
      let cursor: string = logStart;
      const look = async (): Promise<void> => {
        const found = await readAll({ directory: disk, limit: pageSize }, cursor);
        seen.push(...found.rows);
        cursor = found.cursor;
      };
      await look();
      assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 20)), /ENOSPC/);
      for (let number = 1; number <= 60; number++) {
        assert.deepEqual(audit.append(stopped(number)), { ok: true });
        if (number % 20 === 0) await look();
      }
      assert.equal(audit.stats().state, 'degraded');
      assert.deepEqual(seen, count(0, 60));
      assert.deepEqual(numbers(await readAudit({ directory: disk, limit: 10 })), count(51, 60));
      audit.append(stopped(61));
      // What a reader had taken out of the reserve half way, and what the last rows named.
      const last = await readAudit({ directory: disk, limit: 10 });
      rmSync(join(disk, 'hog'));
      for (let number = 62; number <= 65; number++) audit.append(stopped(number));
      assert.equal(audit.stats().state, 'ok');
      await look();
      assert.deepEqual(seen, count(0, 65));
      assert.deepEqual(numbers(await readAudit({ directory: disk, after: last.cursor, limit: 10 })), count(62, 65));
    }
  });

  test('a reader beside a keeper that is killed misses no row that was taken', { timeout: 60_000 }, async (t) => {
    const directory = folder(t);
    const script = `
      import { createAudit } from ${JSON.stringify(moduleUrl('audit.ts'))};
      const audit = createAudit({ directory: ${JSON.stringify(directory)}, maxBytes: 20_000, kept: 2_000 });
      let number = 0;
      setInterval(() => {
        for (let index = 0; index < 20; index++)
          audit.append({ kind: 'keeper_stopped', wallMs: ++number, instance: 'a', reason: 'test' });
        process.stdout.write(number + '\\n');
      }, 1);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    undo(t, () => void child.kill('SIGKILL'));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const seen: unknown[] = [];
    let cursor: string = logStart;
    await until('it has written', () => printed.length > 0, 20_000);
    while (seen.length < 4_000) {
      const page = await readAudit({ directory, after: cursor, limit: 137 });
      seen.push(...numbers(page));
      cursor = page.cursor;
    }
    child.kill('SIGKILL');
    await ended;
    seen.push(...(await readAll({ directory, limit: 500 }, cursor)).rows);
    const taken = Number(printed.trim().split('\n').at(-1));
    assert.ok(seen.length >= taken, `${seen.length} of ${taken}`);
    assert.ok(seen.every((number, index) => number === index + 1));
    assert.match(readFileSync(join(directory, 'audit.jsonl.1'), 'utf8'), /keeper_stopped/);
  });
});
