import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GB } from '../../helper/config/config.ts';
import type { GpuLimit } from '../../helper/host/port.ts';
import { judgeAsks } from '../../helper/seats/asks.ts';
import { previewOf } from '../../helper/seats/preview.ts';
import { newTurn } from '../../helper/seats/seat-world.ts';
import { type ProcessCase, type SeatCase, seatWorldOf, type WorldCase } from '../fakes/arbiter-seat-world.ts';

/**
 * What a preview shows, what a request gets, and a sum that is reckoned here from the definition and shares nothing with
 * the code: on random machines all three agree.
 */

/** In quarters, so that what just fits and what just does not occur. */
const gb = (most: number) => fc.integer({ min: 0, max: most * 4 }).map((quarters) => (quarters * GB) / 4);
const seldom = (weight: number): fc.Arbitrary<boolean> => fc.integer({ min: 0, max: 99 }).map((each) => each < weight);

const process: fc.Arbitrary<ProcessCase> = fc.record({
  footprintBytes: gb(10),
  wiredBytes: fc.option(gb(6), { nil: null }),
});

const running = [
  'loading',
  'ready',
  'busy',
  'idle',
  'idle',
  'idle',
  'draining',
  'frozen',
  'failed',
  'hollow',
  'doomed',
] as const;
const seat = fc.record({
  class: fc.constantFrom('protected', 'on_call', 'on_call'),
  peakBytes: gb(24),
  wiredBytes: gb(8),
  isRunning: fc.boolean(),
  runs: fc.constantFrom(...running),
  isHeld: fc.boolean(),
  isUnseen: seldom(1),
  processes: fc.array(process, { minLength: 1, maxLength: 2 }),
  quietMs: fc.constantFrom(0, 59_999, 60_000, 600_000, 600_000, 600_000),
});
type Drawn = typeof seat extends fc.Arbitrary<infer T> ? T : never;

const limit: fc.Arbitrary<GpuLimit> = fc.oneof(
  { weight: 10, arbitrary: fc.constant<GpuLimit>({ kind: 'not_evaluated', why: 'This machine has none.' }) },
  {
    weight: 10,
    arbitrary: fc
      .tuple(gb(96), fc.boolean())
      .map(([bytes, isSystemPolicy]): GpuLimit => ({ kind: 'limit', bytes, isSystemPolicy })),
  },
  { weight: 1, arbitrary: fc.constant<GpuLimit>({ kind: 'unknown', detail: 'EIO' }) },
);

const world = fc.record({
  totalBytes: fc.integer({ min: 32, max: 160 }).map((each) => each * GB),
  seats: fc.array(seat, { minLength: 1, maxLength: 4 }),
  asked: fc.nat(3),
  isAskedAbsent: fc.boolean(),
  others: fc.array(process, { maxLength: 3 }),
  isUnread: fc.record({ machine: seldom(1), memory: seldom(1), table: seldom(1), queues: seldom(20) }),
  appBytes: gb(24),
  wiredBytes: gb(48),
  compressorBytes: gb(24),
  queues: fc.record({
    freeBytes: gb(12),
    speculativeBytes: gb(1),
    fileBackedBytes: gb(4),
    purgeableBytes: gb(1),
  }),
  gpuLimit: limit,
  leaker: fc.nat(60),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const nameAt = (at: number): string => `seat-${at}`;
const askedOf = (w: World): number => w.asked % w.seats.length;

const seatCase = (drawn: Drawn, at: number, isAbsent: boolean): SeatCase => {
  const runs = drawn.isRunning && !isAbsent;
  return {
    name: nameAt(at),
    class: drawn.class,
    peakBytes: drawn.peakBytes,
    wiredBytes: drawn.wiredBytes,
    state: runs ? drawn.runs : 'absent',
    // The one that is asked for and does not run is held by nobody yet; others may be on their way in or out.
    isHeld: isAbsent ? false : drawn.isHeld,
    processes: drawn.isUnseen ? null : runs ? drawn.processes : [],
    quietMs: drawn.quietMs,
  };
};

const caseOf = (w: World): WorldCase => ({
  seats: w.seats.map((each, at) => seatCase(each, at, w.isAskedAbsent && at === askedOf(w))),
  others: w.isUnread.table ? null : w.others,
  machine: w.isUnread.machine
    ? null
    : {
        totalBytes: w.totalBytes,
        availableBytes: w.isUnread.memory ? null : w.queues.freeBytes,
        appBytes: w.appBytes,
        wiredBytes: w.wiredBytes,
        compressorBytes: w.compressorBytes,
        queues: w.isUnread.queues ? null : { ...w.queues, activeBytes: 0, inactiveBytes: 0 },
      },
  gpuLimit: w.gpuLimit,
  leakers: [nameAt(w.leaker)],
});

interface Reckoned {
  readonly reason: 'fits' | 'term_unknown' | 'wired_leak' | 'needs_shedding' | 'wired_limit' | 'kernel_would_warn';
  /** Null: a term is not known. */
  readonly slackBytes: number | null;
}

/** Quarters of a GB and half of them, far below 2^53: every sum here is exact. */
const reckon = (given: WorldCase, asked: string): Reckoned => {
  const { seats, others, machine, gpuLimit, leakers } = given;
  const isReadable =
    machine !== null &&
    others !== null &&
    machine.availableBytes !== null &&
    gpuLimit.kind !== 'unknown' &&
    seats.every(({ processes }) => processes !== null);
  if (!isReadable) return { reason: 'term_unknown', slackBytes: null };
  const { totalBytes = 0, appBytes = 0, wiredBytes = 0, compressorBytes = 0, queues = null } = machine;

  let processBytes = 0;
  let explained = 0;
  let seatBytes = 0;
  for (const process of others) {
    processBytes += process.footprintBytes;
    explained += process.wiredBytes ?? 0;
  }

  let slack = totalBytes;
  let peak = 0;
  let unused = 0;
  let wiredSum = 0;
  let wiredToCome = 0;
  for (const each of seats) {
    let holds = 0;
    let holdsWired = 0;
    for (const process of each.processes ?? []) {
      holds += process.footprintBytes;
      holdsWired += process.wiredBytes ?? 0;
    }
    seatBytes += holds;
    explained += holdsWired;
    const claim = Math.max(holds, each.peakBytes);
    if (each.name === asked) peak = each.peakBytes;
    else if (each.class === 'protected' || each.isHeld || holds > 0) slack -= claim;
    else continue;
    unused += claim - holds;
    wiredSum += Math.max(holdsWired, each.wiredBytes);
    if (each.wiredBytes > holdsWired) wiredToCome += each.wiredBytes - holdsWired;
  }
  const kernel = wiredBytes > explained ? wiredBytes - explained : 0;
  const fromBelow = processBytes + kernel;
  const fromAbove = appBytes + wiredBytes + compressorBytes - seatBytes;
  slack -= Math.max(fromBelow, fromAbove, 0);

  if (leakers.includes(asked)) return { reason: 'wired_leak', slackBytes: slack };
  if (slack < peak) return { reason: 'needs_shedding', slackBytes: slack };
  if (gpuLimit.kind === 'limit' && wiredSum > gpuLimit.bytes) return { reason: 'wired_limit', slackBytes: slack };
  if (queues === null) return { reason: 'fits', slackBytes: slack };

  const { freeBytes, speculativeBytes, fileBackedBytes, purgeableBytes } = queues;
  const demand = Math.max(0, unused - freeBytes - speculativeBytes - fileBackedBytes - purgeableBytes);
  const compressed = compressorBytes + demand / 2;
  const uncompressed = totalBytes - (wiredBytes + wiredToCome) - compressed;
  const warns = uncompressed < 0.5 * (uncompressed + compressed);
  return { reason: warns ? 'kernel_would_warn' : 'fits', slackBytes: slack };
};

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) frozen(each);
  }
  return value;
};

