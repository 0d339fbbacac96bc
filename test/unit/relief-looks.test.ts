import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Inspection } from '../../helper/host/port.ts';
import { processKey } from '../../helper/host/reading.ts';
import { type Inspected, keepInspections, wantedInspections } from '../../helper/relief/looks.ts';
import { processReading, processTable } from '../fakes/readings.ts';
import { freezeEntry, GB, harmless } from '../fakes/relief-world.ts';

describe('closer looks', () => {
  const hogs = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      processReading(100 + at, { command: '/opt/hog --run', footprintBytes: (20 + at) * GB }),
    );
  const seenOf = (list: ReturnType<typeof hogs>) => new Map(list.map((each) => [processKey(each.id), each]));
  const pass = (
    known: readonly Inspected[],
    list: ReturnType<typeof hogs>,
    nowMs: number,
    inspect: (pid: number) => Partial<Inspection> | null = () => ({}),
  ): readonly Inspected[] => {
    const looked = wantedInspections(processTable(list, nowMs), [freezeEntry()], known, nowMs).map(({ id }) => id);
    const inspections = looked.flatMap((id) => {
      const found = inspect(id.pid);
      return found === null ? [] : [{ ...harmless, ...found, id }];
    });
    return keepInspections(known, { looked, inspections, seen: seenOf(list), nowMs });
  };

  test('every match has its turn, also when more match than one pass looks at and each look is due again by then', () => {
    let known: readonly Inspected[] = [];
    const pids = new Set<number>();
    for (const nowMs of [0, 30_000, 60_000]) {
      known = pass(known, hogs(20), nowMs);
      for (const { id } of known) pids.add(id.pid);
    }
    assert.equal(pids.size, 20);
  });

  test('those that cannot be looked at take nobody’s turn', () => {
    let known: readonly Inspected[] = [];
    for (const nowMs of [0, 1_000, 2_000]) known = pass(known, hogs(20), nowMs, (pid) => (pid >= 112 ? null : {}));
    assert.equal(known.filter(({ inspection }) => inspection !== null).length, 12);
    assert.equal(known.filter(({ inspection }) => inspection === null).length, 8);
  });

  test('what was harmless is not known after a minute; what is traced is, as long as it is there', () => {
    const traced = (pid: number) => ({ isTraced: pid === 100 });
    const known = pass([], hogs(2), 0, traced);
    const later = keepInspections(known, { looked: [], inspections: [], seen: seenOf(hogs(2)), nowMs: 60_000 });
    assert.deepEqual(
      later.map(({ id }) => id.pid),
      [100],
    );
    const unseen = pass(known, hogs(2), 60_000, () => null);
    assert.equal(unseen.find(({ id }) => id.pid === 100)?.inspection?.isTraced, true);
    assert.equal(unseen.find(({ id }) => id.pid === 101)?.inspection, null);
    const gone = keepInspections(known, { looked: [], inspections: [], seen: new Map(), nowMs: 60_000 });
    assert.deepEqual(gone, []);
    const released = pass(known, hogs(2), 30_000);
    assert.equal(released.find(({ id }) => id.pid === 100)?.inspection?.isTraced, false);
  });
});
