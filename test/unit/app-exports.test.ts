import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { historyText, logText } from '../../app/export-format.ts';
import { createExports, type ExportOptions } from '../../app/exports.ts';
import { failure } from '../../helper/protocol/errors.ts';
import type { History, LogRow } from '../../helper/protocol/index.ts';

const rows: readonly LogRow[] = [
  { kind: 'plan', wallMs: 0, plan: 1, target: 'a "quoted", name\nwith lines', expected: { bytes: 5 } },
  { kind: 'mutation', wallMs: 1_700_000_000_000, target: '=HYPERLINK("http://x")', detail: '-1', byUid: -2 },
  { kind: 'gap', lostRows: 3 },
];
const history: History = {
  range: '15m',
  fromMs: 1_700_000_000_000,
  columnMs: 60_000,
  totalBytes: 8,
  tiers: { wired: [1, null], compressed: [2, null], app: [3, 3], cached: [1, 1], free: [1, 1] },
  swapUsedBytes: [0, 0],
  level: [0, 3],
  kernelLevel: [1, null],
  compressorGrowthBytesPerSecond: [-5, 0],
  reserveLineBytes: [null, null],
  seats: [{ name: '@seat', state: [0, 0], footprintBytes: [7, null] }],
};

describe('what is exported', () => {
  test('as CSV has one column for each thing said, quoted, and no text that a spreadsheet would run', () => {
    assert.equal(
      logText('csv', rows),
      [
        'time,kind,plan,target,expected,detail,byUid,lostRows',
        '1970-01-01T00:00:00.000Z,plan,1,"a ""quoted"", name\nwith lines","{""bytes"":5}",,,',
        `2023-11-14T22:13:20.000Z,mutation,,"'=HYPERLINK(""http://x"")",,'-1,-2,`,
        ',gap,,,,,,3',
        '',
      ].join('\r\n'),
    );
  });

  test('as JSON is what the keeper said', () => {
    assert.deepEqual(JSON.parse(logText('json', rows)), rows);
    assert.deepEqual(JSON.parse(historyText('json', history)), history);
  });

  test('of the history has a row for each moment, and nothing where nothing was measured', () => {
    const lines = historyText('csv', history).split('\r\n');
    assert.equal(lines.length, 4);
    assert.ok(lines[0]?.endsWith(",reserve_line_bytes,'@seat footprint_bytes"));
    assert.equal(lines[1], '2023-11-14T22:13:20.000Z,1,2,3,1,1,0,0,1,-5,,7');
    assert.equal(lines[2], '2023-11-14T22:14:20.000Z,,,3,1,1,0,3,,0,,');
  });
});

describe('an export', () => {
  const folderOf = (t: TestContext): string => {
    const folder = mkdtempSync(join(tmpdir(), 'cs-'));
    t.after(() => rmSync(folder, { recursive: true }));
    return folder;
  };
  const made = (answers: readonly unknown[], path: string | null) => {
    const asked: unknown[] = [];
    const suggested: string[] = [];
    const exports = createExports({
      request: (async (_verb: string, args: unknown) => {
        asked.push(args);
        return answers[asked.length - 1] ?? answers.at(-1);
      }) as ExportOptions['request'],
      choosePath: async (name) => {
        suggested.push(name);
        return path;
      },
      nowMs: () => 0,
      waitMs: 1,
    });
    return { exports, asked, suggested };
  };
  const page = (some: readonly LogRow[], cursor: string) => ({ ok: true, result: { rows: some, cursor } });

  test('of the log asks for all pages from the oldest row on, and waits where the keeper says so', async (t) => {
    const path = join(folderOf(t), 'log.json');
    const answers = [
      page(rows.slice(0, 2), 'a'),
      { ok: false, failure: failure('rate_limited') },
      page(rows.slice(2), 'b'),
      page([], 'b'),
    ];
    const { exports, asked, suggested } = made(answers, path);
    assert.deepEqual(await exports.exportLog('json', null), { kind: 'written', path, rows: 3 });
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), rows);
    assert.deepEqual(
      asked.map((each) => (each as { after: string }).after),
      ['start', 'a', 'a', 'b'],
    );
    assert.deepEqual(asked[0], { after: 'start', limit: 500 });
    assert.deepEqual(suggested, ['castellan-log-1970-01-01.json']);
  });

  test('of chosen rows writes these, and asks the keeper for nothing', async (t) => {
    const path = join(folderOf(t), 'log.json');
    const { exports, asked, suggested } = made([], path);
    assert.deepEqual(await exports.exportLog('json', rows.slice(1)), { kind: 'written', path, rows: 2 });
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), rows.slice(1));
    assert.deepEqual(asked, []);
    assert.deepEqual(suggested, ['castellan-log-filtered-1970-01-01.json']);
  });

  test('that the keeper puts off for a minute on end is given up, and says why', async (t) => {
    const folder = folderOf(t);
    const { exports, asked } = made([{ ok: false, failure: failure('rate_limited') }], join(folder, 'log.csv'));
    const given = await exports.exportLog('csv', null);
    const { message, todo } = failure('rate_limited');
    assert.deepEqual(given, { kind: 'failed', why: `${message} ${todo}` });
    assert.equal(asked.length, 121);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('for which no file was chosen asks for nothing', async () => {
    const { exports, asked } = made([page([], 'start')], null);
    assert.deepEqual(await exports.exportLog('csv', null), { kind: 'cancelled' });
    assert.deepEqual(asked, []);
  });

  test('that the keeper refuses, or the disk, writes nothing and says why', async (t) => {
    const folder = folderOf(t);
    const refused = await made(
      [{ ok: false, failure: failure('not_allowed') }],
      join(folder, 'a.csv'),
    ).exports.exportLog('csv', null);
    assert.ok(refused.kind === 'failed' && refused.why.startsWith(failure('not_allowed').message));
    const unwritable = await made([{ ok: true, result: history }], join(folder, 'none', 'a.csv')).exports.exportHistory(
      'csv',
      '15m',
    );
    assert.ok(unwritable.kind === 'failed');
    assert.match(unwritable.why, /^The file was not written: ENOENT/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
