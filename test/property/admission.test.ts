import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GB } from '../../helper/config/config.ts';
import { admission } from '../../helper/seats/admission.ts';
import type { AdmissionFacts, SeatClaimFacts } from '../../helper/seats/admission-terms.ts';

const bytes = fc.integer({ min: 0, max: 48 * GB });

const seatNamed = (name: string): fc.Arbitrary<SeatClaimFacts> =>
  fc.record({
    name: fc.constant(name),
    class: fc.constantFrom('protected', 'on_call'),
    peakBytes: bytes,
    wiredBytes: bytes,
    footprintBytes: fc.oneof(fc.constant(0), bytes),
    wiredNowBytes: fc.oneof(fc.constant(0), bytes),
    isHeld: fc.boolean(),
  });

const counters = fc.record({
  internalBytes: bytes,
  purgeableBytes: bytes,
  wiredBytes: bytes,
  compressorBytes: bytes,
});

const queues = fc.record({
  kind: fc.constant('evaluated' as const),
  freeBytes: bytes,
  speculativeBytes: bytes,
  cleanFileBackedBytes: bytes,
  purgeableBytes: bytes,
  compressorBytes: bytes,
  wiredBytes: bytes,
});

const world = fc.subarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 }).chain((names) =>
  fc.record({
    totalBytes: fc.integer({ min: 8 * GB, max: 512 * GB }),
    seat: fc.constantFrom(...names),
    seats: fc.tuple(...names.map(seatNamed)),
    processesBytes: bytes,
    kernelBytes: bytes,
    machine: counters,
    limitBytes: fc.option(fc.integer({ min: 0, max: 400 * GB }), { nil: null }),
    queues: fc.option(queues, { nil: null }),
    leakers: fc.subarray(names, { maxLength: 1 }),
  }),
);
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const factsOf = (w: World): AdmissionFacts => ({
  totalBytes: w.totalBytes,
  seat: w.seat,
  seats: w.seats,
  other: { kind: 'measured', processesBytes: w.processesBytes, kernelBytes: w.kernelBytes, machine: w.machine },
  wiredLimit:
    w.limitBytes === null ? { kind: 'not_evaluated', why: 'no limit' } : { kind: 'limit', bytes: w.limitBytes },
  forecast: w.queues ?? { kind: 'not_evaluated', why: 'no queues' },
  leakers: w.leakers,
});

/**
 * The same sum once more, byte by byte of a ledger and from the definition, sharing nothing with the code it checks.
 * Whole numbers of bytes, so BigInt is exact.
 */
const reckon = (w: World): { slack: bigint; fits: boolean; wiredFits: boolean; warns: boolean } => {
  let ledger = BigInt(w.totalBytes);
  let ownPeak = 0n;
  let seatFootprints = 0n;
  let wiredSum = 0n;
  let wiredToCome = 0n;
  let toCome = 0n;
  for (const seat of w.seats) {
    const footprint = BigInt(seat.footprintBytes ?? 0);
    const peak = BigInt(seat.peakBytes);
    const larger = footprint > peak ? footprint : peak;
    seatFootprints += footprint;
    const isAsked = seat.name === w.seat;
    if (isAsked) ownPeak = peak;
    else if (seat.class === 'on_call' && !seat.isHeld && footprint === 0n) continue;
    else ledger -= larger;
    toCome += larger - footprint;
    const wiredNow = BigInt(seat.wiredNowBytes ?? 0);
    const wiredPeak = BigInt(seat.wiredBytes);
    if (wiredPeak > wiredNow) {
      wiredSum += wiredPeak;
      wiredToCome += wiredPeak - wiredNow;
    } else wiredSum += wiredNow;
  }
  const below = BigInt(w.processesBytes) + BigInt(w.kernelBytes);
  const { internalBytes, purgeableBytes, wiredBytes, compressorBytes } = w.machine;
  const above =
    BigInt(internalBytes) + BigInt(wiredBytes) + BigInt(compressorBytes) - BigInt(purgeableBytes) - seatFootprints;
  ledger -= [below, above, 0n].reduce((most, each) => (each > most ? each : most));

  let warns = false;
  if (w.queues !== null) {
    const q = w.queues;
    const met =
      BigInt(q.freeBytes) + BigInt(q.speculativeBytes) + BigInt(q.cleanFileBackedBytes) + BigInt(q.purgeableBytes);
    const demand = toCome > met ? toCome - met : 0n;
    // Everything twice, so that half of the demand is whole.
    const compressedTwice = 2n * BigInt(q.compressorBytes) + demand;
    const allTwice = 2n * (BigInt(w.totalBytes) - BigInt(q.wiredBytes) - wiredToCome);
    warns = 2n * (allTwice - compressedTwice) < allTwice;
  }
  return {
    slack: ledger,
    fits: ledger >= ownPeak,
    wiredFits: w.limitBytes === null || wiredSum <= BigInt(w.limitBytes),
    warns,
  };
};

