import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Audit, type AuditEntry, type AuditOptions, createAudit } from '../../helper/journal/audit.ts';
import { folder, moduleUrl, remount, smallDisk, undo, until } from './journal-support.ts';

const opened = (t: TestContext, options: AuditOptions): Audit => {
  const audit = createAudit(options);
  undo(t, audit.close);
  return audit;
};

const entry = (number: number, filler = 0): AuditEntry => ({
  kind: 'config_reloaded',
  wallMs: number,
  instance: 'run',
  path: '/etc/castellan/castellan.toml',
  diff: [`pressure.yellow.available: 8 GB → 10 GB${'x'.repeat(filler)}`],
  byUid: 501,
});

const rowsOf = (path: string): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const numbers = (path: string): readonly unknown[] =>
  rowsOf(path).map((row) => (row.kind === 'gap' ? `gap ${row.lostRows}` : row.wallMs));

describe('audit', () => {
  test('a row is in the file when append returns, one line each, also after a restart', (t) => {
    const directory = folder(t);
    const path = join(directory, 'audit.jsonl');
    const first = opened(t, { directory });
    const started: AuditEntry = {
      kind: 'keeper_started',
      wallMs: 1,
      instance: 'a',
      pid: 1,
      version: '0',
      host: 'linux',
    };
    assert.deepEqual(first.append(started), { ok: true });
    assert.deepEqual(rowsOf(path), [started]);
    first.append({ kind: 'keeper_stopped', wallMs: 2, instance: 'a', reason: 'line\nbreak "quoted"' });
    first.close();
    assert.equal(first.append(started).ok, false);
    opened(t, { directory }).append(entry(3));
    assert.deepEqual(numbers(path), [1, 2, 3]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('a torn last line does not swallow the next one', (t) => {
    const directory = folder(t);
    const path = join(directory, 'audit.jsonl');
    writeFileSync(path, '{"kind":"config_reloaded"');
    opened(t, { directory }).append(entry(7));
    assert.equal(readFileSync(path, 'utf8').split('\n')[1], JSON.stringify(entry(7)));
  });

  test('files rotate by size, the newest as .1, and no row is lost on the way', async (t) => {
    const directory = folder(t);
    const audit = opened(t, { directory, maxBytes: 1_000, kept: 2, emergencyBytes: 4_096 });
    for (let number = 0; number < 60; number++) assert.equal(audit.append(entry(number)).ok, true);
    audit.close();
    const names = ['audit.jsonl.2', 'audit.jsonl.1', 'audit.jsonl'].map((name) => join(directory, name));
    const kept = names.flatMap(numbers);
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, index) => 60 - kept.length + index),
    );
    assert.ok(names.every((name) => statSync(name).size <= 1_000));
    assert.equal(readdirSync(directory).length, 4);
  });

  test('on a full disk rows go into the reserve, survive kill -9 there, and come back in order', async (t) => {
    const disk = smallDisk(t, 128 * 1024);
    if (disk === null) return;
    const path = join(disk, 'audit.jsonl');
    const options = { directory: disk, emergencyBytes: 8_192 };
    const audit = opened(t, options);
    audit.append(entry(0));
    assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 20)), /ENOSPC/);
    // Fills what is left of the last page, then the reserve.
    for (let number = 1; number <= 40; number++) assert.deepEqual(audit.append(entry(number)), { ok: true });
    assert.equal(audit.stats().state, 'degraded');
    assert.equal(audit.stats().lostRows, 0);
    const inFile = numbers(path).length;
    assert.ok(inFile < 41 && inFile > 0);
    // What a start after kill -9 finds: nothing was closed here.
    const next = opened(t, options);
    rmSync(join(disk, 'hog'));
    assert.deepEqual(next.append(entry(41)), { ok: true });
    assert.deepEqual(
      numbers(path),
      Array.from({ length: 42 }, (_, index) => index),
    );
    assert.deepEqual(next.stats(), { state: 'ok', lostRows: 0 });
  });

  test('when the reserve is full too the caller is told, and a gap row says how many are missing', (t) => {
    const disk = smallDisk(t, 128 * 1024);
    if (disk === null) return;
    const audit = opened(t, { directory: disk, emergencyBytes: 4_096 });
    audit.append(entry(0));
    assert.throws(() => writeFileSync(join(disk, 'hog'), Buffer.alloc(2 ** 20)), /ENOSPC/);
    let refused = 0;
    for (let number = 1; number <= 100; number++) {
      const result = audit.append(entry(number));
      if (result.ok) assert.equal(refused, 0, 'nothing is kept after a loss before the gap is told');
      else {
        assert.equal(result.failure.code, 'audit_unwritable');
        refused++;
      }
    }
    assert.ok(refused > 10);
    assert.equal(audit.stats().lostRows, refused);
    rmSync(join(disk, 'hog'));
    assert.equal(audit.append(entry(101)).ok, true);
    const kept = 101 - refused;
    assert.deepEqual(numbers(join(disk, 'audit.jsonl')), [
      ...Array.from({ length: kept }, (_, index) => index),
      `gap ${refused}`,
      101,
    ]);
  });

  test('a read-only disk is said and no exception, and it goes on when it can be written', (t) => {
    const disk = smallDisk(t, 1024 * 1024);
    if (disk === null) return;
    remount(disk, 'ro');
    const audit = opened(t, { directory: disk });
    const result = audit.append(entry(1));
    assert.equal(result.ok, false);
    assert.match(result.ok ? '' : result.failure.detail, /EROFS/);
    remount(disk, 'rw');
    assert.equal(audit.append(entry(2)).ok, true);
    assert.deepEqual(numbers(join(disk, 'audit.jsonl')), ['gap 1', 2]);
  });

  test('a link in place of the file is not followed', (t) => {
    const directory = folder(t);
    const target = join(directory, 'target');
    writeFileSync(target, '');
    mkdirSync(join(directory, 'state'));
    symlinkSync(target, join(directory, 'state', 'audit.jsonl'));
    const audit = opened(t, { directory: join(directory, 'state') });
    const result = audit.append(entry(1));
    assert.equal(readFileSync(target, 'utf8'), '');
    assert.equal(result.ok, true, 'the reserve took it');
  });

  test('every row that was appended survives kill -9', async (t) => {
    const directory = folder(t);
    const script = `
      import { createAudit } from ${JSON.stringify(moduleUrl('audit.ts'))};
      const audit = createAudit({ directory: ${JSON.stringify(directory)} });
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
    await until('it has written', () => printed.split('\n').length > 50, 20_000);
    child.kill('SIGKILL');
    await ended;
    const last = Number(printed.trim().split('\n').at(-1));
    const kept = numbers(join(directory, 'audit.jsonl'));
    assert.ok(kept.length >= last);
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, index) => index + 1),
    );
  });

  test('append takes a few microseconds of the caller', (t) => {
    const audit = opened(t, { directory: folder(t) });
    const times: number[] = [];
    for (let number = 0; number < 5_000; number++) {
      const start = performance.now();
      audit.append(entry(number, 100));
      times.push((performance.now() - start) * 1000);
    }
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    t.diagnostic(
      `median ${at(0.5).toFixed(1)} µs, p99 ${at(0.99).toFixed(1)} µs, worst ${times.at(-1)?.toFixed(0)} µs`,
    );
    assert.ok(at(0.5) < 50, `${at(0.5)} µs`);
  });
});
