import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import type { Preview, SeatState } from '../../helper/protocol/index.ts';
import { admissionFacts } from '../../helper/seats/admission-facts.ts';
import { againAtMs } from '../../helper/seats/again.ts';
import { judgeAsks } from '../../helper/seats/asks.ts';
import { neverFits, neverFitsText } from '../../helper/seats/never-fits.ts';
import { previewOf } from '../../helper/seats/preview.ts';
import { newTurn, withSeat } from '../../helper/seats/seat-world.ts';
import { newActivity, newSeat, type Seat, type SeatFailure } from '../../helper/seats/seating.ts';
import { usedBy } from '../../helper/seats/used-by.ts';
import { cilghal, codestral, type SeatCase, seatWorldOf, type WorldCase } from '../fakes/arbiter-seat-world.ts';

const worldOf = (seats: readonly SeatCase[], appBytes: number, change: Partial<WorldCase> = {}) =>
  seatWorldOf({
    seats,
    others: [],
    machine: {
      totalBytes: 64 * GB,
      availableBytes: 8 * GB,
      appBytes,
      wiredBytes: 0,
      compressorBytes: 0,
      queues: null,
    },
    gpuLimit: { kind: 'not_evaluated', why: 'None.' },
    leakers: [],
    ...change,
  });

const running = (state: SeatState): SeatCase => ({
  ...codestral,
  state,
  isHeld: true,
  processes: [{ footprintBytes: 13 * GB, wiredBytes: 0 }],
});

const shown = (seats: readonly SeatCase[], appBytes: number): Preview => {
  const { seating, world } = worldOf(seats, appBytes);
  const preview = previewOf(seating, world, 'codestral');
  assert.ok(preview !== null);
  return preview;
};

describe('what a request for a seat would get', () => {
  test('of a seat that serves: an answer at once, whatever the sum; nothing would be unloaded or has to help', () => {
    const idle: SeatCase = { ...running('idle'), name: 'gemma', peakBytes: 14 * GB, quietMs: 600_000 };
    for (const state of ['ready', 'busy', 'idle', 'doomed'] as const) {
      const preview = shown([cilghal, running(state), idle], 60 * GB);
      assert.equal(preview.admission.verdict, 'refuse');
      assert.deepEqual([preview.wouldUnload, preview.wouldFitIf], [[], []], state);
      assert.equal(preview.said, 'codestral serves already: a request is answered at once.');
    }
    const { wouldUnload, wouldFitIf } = shown([cilghal, codestral, idle], 40 * GB);
    assert.deepEqual(wouldUnload, ['gemma'], 'of one that does not serve it is said');
    assert.ok(wouldFitIf.length > 0);
  });

  test('of one that loads, is stopped or has lost its model: no word of a load', () => {
    for (const [state, said] of [
      ['loading', /is being loaded: a request waits/],
      ['frozen', /does not serve: a request would be refused/],
      ['hollow', /does not serve: a request would be refused/],
    ] as const)
      assert.match(shown([cilghal, running(state)], 35 * GB).said, said);
  });

  test('of a protected seat that does not run: its own service starts it', () => {
    const absent = { ...codestral, class: 'protected' } as const;
    for (const appBytes of [0, 60 * GB])
      assert.equal(shown([absent], appBytes).said, 'codestral is protected: its own service starts it, not a request.');
  });

  test('what is not in use outside the seats is not said to be missing there', () => {
    // 64 − 41 − 9.5 = 13.5 are left for 14: half a GB less in use outside would do.
    assert.deepEqual(shown([cilghal, codestral], 30.5 * GB).wouldFitIf, ['512 MB less were in use outside the seats.']);
    // 64 − 50 − 1 = 13: outside 1 GB is in use, and 7 are missing beside what Gemma holds.
    const gemma: SeatCase = { ...running('busy'), name: 'gemma', peakBytes: 9 * GB, processes: [] };
    const held = shown([cilghal, { ...codestral, peakBytes: 20 * GB }, gemma], 22 * GB);
    assert.equal(held.admission.reason, 'needs_shedding');
    assert.ok((held.admission.shortfallBytes ?? 0) > (held.admission.terms.otherBytes ?? 0));
    assert.deepEqual(held.wouldFitIf, ['gemma were unloaded (`castellan release gemma`).']);
  });
});

