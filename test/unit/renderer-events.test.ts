import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actMarks, columnOf, groupMarks, waitingMarks } from '../../renderer/data/charts/events.ts';
import { addTicks, digestTicks, placedTicks, ticksText } from '../../renderer/data/charts/probe-ticks.ts';
import { readoutAt } from '../../renderer/data/charts/readout.ts';
import { emptySeries } from '../../renderer/data/charts/series.ts';
import { logMarks } from '../../renderer/data/log/marks.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { calmRelief, sampleStatus } from '../fakes/sample-status.ts';

const now = Date.UTC(2026, 10, 22, 12);
/** 15 minutes in 90 columns of 10 s. */
const series = emptySeries('15m', 90, now, 64);
const mark = (secondsAgo: number, text = `${secondsAgo}`) => ({
  atMs: now - secondsAgo * 1000,
  sign: 'note' as const,
  text,
});

describe('marks on the time axis', () => {
  test('lie in the column of their time; what is older or of the future has none', () => {
    assert.equal(columnOf(series, now - 15 * 60_000), 0);
    assert.equal(columnOf(series, now - 1), 89);
    assert.equal(columnOf(series, now - 16 * 60_000), null);
    assert.equal(columnOf(series, now + 60_000), null);
    assert.equal(columnOf(series, Number.NaN), null);
  });
  test('what happened after the newest sample stands at the right edge', () => {
    assert.equal(columnOf(series, now + 1000), 89);
  });
  test('what would lie over each other is one group at the oldest, and no two groups are closer', () => {
    const groups = groupMarks(series, [mark(5), mark(300, 'a'), mark(290, 'b'), mark(270, 'c'), mark(2000)], 3);
    assert.deepEqual(
      groups.map(({ column, marks }) => [column, marks.map(({ text }) => text)]),
      [
        [60, ['a', 'b']],
        [63, ['c']],
        [89, ['5']],
      ],
    );
  });
  test('an act says what it was and what came of it; what waits is said to wait, in a dry run that it would', () => {
    const act = {
      plan: 3,
      atMs: now - 5000,
      verb: 'freeze' as const,
      target: { kind: 'process' as const, name: 'node', pid: 7, start: '7', footprintBytes: 1, count: 1 },
      reason: '',
      expected: 'Stops growth.',
      got: 'growth is 0',
      outcome: 'effective' as const,
      markedWrong: false,
    };
    const [done] = actMarks({ relief: { ...calmRelief, activity: [act] } });
    assert.deepEqual(done, {
      atMs: now - 5000,
      sign: 'freeze',
      text: 'Freeze node (pid 7): helped. Stops growth. Got: growth is 0',
    });
    const waits = (dryRun: boolean) => {
      const { target } = act;
      const proposal = { title: 'Freeze node?', dryRun, target } as (typeof calmRelief.pending)[number];
      return waitingMarks(sampleStatus({ relief: { ...calmRelief, pending: [proposal] } }))[0]?.text;
    };
    assert.equal(waits(false), 'Waits for you: Freeze node?');
    assert.equal(waits(true), 'Would ask: Freeze node?');
  });
  test('the read-out tells of what lies near the cursor, and of nothing else', () => {
    const marks = [mark(300, 'here'), mark(100, 'elsewhere')];
    assert.match(readoutAt(series, 60, now, marks).events.join(), /^\d\d:\d\d here$/);
    assert.deepEqual(readoutAt(series, 40, now, marks).events, []);
  });
});

