import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LogRow } from '../../helper/protocol/relief.ts';
import { logEntries } from '../../renderer/data/log/entries.ts';
import { evidenceOf } from '../../renderer/data/log/evidence.ts';
import { byDay, filtered, noFilters, verbsIn } from '../../renderer/data/log/filters.ts';
import { createLogModel } from '../../renderer/data/log/model.ts';

const GB = 2 ** 30;
const at = (wallMs: number) => ({ wallMs, instance: 'a', level: 'orange' });
const plan = (id: number, mode: string, change: Partial<LogRow> = {}): LogRow => ({
  kind: 'plan',
  ...at(1000 * id),
  plan: id,
  verb: 'freeze',
  target: 'node (pid 9)',
  reason: 'It grew',
  expected: { counter: 'growth', bytes: 0, bytesPerSecond: 100 * 2 ** 20 },
  mode,
  ...change,
});

describe('the log as entries', () => {
  test('all rows of a plan are one entry, newest first, with who decided and what was measured', () => {
    const rows: readonly LogRow[] = [
      plan(1, 'ask'),
      { kind: 'setting', ...at(1100), what: 'band', target: 'x', to: 'IDLE', outcome: 'ok', detail: '' },
      { kind: 'approval', ...at(1200), plan: 1, proposal: 4, how: 'approved', byUid: 501 },
      { kind: 'intent', ...at(1300), plan: 1, verb: 'freeze', target: 'node (pid 9)', by: { uid: 501, client: 'cli' } },
      { kind: 'result', ...at(1400), plan: 1, outcome: 'ok', detail: '' },
      { kind: 'receipt', ...at(1500), plan: 1, verb: 'freeze', effective: false, text: 'It went on growing' },
    ];
    const [setting, act] = logEntries(rows);
    assert.equal(setting?.target, 'x');
    assert.deepEqual(
      [act?.verb, act?.who, act?.outcome, act?.measured, act?.planned, act?.level, act?.rows.length],
      [
        'Freeze',
        'uid 501 on the command line',
        'useless',
        'It went on growing.',
        'It grew. Expected to stop growth of 100 MB/s.',
        'orange',
        5,
      ],
    );
    const outcomes = rows.map((_, i) => logEntries(rows.slice(0, i + 1)).at(-1)?.outcome);
    assert.deepEqual(outcomes, ['waiting', 'waiting', 'waiting', 'measuring', 'done', 'useless']);
  });

  test('a plan of the dry run is one, may be marked, and says when it was', () => {
    const marked = { kind: 'mutation', ...at(9000), verb: 'relief.wrong', detail: 'plan 2: Marked.', byUid: 501 };
    const other = { ...marked, instance: 'b', detail: 'plan 3: Marked.' };
    const entries = logEntries([plan(2, 'dry_run'), plan(3, 'would_ask'), marked, other]);
    const plans = entries.filter((entry) => entry.plan !== null);
    assert.deepEqual(
      plans.map((entry) => [entry.plan?.id, entry.outcome, entry.isDryRun, entry.isMarked]),
      [
        [3, 'dry_run', true, false],
        [2, 'dry_run', true, true],
      ],
    );
  });

  test('plans of two runs of the keeper with one number are two', () => {
    assert.equal(logEntries([plan(1, 'live'), plan(1, 'live', { instance: 'b' })]).length, 2);
  });

  test('keys hold when older rows come before', () => {
    const rows = [plan(1, 'live'), { kind: 'gap', lostRows: 3 }, plan(2, 'live')];
    const later = logEntries([{ kind: 'gap', lostRows: 1 }, ...rows], -1).map(({ key }) => key);
    assert.deepEqual(
      later.slice(0, 3),
      logEntries(rows).map(({ key }) => key),
    );
  });

  test('any rows at all are entries: nothing throws, no row is lost, and each can be looked at', () => {
    const name = fc.constantFrom(
      'plan',
      'verb',
      'target',
      'by',
      'expected',
      'text',
      'outcome',
      'how',
      'level',
      'detail',
    );
    const row = fc
      .tuple(
        fc.constantFrom('plan', 'intent', 'receipt', 'approval', 'setting', 'gap', 'mode_changed', 'other', ''),
        fc.option(fc.double(), { nil: undefined }),
        fc.dictionary(name, fc.jsonValue(), { maxKeys: 6 }),
      )
      .map(([kind, wallMs, rest]): LogRow => ({ ...rest, kind, ...(wallMs === undefined ? {} : { wallMs }) }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const entries = logEntries(rows);
        assert.equal(
          entries.reduce((sum, entry) => sum + entry.rows.length, 0),
          rows.length,
        );
        for (const entry of entries) evidenceOf(entry.rows);
        assert.equal(
          byDay(entries, 0).reduce((sum, { entries: of }) => sum + of.length, 0),
          entries.length,
        );
        assert.equal(new Set(entries.map(({ key }) => key)).size, entries.length);
      }),
    );
  });
});