describe('a seat that can never fit', () => {
  const large = { ...codestral, peakBytes: 25.3 * GB };

  test('is told so with what would help, and with no remedy that does not', () => {
    const preview = shown([cilghal, large], 23 * GB);
    assert.equal(preview.admission.verdict, 'refuse');
    assert.deepEqual([preview.wouldUnload, preview.wouldFitIf], [[], []]);
    assert.equal(
      preview.said,
      'codestral can never fit on this machine: it needs 25.3 GB, and 23.0 GB are left beside what is always kept for cilghal. Lower its peak or remove a protected seat. A request is refused.',
    );
  });

  test('depends on what is declared alone: not on what is in use, loaded or held beyond a declaration', () => {
    const never = (seats: readonly SeatCase[], totalBytes: number | null = 64 * GB): boolean => {
      const { seating, world } = worldOf(seats, 60 * GB);
      return neverFits({ ...admissionFacts(seating, world, 'codestral'), totalBytes });
    };
    assert.equal(never([cilghal, large]), true);
    assert.equal(never([cilghal, codestral]), false, 'it does not fit now, and may one day');
    assert.equal(never([cilghal, { ...codestral, peakBytes: 23 * GB }]), false, 'exactly');
    assert.equal(never([{ ...cilghal, class: 'on_call' }, large]), false);
    const swollen = { ...cilghal, processes: [{ footprintBytes: 60 * GB, wiredBytes: 0 }] };
    assert.equal(never([swollen, codestral]), false, 'it may shrink again');
    assert.equal(never([cilghal, { ...large, class: 'protected' }]), true, 'its own peak is not kept against it');
    assert.equal(never([cilghal, large], null), false, 'not known');
    const { seating, world } = worldOf([{ ...codestral, peakBytes: 65 * GB }], 0);
    assert.match(
      neverFitsText(admissionFacts(seating, world, 'codestral')) ?? '',
      /it needs 65\.0 GB, and 64\.0 GB are installed\. Lower its peak\.$/,
    );
    assert.equal(neverFits(admissionFacts(seating, world, 'nobody')), false);
  });
});

describe('a seat that has failed', () => {
  const nowMs = 10_000_000;
  const failedAs = (kind: SeatFailure['kind'], count: number, agoMs: number): Seat => ({
    ...newSeat('codestral', 0),
    state: 'failed',
    why: 'It ended while it loaded, with exit 3.',
    failure: { kind, count, atMs: nowMs - agoMs, ends: kind === 'crash_loop' } as SeatFailure,
  });

  test('says when a request may try again, as the one who asks is told', () => {
    for (const [kind, count, agoMs] of [
      ['ended', 1, 0],
      ['ended', 1, 59_000],
      ['never_ready', 3, 100_000],
      ['start_failed', 9, 1],
      ['crash_loop', 1, 1_000],
    ] as const) {
      const seat = failedAs(kind, count, agoMs);
      const { seating, world } = worldOf([cilghal, codestral], 22 * GB);
      const turn = newTurn();
      const by = { uid: 0, client: 'gateway' } as const;
      const ask = { request: 1, seat: 'codestral', ask: 'ensure', sinceMs: nowMs, untilMs: nowMs, by } as const;
      const failed = withSeat(seating, seat);
      judgeAsks({ ...failed, asks: [ask] }, world, turn);
      const [answer] = turn.answers;
      assert.ok(answer?.ok === true && answer.kind === 'ensure');
      const atMs = againAtMs(seat);
      assert.equal(
        answer.answer.retryAfterSeconds,
        atMs === null ? null : Math.ceil((atMs - nowMs) / 1000),
        `${kind} ${count}`,
      );
      const said = previewOf(failed, world, 'codestral')?.said ?? '';
      assert.match(said, /^codestral has failed: a request would be refused/);
      assert.match(said, atMs === null ? /`castellan load codestral` tries again\.$/ : /for another \d+ (s|min)\./);
    }
    const over = failedAs('ended', 1, 60_000);
    assert.equal(againAtMs(over), nowMs);
    const { seating, world } = worldOf([cilghal, codestral], 22 * GB);
    assert.match(previewOf(withSeat(seating, over), world, 'codestral')?.said ?? '', /a request would load it/);
    assert.equal(againAtMs({ ...over, state: 'ready' }), null);
  });
});

describe('what a seat is used by', () => {
  const at = 1_000_000;
  const seat = (state: SeatState, change: Partial<Seat['activity']> = {}): Pick<Seat, 'state' | 'activity'> => ({
    state,
    activity: { ...newActivity(at), workedMs: at, ...change },
  });

  test('requests, the work of its processes, bytes at its port; nothing while it only serves', () => {
    assert.deepEqual(usedBy(seat('ready'), at), []);
    assert.deepEqual(usedBy(seat('idle'), at), []);
    assert.deepEqual(usedBy(seat('busy', { inFlight: 2, stillSinceMs: at }), at), ['2 requests under way']);
    assert.deepEqual(usedBy(seat('doomed', { inFlight: 1, stillSinceMs: at }), at), ['1 request under way']);
    assert.deepEqual(usedBy(seat('busy'), at + 500), ['CPU time of its processes']);
    assert.deepEqual(usedBy(seat('busy', { markMs: at - 4_000 }), at), ['CPU time of its processes']);
    assert.deepEqual(usedBy(seat('busy', { markMs: at }), at), ['CPU time of its processes, or bytes at its port']);
    assert.deepEqual(usedBy(seat('busy', { markMs: at, blindSinceMs: at }), at), [
      'connections at its port whose bytes cannot be read',
    ]);
  });
});
