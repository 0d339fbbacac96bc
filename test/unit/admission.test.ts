import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import { admission } from '../../helper/seats/admission.ts';
import type { Admission, AdmissionFacts, ForecastFacts, SeatClaimFacts } from '../../helper/seats/admission-terms.ts';

/** 64 GB with Cilghal (41 GB, protected) and Codestral (14 GB, on call). */

const cilghal: SeatClaimFacts = {
  name: 'cilghal',
  class: 'protected',
  peakBytes: 41 * GB,
  wiredBytes: 20 * GB,
  footprintBytes: 21 * GB,
  wiredNowBytes: 20 * GB,
  isHeld: true,
};
const codestral: SeatClaimFacts = {
  name: 'codestral',
  class: 'on_call',
  peakBytes: 14 * GB,
  wiredBytes: 12 * GB,
  footprintBytes: 0,
  wiredNowBytes: 0,
  isHeld: false,
};

const notHere = { kind: 'not_evaluated', why: 'This machine does not show it.' } as const;

const facts = (otherGb: number, change: Partial<AdmissionFacts> = {}): AdmissionFacts => ({
  totalBytes: 64 * GB,
  seat: 'codestral',
  seats: [cilghal, codestral],
  other: { kind: 'given', bytes: otherGb * GB },
  wiredLimit: notHere,
  forecast: notHere,
  leakers: [],
  ...change,
});

const slackGb = ({ slackBytes }: Admission): number | null =>
  slackBytes === null ? null : Math.round((slackBytes / GB) * 1000) / 1000;

const outcomeOf = (result: Admission, name: string): string | undefined =>
  result.clauses.find((clause) => clause.name === name)?.outcome;

describe('the sum', () => {
  test('other 4.3 GB leaves 18.7 GB: Codestral is admitted', () => {
    const result = admission(facts(4.3));
    assert.equal(slackGb(result), 18.7);
    assert.equal(result.verdict, 'admit');
    assert.equal(result.reason, 'fits');
    assert.equal(result.shortfallBytes, 0);
  });

  test('other 9.5 GB leaves 13.5 GB: Codestral is refused and lacks half a GB', () => {
    const result = admission(facts(9.5));
    assert.equal(slackGb(result), 13.5);
    assert.equal(result.verdict, 'refuse');
    assert.equal(result.reason, 'needs_shedding');
    assert.equal(result.shortfallBytes, 0.5 * GB);
  });

  test('Cilghal measured at 65.8 GB claims what it measures: refused', () => {
    const result = admission(facts(4.3, { seats: [{ ...cilghal, footprintBytes: 65.8 * GB }, codestral] }));
    assert.equal(result.verdict, 'refuse');
    assert.equal(slackGb(result), -6.1);
    assert.deepEqual(result.terms.claims, [
      { seat: 'cilghal', bytes: 65.8 * GB, declaredBytes: 41 * GB, measuredBytes: 65.8 * GB },
    ]);
  });

  test('a preview of Codestral while it is loaded leaves 18.7 GB: it does not stand in its own way', () => {
    const loaded = { ...codestral, footprintBytes: 13 * GB, isHeld: true };
    const result = admission(facts(4.3, { seats: [cilghal, loaded] }));
    assert.equal(slackGb(result), 18.7);
    assert.equal(result.verdict, 'admit');
  });

  test('Codestral keeps its claim while it drains and still holds 13 GB', () => {
    const council: SeatClaimFacts = { ...codestral, name: 'council', peakBytes: 5 * GB };
    const draining = { ...codestral, footprintBytes: 13 * GB, isHeld: true };
    const result = admission(facts(4.3, { seat: 'council', seats: [cilghal, draining, council] }));
    assert.equal(slackGb(result), 4.7);
    assert.equal(result.verdict, 'refuse');
    const gone = admission(facts(4.3, { seat: 'council', seats: [cilghal, codestral, council] }));
    assert.equal(slackGb(gone), 18.7);
    assert.equal(gone.verdict, 'admit');
  });

  test('kernel 4 GB beside other 8 GB leaves 11 GB: refused', () => {
    const result = admission(
      facts(0, {
        other: {
          kind: 'measured',
          processesBytes: 8 * GB,
          kernelBytes: 4 * GB,
          machine: { internalBytes: 9 * GB, purgeableBytes: 0, wiredBytes: 24 * GB, compressorBytes: 0 },
        },
      }),
    );
    assert.equal(slackGb(result), 11);
    assert.equal(result.verdict, 'refuse');
  });

  test('a peak that fits to the last byte is admitted, a byte more is not', () => {
    assert.equal(admission(facts(9)).verdict, 'admit');
    assert.equal(admission(facts(0, { other: { kind: 'given', bytes: 9 * GB + 1 } })).shortfallBytes, 1);
  });

  test('a protected seat claims its peak although it does not run', () => {
    const absent = { ...cilghal, footprintBytes: 0, wiredNowBytes: 0, isHeld: false };
    assert.equal(slackGb(admission(facts(4.3, { seats: [absent, codestral] }))), 18.7);
  });

  test('an on-call seat that is admitted reserves its peak before it holds a byte', () => {
    const admitted: SeatClaimFacts = { ...codestral, name: 'council', peakBytes: 10 * GB, isHeld: true };
    assert.equal(slackGb(admission(facts(4.3, { seats: [cilghal, codestral, admitted] }))), 8.7);
  });

  test('bytes of a seat count although nobody admitted it', () => {
    const stray: SeatClaimFacts = { ...codestral, name: 'council', peakBytes: 10 * GB, footprintBytes: 6 * GB };
    assert.equal(slackGb(admission(facts(4.3, { seats: [cilghal, codestral, stray] }))), 8.7);
  });

  test('the counters of the machine are believed when they tell of more than the footprints do', () => {
    const measured = (internalGb: number, purgeableGb: number): AdmissionFacts =>
      facts(0, {
        other: {
          kind: 'measured',
          processesBytes: 3 * GB,
          kernelBytes: 1 * GB,
          machine: {
            internalBytes: internalGb * GB,
            purgeableBytes: purgeableGb * GB,
            wiredBytes: 22 * GB,
            compressorBytes: 2 * GB,
          },
        },
      });
    // 6 − 1 + 22 + 2 − 21 of Cilghal = 8.
    assert.equal(slackGb(admission(measured(6, 1))), 15);
    assert.equal(slackGb(admission(measured(1, 1))), 19);
  });
});