test('a preview, the verdict on a request and an independent sum agree, and a preview changes nothing', () => {
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(world, (w) => {
      const given = caseOf(w);
      const asked = nameAt(askedOf(w));
      const { seating, world: at } = frozen(seatWorldOf(given));
      const sum = reckon(given, asked);
      const preview = previewOf(seating, at, asked);
      assert.ok(preview !== null);
      const { admission } = preview;
      assert.equal(admission.reason, sum.reason);
      assert.equal(admission.verdict, sum.reason === 'fits' ? 'admit' : 'refuse');
      if (sum.reason !== 'term_unknown') assert.equal(admission.slackBytes, sum.slackBytes);
      count(admission.reason);

      for (const name of preview.wouldUnload) {
        const idle = given.seats.find((each) => each.name === name);
        assert.ok(idle !== undefined && name !== asked && idle.class === 'on_call');
        assert.ok(idle.state === 'idle' || idle.state === 'ready', `${name} is ${idle.state}`);
        assert.ok(idle.quietMs >= 60_000);
      }
      if (admission.verdict === 'admit') assert.deepEqual([preview.wouldUnload, preview.wouldFitIf], [[], []]);

      if (preview.state !== 'absent') return;
      const turn = newTurn();
      const by = { uid: 0, client: 'cli' } as const;
      // As an operator asks: a protected seat is not started by a request.
      const ask = { request: 1, seat: asked, ask: 'load', sinceMs: at.nowMs, untilMs: at.nowMs, by } as const;
      const after = judgeAsks({ ...seating, asks: [ask] }, at, turn);
      const started = turn.orders.map(({ verb, seat: name }) => `${verb} ${name}`);
      if (admission.verdict === 'admit') {
        assert.deepEqual(started, [`start ${asked}`]);
        assert.deepEqual(turn.answers, []);
        count('started');
        return;
      }
      assert.deepEqual(started, [], 'nobody is started against the sum');
      if (preview.wouldUnload.length > 0) {
        assert.deepEqual(after.making, [{ seat: asked, evicted: preview.wouldUnload }]);
        count('makes room');
        return;
      }
      const [answer] = turn.answers;
      assert.ok(answer?.ok === true && answer.kind === 'ensure');
      assert.deepEqual(answer.answer.admission, admission, 'one sum, told twice');
      assert.notEqual(answer.answer.outcome, 'ready');
      assert.deepEqual(after.making, []);
      count('refused');
    }),
    { numRuns: 10_000 },
  );
  const verdicts = ['fits', 'needs_shedding', 'wired_limit', 'kernel_would_warn', 'wired_leak', 'term_unknown'];
  for (const what of [...verdicts, 'started', 'refused', 'makes room']) assert.ok(seen.has(what), `${what} occurs`);
});
