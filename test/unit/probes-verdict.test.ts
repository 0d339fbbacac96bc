import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge, type Signs, table } from '../../helper/probes/verdict.ts';
import { verdictCodes } from '../../helper/protocol/health.ts';

const standing = ['pass', 'fail'] as const;
const runs: Signs = {
  runs: true,
  isFrozen: false,
  isHollow: false,
  isPortForeign: false,
  isBusy: false,
  lastExit: null,
  channels: { cheap: 'pass', inference: 'pass', integrity: 'pass' },
};
const told = (cheap: 'pass' | 'fail' | 'unknown', inference: typeof cheap, integrity: typeof cheap, more = {}) =>
  judge({ ...runs, channels: { cheap, inference, integrity }, ...more });

describe('the verdict on a seat', () => {
  test('is healthy in one of eight combinations, and by no majority', () => {
    const rows = standing.flatMap((cheap) =>
      standing.flatMap((inference) => standing.map((integrity) => [cheap, inference, integrity] as const)),
    );
    assert.deepEqual(Object.keys(table).sort(), rows.map((row) => row.join(' ')).sort());
    assert.deepEqual(Object.fromEntries(rows.map((row) => [row.join(' '), told(...row).verdict])), {
      'pass pass pass': 'healthy',
      'pass pass fail': 'doomed',
      'pass fail pass': 'zombie',
      'pass fail fail': 'zombie',
      'fail pass pass': 'busy',
      'fail pass fail': 'doomed',
      'fail fail pass': 'unreachable',
      'fail fail fail': 'unreachable',
    });
  });

  test('says of every combination with broken files that the next start fails', () => {
    for (const cheap of standing)
      for (const inference of standing) {
        assert.equal(told(cheap, inference, 'fail').isDoomed, true);
        assert.equal(told(cheap, inference, 'pass').isDoomed, false);
      }
  });

  test('claims nothing that was not asked', () => {
    assert.deepEqual(told('unknown', 'unknown', 'pass'), {
      verdict: null,
      isDoomed: false,
      unproven: ['cheap', 'inference'],
    });
    assert.deepEqual(told('pass', 'unknown', 'pass').unproven, ['inference']);
    assert.equal(told('fail', 'unknown', 'pass').verdict, 'unreachable');
    assert.equal(told('unknown', 'unknown', 'fail').verdict, 'doomed');
  });

  test('goes by what is seen of the process first', () => {
    assert.equal(told('pass', 'pass', 'pass', { isFrozen: true }).verdict, 'frozen');
    assert.equal(told('pass', 'pass', 'pass', { isHollow: true }).verdict, 'hollow');
    assert.equal(told('pass', 'fail', 'pass', { isHollow: true }).verdict, 'zombie', 'that it does no work is proved');
    assert.equal(told('fail', 'fail', 'pass', { isHollow: true }).verdict, 'hollow');
    assert.equal(told('fail', 'fail', 'fail', { isFrozen: true, isHollow: true }).verdict, 'frozen');
    assert.equal(told('pass', 'pass', 'pass', { isBusy: true }).verdict, 'busy');
    assert.equal(told('pass', 'fail', 'pass', { isBusy: true }).verdict, 'zombie', 'work that never ends is no excuse');
    assert.equal(told('pass', 'pass', 'pass', { runs: false }).verdict, null);
    assert.equal(told('pass', 'pass', 'pass', { runs: false, lastExit: 78 }).verdict, 'config_error');
    assert.equal(told('pass', 'pass', 'pass', { runs: false, lastExit: 1 }).verdict, null);
  });

  test('is unreachable, whatever was answered, while another program has its port', () => {
    for (const cheap of standing)
      for (const inference of standing)
        for (const integrity of standing)
          for (const isHollow of [false, true])
            for (const isBusy of [false, true]) {
              const foreign = told(cheap, inference, integrity, { isPortForeign: true, isHollow, isBusy });
              assert.deepEqual([foreign.verdict, foreign.isDoomed], ['unreachable', integrity === 'fail']);
            }
    assert.equal(told('pass', 'pass', 'pass', { isPortForeign: true, isFrozen: true }).verdict, 'frozen');
    assert.equal(told('pass', 'pass', 'pass', { isPortForeign: true, runs: false }).verdict, null);
  });

  test('can be each of those there are', () => {
    const seen = new Set([
      ...Object.values(table),
      ...[{ isFrozen: true }, { isHollow: true }, { runs: false, lastExit: 78 }].map(
        (more) => told('pass', 'pass', 'pass', more).verdict,
      ),
    ]);
    assert.deepEqual([...seen].sort(), [...verdictCodes].sort());
  });
});