describe('the other conditions', () => {
  test('the wired sum may reach the limit and not pass it', () => {
    const limited = (limitBytes: number): Admission =>
      admission(facts(4.3, { wiredLimit: { kind: 'limit', bytes: limitBytes } }));
    assert.equal(limited(32 * GB).verdict, 'admit');
    assert.deepEqual(limited(32 * GB).terms.wired, { sumBytes: 32 * GB, limitBytes: 32 * GB });
    const over = limited(32 * GB - 1);
    assert.equal(over.reason, 'wired_limit');
    assert.equal(outcomeOf(over, 'memory'), 'holds');
  });

  test('a seat that holds more wired than it declares counts with what it holds', () => {
    const seats = [{ ...cilghal, wiredNowBytes: 25 * GB }, codestral];
    const result = admission(facts(4.3, { seats, wiredLimit: { kind: 'limit', bytes: 36 * GB } }));
    assert.deepEqual(result.terms.wired, { sumBytes: 37 * GB, limitBytes: 36 * GB });
    assert.equal(result.verdict, 'refuse');
  });

  test('a seat that left wired memory behind is not loaded again; another one is, if it fits', () => {
    const result = admission(facts(4.3, { leakers: ['codestral'] }));
    assert.equal(result.verdict, 'refuse');
    assert.equal(result.reason, 'wired_leak');
    assert.equal(outcomeOf(result, 'memory'), 'holds');
    assert.equal(admission(facts(4.3, { leakers: ['council'] })).verdict, 'admit');
  });

  test('what this machine cannot tell is shown and refuses nothing', () => {
    const result = admission(facts(4.3));
    assert.equal(outcomeOf(result, 'wired'), 'not_evaluated');
    assert.equal(outcomeOf(result, 'forecast'), 'not_evaluated');
    assert.equal(result.clauses.find(({ name }) => name === 'forecast')?.text, 'This machine does not show it.');
  });

  test('a seat nobody declared is refused', () => {
    const result = admission(facts(4.3, { seat: 'nobody' }));
    assert.equal(result.verdict, 'refuse');
    assert.equal(result.reason, 'unknown_seat');
  });
});

describe('a term that is not known refuses', () => {
  const machine = { internalBytes: 6 * GB, purgeableBytes: 0, wiredBytes: 22 * GB, compressorBytes: 0 };
  const measured = { kind: 'measured', processesBytes: 3 * GB, kernelBytes: GB, machine } as const;
  const evaluated: ForecastFacts = {
    kind: 'evaluated',
    freeBytes: 20 * GB,
    speculativeBytes: 0,
    cleanFileBackedBytes: 5 * GB,
    purgeableBytes: 0,
    compressorBytes: 0,
    wiredBytes: 22 * GB,
  };
  const limit = { kind: 'limit', bytes: 48 * GB } as const;
  const whole = facts(0, { other: measured, forecast: evaluated, wiredLimit: limit });

  test('and with all of them known the same is admitted', () => {
    assert.equal(admission(whole).verdict, 'admit');
  });

  const cases: readonly (readonly [string, Partial<AdmissionFacts>])[] = [
    ['memory of the machine', { totalBytes: null }],
    ['memory that is no number', { totalBytes: Number.NaN }],
    ['footprint of a protected seat', { seats: [{ ...cilghal, footprintBytes: null }, codestral] }],
    ['footprint of the seat itself', { seats: [cilghal, { ...codestral, footprintBytes: null }] }],
    ['footprint below zero', { seats: [{ ...cilghal, footprintBytes: -1 }, codestral] }],
    ['processes outside the seats', { other: { ...measured, processesBytes: null } }],
    ['kernel', { other: { ...measured, kernelBytes: null } }],
    ['counters of the machine', { other: { ...measured, machine: null } }],
    ['one counter of the machine', { other: { ...measured, machine: { ...machine, internalBytes: Number.NaN } } }],
    ['wired limit', { wiredLimit: { kind: 'limit', bytes: null } }],
    ['wired share of a seat', { seats: [{ ...cilghal, wiredNowBytes: null }, codestral] }],
    ['forecast', { forecast: { kind: 'unknown' } }],
    ['one term of the forecast', { forecast: { ...evaluated, freeBytes: Number.POSITIVE_INFINITY } }],
  ];
  for (const [name, change] of cases)
    test(name, () => {
      const result = admission({ ...whole, ...change });
      assert.equal(result.verdict, 'refuse');
      assert.equal(result.reason, 'term_unknown');
      assert.equal(outcomeOf(result, 'known'), 'fails');
      assert.ok(result.clauses.every(({ text }) => !/NaN|Infinity|null|undefined/.test(text)));
    });
});

