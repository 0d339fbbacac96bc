import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addStatus, emptySeries } from '../../renderer/data/charts/series.ts';
import {
  chartLabel,
  levelChange,
  levelLabel,
  processLabel,
  seatLabel,
  spokenStop,
} from '../../renderer/text/labels.ts';
import { GB, rows, seats, status } from '../e2e/popover-fixtures.ts';

const now = 1_700_000_000_000;
const green = status(now);
const red = { ...green, level: { ...green.level, name: 'red', forSeconds: 40 } as const };

describe('what a screen reader says', () => {
  test('level and headroom in whole words', () => {
    assert.equal(levelLabel(green), 'Memory normal for 2 hours 1 minute. 22.7 gigabytes available.');
    const unread = { ...red, machine: { ...red.machine, availableBytes: null } };
    assert.equal(levelLabel(unread), 'Memory critical for 40 seconds. Available memory could not be read.');
  });

  test('a level is announced when it changes, not when it is first seen or stays', () => {
    assert.equal(levelChange(null, red), '');
    assert.equal(levelChange(green, green), '');
    assert.equal(levelChange(green, red), 'Memory critical. 22.7 gigabytes available.');
  });

  test('the chart: tiers, total, and whether the level held', () => {
    const series = emptySeries('15m', 10, now, 64 * GB);
    assert.equal(chartLabel(null, '1h'), 'Memory tiers, last hour. No data yet.');
    addStatus(series, green);
    assert.equal(
      chartLabel(series, '15m'),
      'Memory tiers, last 15 minutes. Wired 20.2, compressed 2.1, app 19.0, cached 9.0, free 13.7 of 64.0 gigabytes. Level normal throughout.',
    );
    addStatus(series, { ...red, atMs: now + 90_000 });
    addStatus(series, { ...green, atMs: now + 180_000 });
    assert.match(chartLabel(series, '15m'), /Level normal now, at worst critical\.$/);
  });

  test('processes and seats', () => {
    const [first] = rows;
    const [seat] = seats;
    assert.ok(first !== undefined && seat !== undefined);
    assert.equal(processLabel(first), 'Cilghal, sanctum-mlx, process 412: footprint 21.0 gigabytes, RSS 45 megabytes.');
    assert.equal(seatLabel(seat), 'Cilghal, protected, ready, 21.0 of 41.0 gigabytes.');
    assert.equal(
      seatLabel({ ...seat, class: 'on_call', state: 'absent' }),
      'Cilghal, on call, cold, needs 41.0 gigabytes.',
    );
    assert.equal(
      seatLabel({ ...seat, class: 'on_call', state: 'idle', stopsInSeconds: 192, inFlight: 0 }),
      'Cilghal, on call, idle, stops in 3 minutes 12 seconds, 21.0 of 41.0 gigabytes.',
    );
    assert.match(seatLabel({ ...seat, state: 'busy', inFlight: 2 }), /busy, 2 requests under way, 21\.0 of/);
  });

  test('the end of a countdown is said at 60, 30 and 10 seconds, once each', () => {
    const said = Array.from({ length: 70 }, (_, index) => spokenStop('Codestral', 69.5 - index));
    assert.deepEqual(
      [...new Set(said)],
      ['', 'Codestral stops in 1 minute.', 'Codestral stops in 30 seconds.', 'Codestral stops in 10 seconds.'],
    );
    assert.equal(spokenStop('Codestral', 0), '');
  });
});
