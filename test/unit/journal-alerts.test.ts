import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { alertKinds, alertTable } from '../../helper/journal/alert-kinds.ts';
import { type Alert, type AlertRow, createAlerts } from '../../helper/journal/alerts.ts';
import { folder, undo } from './journal-support.ts';

const minute = 60_000;
const gap = (wallMs: number, subject = 'keeper'): Alert => ({
  kind: 'gap',
  subject,
  detail: 'no sample for 12 s',
  wallMs,
});

const opened = (t: TestContext, directory: string) => {
  const alerts = createAlerts({ directory });
  undo(t, alerts.close);
  return alerts;
};

const rowsOf = (directory: string): readonly AlertRow[] =>
  readFileSync(join(directory, 'alerts.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"source"'))
    .map((line) => JSON.parse(line));

describe('alerts', () => {
  test('every kind has its sentence and what to do, and its row in the operations manual', () => {
    const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const section = manual.split(/^## /m).find((part) => part.startsWith('Alerts')) ?? '';
    const rows = [...section.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)].map(([, kind, message, todo]) => [
      kind,
      message,
      todo,
    ]);
    assert.deepEqual(
      rows,
      alertKinds.map((kind) => [kind, alertTable[kind].message, alertTable[kind].todo]),
    );
  });

  test('an alert says whose it is, what it means and what to do', (t) => {
    const directory = folder(t);
    assert.deepEqual(opened(t, directory).raise(gap(5)), { ok: true, told: true });
    assert.deepEqual(rowsOf(directory), [
      {
        source: 'castellan',
        id: 'gap.keeper.5',
        level: 'notice',
        ...gap(5),
        ...alertTable.gap,
        lasts: false,
        untold: 0,
      },
    ]);
  });

  test('one that flaps is told once, and again when it returns after ten quiet minutes', (t) => {
    const directory = folder(t);
    const alerts = opened(t, directory);
    for (let index = 0; index < 100; index++) alerts.raise(gap(index * minute));
    assert.equal(rowsOf(directory).length, 1);
    alerts.raise(gap(99 * minute, 'another subject'));
    assert.deepEqual(alerts.raise(gap(99 * minute + 10 * minute)), { ok: true, told: true });
    assert.deepEqual(
      rowsOf(directory).map(({ subject, untold }) => [subject, untold]),
      [
        ['keeper', 0],
        ['another subject', 0],
        ['keeper', 99],
      ],
    );
  });

  test('a keeper that restarts in a loop does not tell the same again and again', (t) => {
    const directory = folder(t);
    for (let start = 0; start < 5; start++) {
      const alerts = opened(t, directory);
      alerts.raise({ kind: 'config_invalid', subject: 'castellan.toml', detail: 'line 3', wallMs: start * minute });
      alerts.close();
      appendFileSync(join(directory, 'alerts.jsonl'), 'not JSON\n[1]\n{"kind":"unknown"}\n');
    }
    assert.equal(rowsOf(directory).length, 1);
  });

  test('a wall clock that was set back silences nothing', (t) => {
    const directory = folder(t);
    const alerts = opened(t, directory);
    alerts.raise(gap(60 * minute));
    alerts.raise(gap(30 * minute));
    assert.equal(rowsOf(directory).length, 2);
  });
});
