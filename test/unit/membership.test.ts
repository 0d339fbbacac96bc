import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { type Member, membershipOf, rememberMembers } from '../../helper/seats/membership.ts';
import { processReading } from '../fakes/readings.ts';

const seat = (name: string): SeatConfig => ({
  ...seatDefaults,
  name,
  class: 'protected',
  label: `com.${name}`,
  peakBytes: 1,
  wiredBytes: 0,
  oracle: null,
  drainSeconds: 30,
});
const seats = [seat('a'), seat('b')];
const process = (pid: number, ppid = 1, start = `s${pid}`): ProcessReading =>
  processReading(pid, { ppid, id: { pid, start } });
const known = (...entries: readonly (readonly [string, number | null])[]) => new Map(entries);

/** Passes one after the other, each with its table and services; who belongs to whom after the last one. */
const passes = (
  ...steps: readonly (readonly [readonly ProcessReading[], ReadonlyMap<string, number | null> | null, number?])[]
): Record<string, string> => {
  let memory: readonly Member[] = [];
  let last: Record<string, string> = {};
  for (const [i, [table, services, atMs = i * 2_000]] of steps.entries()) {
    const members = membershipOf(table, services, seats, memory);
    memory = rememberMembers(memory, table, members, atMs);
    last = Object.fromEntries([...members].map(([pid, { name }]) => [pid, name]));
  }
  return last;
};

describe('membership of seats', () => {
  test('the pid of the service and what stands below it; of two seats the nearest service decides', () => {
    const table = [process(10), process(11, 10), process(12, 11), process(20)];
    assert.deepEqual(passes([table, known(['com.a', 10])]), { 10: 'a', 11: 'a', 12: 'a' });
    assert.deepEqual(passes([table, known(['com.a', 10], ['com.b', 11])]), { 10: 'a', 11: 'b', 12: 'b' });
    // In whatever order the table has them.
    assert.deepEqual(passes([[...table].reverse(), known(['com.a', 10], ['com.b', 11])]), {
      10: 'a',
      11: 'b',
      12: 'b',
    });
  });

  test('a table with a cycle of parents ends', () => {
    assert.deepEqual(passes([[process(10, 11), process(11, 10), process(12, 11)], known(['com.a', 9])]), {});
  });

  test('nobody stops being a member because services are not known, and what members start is one', () => {
    const table = [process(10), process(11, 10)];
    const more = [...table, process(13, 11), process(20)];
    const first = [table, known(['com.a', 10])] as const;
    assert.deepEqual(passes(first, [more, null]), { 10: 'a', 11: 'a', 13: 'a' });
    assert.deepEqual(passes(first, [more, null], [more, null], [more, known()]), { 10: 'a', 11: 'a', 13: 'a' });
    assert.deepEqual(passes([table, null]), {});
  });

  test('an orphan of a service that ended stays, with its own children', () => {
    const orphans = [process(11, 1), process(12, 11), process(30)];
    const first = [[process(10), process(11, 10)], known(['com.a', 10])] as const;
    assert.deepEqual(passes(first, [orphans, known(['com.a', null])]), { 11: 'a', 12: 'a' });
    // The service has been started anew beside it.
    assert.deepEqual(passes(first, [orphans, known(['com.a', 30])]), { 11: 'a', 12: 'a', 30: 'a' });
  });

  test('a pid that another process has now is no member', () => {
    const first = [[process(10), process(11, 10)], known(['com.a', 10])] as const;
    assert.deepEqual(passes(first, [[process(10, 1, 'later'), process(11, 1, 'later')], null]), {});
  });

  test('what a service claims now counts for more than what was', () => {
    const table = [process(10), process(11, 10)];
    assert.deepEqual(passes([table, known(['com.a', 10])], [table, known(['com.b', 10])]), { 10: 'b', 11: 'b' });
  });

  test('a row that is missing for a moment, or a whole table, forgets nobody; a minute does', () => {
    const table = [process(10), process(11, 10)];
    const first = [table, known(['com.a', 10])] as const;
    const without = [process(10)];
    assert.deepEqual(passes(first, [without, null], [table.slice(1), null]), { 11: 'a' });
    assert.deepEqual(passes(first, [[], null, 500_000], [table, null, 502_000]), { 10: 'a', 11: 'a' });
    const orphan = [process(11, 1)];
    assert.deepEqual(passes(first, [[process(99)], null, 61_000], [orphan, null, 63_000]), {});
  });

  test('a seat that is not configured any more has no members', () => {
    const memory: readonly Member[] = [{ key: '10:s10', seat: 'gone', seenMs: 0 }];
    assert.equal(membershipOf([process(10)], null, seats, memory).size, 0);
  });
});