describe('marks from the log', () => {
  const plan = { kind: 'plan', wallMs: now - 9000, plan: 1, verb: 'freeze', target: 'node (pid 7)' };
  test('questions and answers are told with what they were about', () => {
    const marks = logMarks(
      [
        { ...plan, mode: 'ask' },
        { kind: 'approval', wallMs: now - 8000, plan: 1, how: 'proposed' },
        { kind: 'approval', wallMs: now - 7000, plan: 1, how: 'reissued' },
        { kind: 'approval', wallMs: now - 6000, plan: 1, how: 'denied' },
      ],
      new Set(),
    );
    assert.deepEqual(
      marks.map(({ sign, text }) => `${sign} ${text}`),
      ['asked Asked: Freeze node (pid 7)', 'no Denied: Freeze node (pid 7)'],
    );
  });
  test('in a dry run nothing was asked, only would have been', () => {
    const marks = logMarks(
      [
        { ...plan, mode: 'would_ask' },
        { kind: 'approval', wallMs: now - 8000, plan: 1, how: 'proposed' },
      ],
      new Set(),
    );
    assert.deepEqual(
      marks.map(({ text }) => text),
      ['Would ask: Freeze node (pid 7)'],
    );
  });
  test('a plan the status tells of is not told twice', () => {
    assert.deepEqual(logMarks([{ ...plan, mode: 'live' }], new Set([1])), []);
    assert.deepEqual(
      logMarks([{ ...plan, mode: 'dry_run', reason: 'It grows.' }], new Set()).map(({ text }) => text),
      ['Dry run: Freeze node (pid 7): It grows.'],
    );
  });
  test('rows of any kind and any keeper do no harm', () => {
    const odd = [
      { kind: 'plan' },
      { kind: 'plan', wallMs: now, verb: '__proto__', plan: 'x', mode: 7 },
      { kind: 'approval', wallMs: now, how: 'constructor' },
      { kind: 'of the future', wallMs: now, text: 'x' },
      { kind: 'gap', lostRows: 3 },
    ];
    assert.deepEqual(
      logMarks(odd, new Set()).map(({ sign }) => sign),
      ['note'],
    );
  });
});

describe('probes under the rows of seats', () => {
  const asked = (agoSeconds: number, ok: boolean, atMs = now) => {
    const health = {
      verdict: null,
      forSeconds: 0,
      said: '',
      channels: [
        {
          channel: 'inference',
          state: ok ? 'pass' : 'fail',
          strikes: 0,
          limit: 2,
          last: { ok, code: 'ok', detail: '', ms: 1, agoSeconds },
          okAgoSeconds: null,
          waits: null,
        },
      ],
    } as const;
    return { atMs, seats: [sampleSeat({ name: 'Cilghal', health: { ...health, channels: [...health.channels] } })] };
  };
  test('an answer that is told of again with each status is one tick; the next answer is another', () => {
    const first = addTicks([], asked(10, true));
    assert.equal(addTicks(first, asked(12, true, now + 2000)), first, 'the very same list');
    const second = addTicks(first, asked(0, false, now + 20_000));
    assert.deepEqual(
      second.map(({ ok }) => ok),
      [true, false],
    );
  });
  test('what is older than a day falls out', () => {
    const first = addTicks([], asked(10, true));
    assert.equal(addTicks(first, asked(0, true, now + 25 * 3_600_000)).length, 1);
  });
  test('a failure is shown before a success of the same column, and both are told', () => {
    const ticks = [
      { seat: 'Cilghal', channel: 'inference', atMs: now - 61_000, ok: true },
      { seat: 'Cilghal', channel: 'cheap', atMs: now - 62_000, ok: false },
      { seat: 'Other', channel: 'cheap', atMs: now - 62_000, ok: false },
    ];
    const placed = placedTicks(series, ticks, 'Cilghal');
    assert.equal(placed.length, 1);
    assert.equal(placed[0]?.ok, false);
    assert.match(placed[0]?.title ?? '', /Chat passed\n.*List failed/);
    assert.equal(ticksText(placed), 'Probes: 1 failed.');
    assert.equal(ticksText([]), '');
  });
  test('digests of the log are ticks; rows of any kind do no harm', () => {
    const rows = [
      {
        kind: 'digest',
        wallMs: now,
        seat: 'A',
        channels: [{ channel: 'cheap', state: 'pass' }, { channel: 'x' }, null],
      },
      { kind: 'digest', wallMs: now, seat: 'A', channels: [{ channel: 'cheap', state: 'unknown' }] },
      { kind: 'digest', wallMs: now, seat: 7, channels: 'x' },
      { kind: 'plan', wallMs: now },
    ];
    assert.deepEqual(digestTicks(rows), [{ seat: 'A', channel: 'cheap', atMs: now, ok: true }]);
  });
});