describe('the forecast', () => {
  /** Cilghal has 20 GB of its claim unused, Codestral needs 14 GB: 34 GB to come, and 12 GB wired with them. */
  const withFree = (
    freeBytes: number,
    change: Partial<Extract<ForecastFacts, { kind: 'evaluated' }>> = {},
  ): Admission =>
    admission(
      facts(4.3, {
        forecast: {
          kind: 'evaluated',
          freeBytes,
          speculativeBytes: 0,
          cleanFileBackedBytes: 0,
          purgeableBytes: 0,
          compressorBytes: 2 * GB,
          wiredBytes: 22 * GB,
          ...change,
        },
      }),
    );

  test('what is free and can be dropped meets the demand first', () => {
    const result = withFree(30 * GB, { speculativeBytes: GB, cleanFileBackedBytes: 2 * GB, purgeableBytes: GB });
    assert.deepEqual(result.terms.forecast, {
      demandBytes: 0,
      compressorBytes: 2 * GB,
      wiredBytes: 34 * GB,
      uncompressedBytes: 28 * GB,
      distanceBytes: 13 * GB,
    });
    assert.equal(result.verdict, 'admit');
  });

  test('half of what is not met is held by the compressor', () => {
    const result = withFree(14 * GB);
    assert.equal(result.terms.forecast?.demandBytes, 20 * GB);
    assert.equal(result.terms.forecast?.compressorBytes, 12 * GB);
    assert.equal(result.terms.forecast?.uncompressedBytes, 18 * GB);
    assert.equal(result.verdict, 'admit');
  });

  test('as much uncompressed as compressed passes, a little less is refused before the kernel warns', () => {
    // A′ = 64 − 34 = 30 GB: the line is at 15 GB in the compressor, reached with 26 GB of demand, that is 8 GB free.
    const onTheLine = withFree(8 * GB);
    assert.equal(onTheLine.terms.forecast?.distanceBytes, 0);
    assert.equal(onTheLine.verdict, 'admit');
    const beyond = withFree(8 * GB - 2);
    assert.equal(beyond.verdict, 'refuse');
    assert.equal(beyond.reason, 'kernel_would_warn');
    assert.equal(beyond.terms.forecast?.distanceBytes, -1);
    assert.equal(outcomeOf(beyond, 'memory'), 'holds');
  });

  test('wired memory still to come brings the line nearer', () => {
    const wiredLater = [{ ...cilghal, wiredNowBytes: 10 * GB }, codestral];
    const result = admission({
      ...facts(4.3, { seats: wiredLater }),
      forecast: {
        kind: 'evaluated',
        freeBytes: 10 * GB,
        speculativeBytes: 0,
        cleanFileBackedBytes: 0,
        purgeableBytes: 0,
        compressorBytes: 2 * GB,
        wiredBytes: 22 * GB,
      },
    });
    assert.equal(result.terms.forecast?.wiredBytes, 44 * GB);
    assert.equal(result.reason, 'kernel_would_warn');
  });

  test('a seat that is loaded already needs only the rest of its peak', () => {
    const loaded = { ...codestral, footprintBytes: 13 * GB, wiredNowBytes: 12 * GB, isHeld: true };
    const result = admission(
      facts(4.3, {
        seats: [cilghal, loaded],
        forecast: {
          kind: 'evaluated',
          freeBytes: GB,
          speculativeBytes: 0,
          cleanFileBackedBytes: 0,
          purgeableBytes: 0,
          compressorBytes: 0,
          wiredBytes: 34 * GB,
        },
      }),
    );
    assert.equal(result.terms.forecast?.demandBytes, 20 * GB);
    assert.equal(result.terms.forecast?.wiredBytes, 34 * GB);
  });
});