describe('filters of the log', () => {
  const entries = logEntries([
    plan(1, 'live', { level: 'red' }),
    { kind: 'admission', ...at(2000), seat: 'Codestral', verdict: 'refuse', text: 'Short.' },
    { kind: 'mutation', ...at(3000), verb: 'seat.load', detail: 'Codestral', byUid: 0 },
  ]);
  const found = (change: object) => filtered(entries, { ...noFilters, ...change }).map(({ verb }) => verb);

  test('each leaves what it says, and together what all say', () => {
    assert.deepEqual(found({}), ['Asked for', 'Not admitted', 'Freeze']);
    assert.deepEqual(found({ level: 'red' }), ['Freeze']);
    assert.deepEqual(found({ seat: 'Codestral' }), ['Not admitted']);
    assert.deepEqual(found({ who: 'people' }), ['Asked for']);
    assert.deepEqual(found({ who: 'automatic' }), ['Not admitted', 'Freeze']);
    assert.deepEqual(found({ text: '  GREW node ' }), ['Freeze']);
    assert.deepEqual(found({ level: 'red', seat: 'Codestral' }), []);
    assert.deepEqual(verbsIn(entries), ['Asked for', 'Freeze', 'Not admitted']);
  });
});

describe('evidence of an entry', () => {
  test('figures have their units, and what the row before said is not said again', () => {
    const [first, second] = evidenceOf([
      plan(1, 'live'),
      {
        kind: 'receipt',
        ...at(2000),
        plan: 1,
        target: 'node (pid 9)',
        counter: 'footprint',
        expected: 2 * GB,
        actual: GB,
        afterMs: 51_000,
        effective: true,
      },
    ]);
    assert.match(first?.title ?? '', /plan 1: live$/);
    assert.deepEqual(first?.fields.at(-1), { name: 'expected', value: 'counter growth, 100 MB/s' });
    assert.deepEqual(
      second?.fields.map(({ name, value }) => `${name} ${value}`),
      ['counter footprint', 'expected 2.0 GB', 'actual 1.0 GB', 'after 51 s', 'effective yes'],
    );
  });
});

describe('the log while its page is open', () => {
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  type Read = Parameters<typeof createLogModel>[0]['read'];
  const make = (answers: (args: Readonly<Record<string, unknown>>) => unknown) => {
    const asked: unknown[] = [];
    const read = (async (_: string, args: Readonly<Record<string, unknown>>) => {
      asked.push(args);
      return answers(args);
    }) as unknown as Read;
    const said: string[] = [];
    const exported: unknown[] = [];
    const log = createLogModel(
      {
        read,
        exportLog: async (_, rows) => {
          exported.push(rows);
          return { kind: 'failed', why: 'The disk is full.' };
        },
      },
      () => 7,
      ({ text }) => said.push(text),
    );
    return { log, asked, said, exported };
  };
  const page = (rows: readonly LogRow[], cursor: string, older: string | null = null) => ({
    ok: true,
    result: { rows, cursor, older },
  });

  test('an export takes what the filters leave, in the order it was written; without filters, all there is', async () => {
    const rows = [plan(1, 'live'), plan(2, 'dry_run'), { ...plan(1, 'live'), kind: 'receipt' }, plan(3, 'dry_run')];
    const { log, exported } = make(() => page(rows, 'a'));
    log.refresh();
    await settled();
    log.exportTo('csv');
    await settled();
    const dryRuns = log.entries.value.filter(({ isDryRun }) => isDryRun);
    log.filter({ text: 'dry run' });
    log.exportTo('csv');
    await settled();
    assert.deepEqual(exported, [null, dryRuns.toReversed().flatMap((entry) => entry.rows)]);
    assert.equal(dryRuns.length, 2);
  });

  test('the last rows first, then what comes after, and before when asked for', async () => {
    const { log, asked } = make(({ after, before }) => {
      if (before !== undefined) return page([plan(1, 'live')], 'x');
      return after === undefined
        ? page([plan(2, 'live')], 'b', 'a')
        : page(after === 'b' ? [plan(3, 'live')] : [], 'c');
    });
    log.refresh();
    log.refresh();
    await settled();
    await settled();
    assert.deepEqual(
      log.entries.value.map((entry) => entry.plan?.id),
      [3, 2],
    );
    assert.equal(log.older.value, 'more');
    log.readOlder();
    await settled();
    assert.deepEqual(
      log.entries.value.map((entry) => entry.plan?.id),
      [3, 2, 1],
    );
    assert.equal(log.older.value, 'none');
    assert.deepEqual(asked, [{ limit: 200 }, { after: 'b', limit: 200 }, { before: 'a', limit: 200 }]);
  });

  test('a keeper that does not answer is said, and what was read stays', async () => {
    let isDown = false;
    const { log, said } = make(() => {
      if (isDown) throw new Error('gone');
      return page([plan(2, 'live')], 'b');
    });
    log.refresh();
    await settled();
    isDown = true;
    log.refresh();
    await settled();
    assert.equal(log.problem.value, 'The app could not ask the helper.');
    assert.equal(log.entries.value.length, 1);
    log.exportTo('csv');
    await settled();
    assert.deepEqual(said, ['The disk is full.']);
    assert.equal(log.exporting.value, false);
  });
});
