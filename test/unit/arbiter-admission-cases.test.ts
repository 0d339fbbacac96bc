import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import { judgeAsks } from '../../helper/seats/asks.ts';
import { previewOf } from '../../helper/seats/preview.ts';
import { newTurn } from '../../helper/seats/seat-world.ts';
import { cilghal, codestral, type SeatCase, seatWorldOf, type WorldCase } from '../fakes/arbiter-seat-world.ts';

/**
 * The cases that define admission, from the process table to the sentence: 64 GB with Cilghal (41 GB, protected) and
 * Codestral (14 GB, on call).
 */

/** Wired pages are those of Cilghal, so that the kernel's own are what a case gives it. */
const worldOf = (otherGb: number, change: Partial<WorldCase> & { readonly kernelGb?: number } = {}): WorldCase => {
  const { kernelGb = 0, ...rest } = change;
  const seats = rest.seats ?? [cilghal, codestral];
  const wired = seats
    .flatMap(({ processes }) => processes ?? [])
    .reduce((sum, each) => sum + (each.wiredBytes ?? 0), 0);
  return {
    seats,
    others: [
      { footprintBytes: (otherGb - 1) * GB, wiredBytes: 0 },
      { footprintBytes: 1 * GB, wiredBytes: 0 },
    ],
    machine: {
      totalBytes: 64 * GB,
      appBytes: 0,
      compressorBytes: 0,
      wiredBytes: wired + kernelGb * GB,
      queues: null,
    },
    gpuLimit: { kind: 'not_evaluated', why: 'This machine has none.' },
    leakers: [],
    ...rest,
  };
};

const slackGb = (given: WorldCase, name = 'codestral') => {
  const { seating, world } = seatWorldOf(given);
  const preview = previewOf(seating, world, name);
  assert.ok(preview !== null);
  const { slackBytes, verdict } = preview.admission;
  return { slack: slackBytes === null ? null : Math.round((slackBytes / GB) * 1000) / 1000, verdict, preview };
};

const loaded = (change: Partial<SeatCase> = {}): SeatCase => ({
  ...codestral,
  state: 'ready',
  isHeld: true,
  processes: [{ footprintBytes: 13 * GB, wiredBytes: 2 * GB }],
  ...change,
});

describe('admission, from the table of processes', () => {
  test('other 4.3 GB leaves 18.7 GB: Codestral fits', () => {
    const { slack, verdict, preview } = slackGb(worldOf(4.3));
    assert.deepEqual([slack, verdict], [18.7, 'admit']);
    assert.equal(preview.said, 'codestral fits: a request would load it.');
    assert.deepEqual([preview.wouldUnload, preview.wouldFitIf], [[], []]);
  });

  test('other 9.5 GB leaves 13.5 GB: Codestral is refused, and half a GB is missing', () => {
    const { slack, verdict, preview } = slackGb(worldOf(9.5));
    assert.deepEqual([slack, verdict], [13.5, 'refuse']);
    assert.equal(preview.admission.shortfallBytes, 0.5 * GB);
    assert.match(preview.wouldFitIf.join(), /0\.5 GB|512 MB/);
  });

  for (const gb of [0, 21, 41])
    test(`Cilghal claims 41 GB while it holds ${gb} GB`, () => {
      const holding = { ...cilghal, processes: gb === 0 ? [] : [{ footprintBytes: gb * GB, wiredBytes: 0 }] };
      assert.deepEqual(slackGb(worldOf(4.3, { seats: [holding, codestral] })).slack, 18.7);
    });

  test('Cilghal measured at 65.8 GB claims what it measures: refused', () => {
    const grown = { ...cilghal, processes: [{ footprintBytes: 65.8 * GB, wiredBytes: 20 * GB }] };
    const { slack, verdict } = slackGb(worldOf(4.3, { seats: [grown, codestral] }));
    assert.deepEqual([slack, verdict], [-6.1, 'refuse']);
  });

  test('a preview of Codestral while it is loaded leaves 18.7 GB: it does not stand in its own way', () => {
    const { slack, verdict } = slackGb(worldOf(4.3, { seats: [cilghal, loaded()] }));
    assert.deepEqual([slack, verdict], [18.7, 'admit']);
  });

  for (const state of ['draining', 'failed', 'hollow', 'frozen'] as const)
    test(`Codestral ${state} and still holding 13 GB keeps its claim`, () => {
      const council: SeatCase = { ...codestral, name: 'council', peakBytes: 5 * GB };
      const { slack, verdict } = slackGb(worldOf(4.3, { seats: [cilghal, loaded({ state }), council] }), 'council');
      assert.deepEqual([slack, verdict], [4.7, 'refuse']);
    });

  test('Codestral that ended keeps its claim until its bytes are back', () => {
    const council: SeatCase = { ...codestral, name: 'council', peakBytes: 5 * GB };
    const ended = { ...codestral, isHeld: true };
    assert.equal(slackGb(worldOf(4.3, { seats: [cilghal, ended, council] }), 'council').slack, 4.7);
    assert.equal(slackGb(worldOf(4.3, { seats: [cilghal, codestral, council] }), 'council').slack, 18.7);
  });

  test('kernel 4 GB beside other 8 GB leaves 11 GB: refused', () => {
    const { slack, verdict } = slackGb(worldOf(8, { kernelGb: 4 }));
    assert.deepEqual([slack, verdict], [11, 'refuse']);
  });

  test('what is asked for is answered by the same sum that the preview shows', () => {
    const given = worldOf(9.5);
    const { seating, world } = seatWorldOf(given);
    const turn = newTurn();
    const by = { uid: 501, client: 'cli' } as const;
    const ask = { request: 7, seat: 'codestral', ask: 'ensure', sinceMs: 0, untilMs: 0, by } as const;
    judgeAsks({ ...seating, asks: [ask] }, world, turn);
    const [answer] = turn.answers;
    assert.ok(answer?.ok === true && answer.kind === 'ensure');
    assert.equal(answer.answer.outcome, 'needs_shedding');
    assert.deepEqual(answer.answer.admission, slackGb(given).preview.admission);
    assert.equal(turn.orders.length, 0);
  });
});
