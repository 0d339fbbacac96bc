import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import {
  historyText,
  readValveHistory,
  valveHistorySchema,
  valveLog,
  valveState,
} from '../../helper/install/cutover/import-valve.ts';

const newHome = (t: TestContext, state: string | null, log: string | null): string => {
  const home = mkdtempSync(join(tmpdir(), 'castellan-valve-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const [folder, file, text] of [
    ['.openclaw/state', 'sanctum-pressure-valve.json', state],
    ['.openclaw/logs', 'sanctum-pressure-valve.log', log],
  ] as const) {
    if (text === null) continue;
    mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, folder, file), text);
  }
  return home;
};

const lines = [
  '02:35:27 valved: executing action=SIGSTOP /Users/neo/.lms (pid 23424, rss 9630 MB)',
  '2026-04-20T15:03:28Z  INFO valved: executing action=bootout gui/501/com.sanctum.memory-vault',
  '02:37:10 valved: planned action=SIGSTOP pid 45013 dry_run=true',
  'something else',
];

describe('the history of the old valve', () => {
  test('is a summary of its heartbeat and its log, which stay as they are', (t) => {
    const state = '{"machine_level":"orange","last_action":{"kind":"SIGSTOP","pid":1},"pid":46053,"version":"0.2.0"}';
    const home = newHome(t, state, `${lines.join('\n')}\n`);
    const history = readValveHistory(home);
    assert.deepEqual(history, {
      state: { level: 'orange', lastAction: '{"kind":"SIGSTOP","pid":1}', version: '0.2.0', pid: 46053 },
      log: {
        bytes: lines.join('\n').length + 1,
        isCut: false,
        acts: { SIGSTOP: 2, bootout: 1 },
        dryRuns: 1,
        latest: lines.slice(0, 3),
      },
      errors: null,
      notes: [],
    });
    assert.equal(
      historyText(history),
      'The old valve: last level orange, last act {"kind":"SIGSTOP","pid":1}; 2 × SIGSTOP, 1 × bootout in its log, 1 of them in dry run.',
    );
    assert.equal(readFileSync(join(home, '.openclaw/state/sanctum-pressure-valve.json'), 'utf8'), state);
  });

  test('that is not there is no news', (t) => {
    const history = readValveHistory(newHome(t, null, null));
    assert.deepEqual(history, { state: null, log: null, errors: null, notes: [] });
    assert.equal(historyText(history), null);
  });

  test('that is damaged is said, and a link is not followed', (t) => {
    const home = newHome(t, '{"machine_level": "ora', null);
    mkdirSync(join(home, '.openclaw/logs'), { recursive: true });
    symlinkSync('/etc/passwd', join(home, '.openclaw/logs/sanctum-pressure-valve.log'));
    const { state, log, notes } = readValveHistory(home);
    assert.deepEqual([state, log], [null, null]);
    assert.match(
      notes.join('\n'),
      /is a link, and links are not followed here\nsanctum-pressure-valve\.json \(22 bytes\) is not/,
    );
  });

  test('holds the last errors, too, as words that can steer no terminal', (t) => {
    const home = newHome(t, null, '');
    const rows = Array.from({ length: 30 }, (_, n) => `error ${n}`);
    const text = `${rows.join('\n')}\n\u001b[2Jpanicked at main.rs\n\n`;
    writeFileSync(join(home, '.openclaw/logs/sanctum-pressure-valve.err'), text);
    const history = readValveHistory(home);
    assert.equal(history.errors?.bytes, text.length);
    assert.equal(history.errors?.latest.length, 20);
    assert.equal(history.errors?.latest[0], 'error 11');
    assert.doesNotMatch(history.errors?.latest.join('') ?? '', /[\p{Cc}\p{Cf}]/u);
    assert.match(historyText(history) ?? '', /last error ".*panicked at main\.rs"\.$/);
    assert.ok(valveHistorySchema.safeParse(JSON.parse(JSON.stringify(history))).success);
  });

  test('of a log of many megabytes only the end is read', (t) => {
    const log = `${'02:35:27 valved: executing action=OLD x\n'.repeat(60_000)}${'02:35:28 valved: executing action=NEW x\n'.repeat(30_000)}`;
    const { log: read } = readValveHistory(newHome(t, null, log));
    assert.ok(read?.isCut && read.bytes === log.length);
    assert.deepEqual(Object.keys(read.acts), ['NEW']);
    assert.equal(read.latest.length, 20);
  });

  test('is of its form whatever is in the files, and can steer no terminal', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json(),
      fc.constant('\u001b[2Jaction=X\u202e'),
    );
    fc.assert(
      fc.property(nasty, fc.array(nasty, { maxLength: 40 }), (state, rows) => {
        const log = valveLog(rows.map((row) => `action=${row} ${row}`).join('\n'));
        const history = { state: valveState(state), log: { bytes: 1, isCut: false, ...log }, errors: null, notes: [] };
        assert.ok(valveHistorySchema.safeParse(JSON.parse(JSON.stringify(history))).success);
        assert.doesNotMatch(`${historyText(history)}${log.latest.join('')}`, /[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 150 },
    );
  });
});