test('slack, shortfall and verdict are those of an independent sum', () => {
  let admitted = 0;
  fc.assert(
    fc.property(world, (w) => {
      const result = admission(factsOf(w));
      const sum = reckon(w);
      assert.equal(BigInt(result.slackBytes ?? Number.NaN), sum.slack);
      const isLeaker = w.leakers.includes(w.seat);
      const admits = sum.fits && sum.wiredFits && !sum.warns && !isLeaker;
      assert.equal(result.verdict, admits ? 'admit' : 'refuse');
      assert.equal(result.shortfallBytes === 0, sum.fits);
      if (admits) admitted++;
    }),
    { numRuns: 5000 },
  );
  assert.ok(admitted > 100, 'both verdicts occur');
});

test('the verdict is admit exactly when no clause fails, and the reason names the first that does', () => {
  const reasons = {
    known: 'term_unknown',
    leak: 'wired_leak',
    memory: 'needs_shedding',
    wired: 'wired_limit',
    forecast: 'kernel_would_warn',
  } as const;
  fc.assert(
    fc.property(world, (w) => {
      const { verdict, reason, clauses } = admission(factsOf(w));
      const failed = clauses.find(({ outcome }) => outcome === 'fails');
      assert.equal(verdict === 'admit', failed === undefined);
      assert.equal(reason, failed === undefined ? 'fits' : reasons[failed.name]);
      assert.deepEqual(
        clauses.map(({ name }) => name),
        Object.keys(reasons),
      );
    }),
    { numRuns: 1000 },
  );
});

test('one term that is not known refuses, whichever it is', () => {
  const hide: readonly ((facts: AdmissionFacts, w: World) => AdmissionFacts)[] = [
    (facts) => ({ ...facts, totalBytes: null }),
    (facts, w) => ({ ...facts, other: { kind: 'measured', processesBytes: null, kernelBytes: 0, machine: w.machine } }),
    (facts, w) => ({ ...facts, other: { kind: 'measured', processesBytes: 0, kernelBytes: null, machine: w.machine } }),
    (facts) => ({ ...facts, other: { kind: 'measured', processesBytes: 0, kernelBytes: 0, machine: null } }),
    (facts) => ({ ...facts, seats: facts.seats.map((seat) => ({ ...seat, footprintBytes: null })) }),
    (facts) => ({ ...facts, seats: facts.seats.map((seat) => ({ ...seat, peakBytes: Number.NaN })) }),
    (facts) => ({ ...facts, wiredLimit: { kind: 'limit', bytes: null } }),
    (facts) => ({ ...facts, forecast: { kind: 'unknown' } }),
  ];
  fc.assert(
    fc.property(world, fc.constantFrom(...hide), (w, change) => {
      const result = admission(change(factsOf(w), w));
      assert.equal(result.verdict, 'refuse');
      assert.equal(result.reason, 'term_unknown');
    }),
    { numRuns: 1000 },
  );
});

test('more in use, a larger peak or a larger claim of another seat never turns a refusal into an admission', () => {
  fc.assert(
    fc.property(world, fc.integer({ min: 0, max: 8 * GB }), fc.nat(2), (w, more, which) => {
      if (admission(factsOf(w)).verdict === 'admit') return;
      const worse: World =
        which === 0
          ? { ...w, processesBytes: w.processesBytes + more }
          : which === 1
            ? { ...w, kernelBytes: w.kernelBytes + more }
            : { ...w, seats: w.seats.map((seat) => ({ ...seat, peakBytes: seat.peakBytes + more })) };
      assert.equal(admission(factsOf(worse)).verdict, 'refuse');
    }),
    { numRuns: 2000 },
  );
});
