import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitCodeOf, lastLine, outcomesOf, type TestEvent, totalsOf } from '../../build/testing/outcome.ts';
import { withEnding } from '../../build/testing/run-file.ts';

const event = (name: string, nesting: number, more: Partial<TestEvent> = {}): TestEvent => ({
  name,
  nesting,
  passed: true,
  kind: 'test',
  ...more,
});

describe('outcomes of a test file', () => {
  test('counts tests, not the suites that hold them, and names them by their path', () => {
    const outcomes = outcomesOf('a.test.ts', [
      event('adds', 1),
      event('subtracts', 1, { passed: false, detail: 'boom' }),
      event('numbers', 0, { kind: 'suite', passed: false, byChildren: true }),
      event('alone', 0),
    ]);
    assert.deepEqual(outcomes, [
      { status: 'passed', name: 'a.test.ts › numbers › adds' },
      { status: 'failed', name: 'a.test.ts › numbers › subtracts', detail: 'boom' },
      { status: 'passed', name: 'a.test.ts › alone' },
    ]);
  });

  test('does not count a test that only holds subtests', () => {
    const outcomes = outcomesOf('a', [event('inner', 1), event('outer', 0)]);
    assert.deepEqual(totalsOf(outcomes), { passed: 1, failed: 0, skipped: 0 });
    assert.equal(outcomes[0]?.name, 'a › outer › inner');
  });

  test('counts a suite that fails of its own beside the tests it took along', () => {
    const outcomes = outcomesOf('a', [
      event('inner', 1, { passed: false, detail: 'cancelled' }),
      event('other', 1),
      event('suite', 0, { kind: 'suite', passed: false, detail: 'before hook' }),
    ]);
    assert.deepEqual(totalsOf(outcomes), { passed: 1, failed: 2, skipped: 0 });
    assert.ok(outcomes.some((outcome) => outcome.status === 'failed' && outcome.detail === 'before hook'));
  });

  test('names tests of deep and of neighbouring suites rightly', () => {
    const outcomes = outcomesOf('f', [
      event('x', 2),
      event('deep', 1, { kind: 'suite' }),
      event('y', 1),
      event('first', 0, { kind: 'suite' }),
      event('z', 1),
      event('second', 0, { kind: 'suite' }),
    ]);
    assert.deepEqual(
      outcomes.map(({ name }) => name),
      ['f › first › deep › x', 'f › first › y', 'f › second › z'],
    );
  });

  test('keeps the reason of a skip, also for a whole suite, and takes a to-do for a skip', () => {
    const outcomes = outcomesOf('f', [
      event('a', 0, { skip: 'needs root' }),
      event('b', 0, { skip: true }),
      event('c', 0, { passed: false, todo: 'later', detail: 'x' }),
      event('d', 0, { kind: 'suite', skip: 'no display' }),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'skipped' ? outcome.reason : outcome.status)),
      ['needs root', 'no reason given', 'to do: later', 'no display'],
    );
  });
});

describe('a run of tests', () => {
  test('ends with the three counts alone', () => {
    assert.equal(lastLine({ passed: 3, failed: 1, skipped: 2 }), '3 passed, 1 failed, 2 skipped');
  });

  test('fails when something failed or nothing ran', () => {
    assert.equal(exitCodeOf({ passed: 5, failed: 0, skipped: 9 }), 0);
    assert.equal(exitCodeOf({ passed: 5, failed: 1, skipped: 0 }), 1);
    assert.equal(exitCodeOf({ passed: 0, failed: 0, skipped: 3 }), 1);
  });

  test('counts a file that crashes, hangs or holds no test as a failure', () => {
    const passed = [{ status: 'passed', name: 'x' }] as const;
    const failed = [{ status: 'failed', name: 'x', detail: '' }] as const;
    const exit = (ok: boolean) => ({ kind: 'exit', how: 'code 1', ok }) as const;
    assert.equal(totalsOf(withEnding('f', passed, exit(false), 'out')).failed, 1);
    assert.equal(totalsOf(withEnding('f', failed, exit(false), 'out')).failed, 1);
    assert.equal(totalsOf(withEnding('f', [], exit(true), '')).failed, 1);
    assert.equal(totalsOf(withEnding('f', passed, { kind: 'timeout' }, '')).failed, 1);
    assert.deepEqual(withEnding('f', passed, exit(true), ''), passed);
  });
});
