import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Seen, Starts } from '../../helper/deadman/starts.ts';
import type { Host, HostKind } from '../../helper/host/port.ts';
import type { ProcessId, ProcessReading } from '../../helper/host/reading.ts';
import { createKnownStarts } from '../../helper/keeper/acting/known-starts.ts';

interface Machine {
  readonly asked: number[][];
  /** Whose pid it is now. */
  readonly living: Map<number, string>;
  answer: (pids: readonly number[]) => Promise<Starts>;
}

const told = (pid: number): string => `Sun Nov 22 06:05:${pid} 2026`;
const tell = async (pids: readonly number[]): Promise<Starts> =>
  new Map(pids.map((pid): [number, Seen] => [pid, { started: told(pid), isStopped: false }]));
const never = (): Promise<Starts> => new Promise(() => {});
const id = (pid: number, start = `unique-${pid}`): ProcessId => ({ pid, start });

const starting = (kind: HostKind) => {
  const machine: Machine = { asked: [], living: new Map(), answer: tell };
  const readChosen: Host['readChosen'] = (ids) =>
    ids.map((each) =>
      machine.living.get(each.pid) === each.start
        ? ({ id: each, state: 'running' } as ProcessReading)
        : { sensor: 'processes', problem: 'vanished', detail: 'gone', pid: each.pid },
    );
  const starts = createKnownStarts({
    host: { kind, readChosen },
    readStarts: (pids) => {
      machine.asked.push([...pids]);
      return machine.answer(pids);
    },
  });
  const live = (...ids: readonly ProcessId[]): void => {
    for (const { pid, start } of ids) machine.living.set(pid, start);
  };
  return { machine, starts, live };
};

describe('the start that a tombstone tells', () => {
  test('on a Mac a candidate is asked about once and beforehand: a stop then waits for nobody', async () => {
    const { machine, starts, live } = starting('darwin');
    live(id(11), id(12));
    await starts.prepare([id(11), id(12)]);
    await starts.prepare([id(11), id(12)]);
    machine.answer = never;
    assert.deepEqual(await starts.of([id(12), id(11)]), [told(12), told(11)]);
    assert.deepEqual(machine.asked, [[11, 12]]);
  });

  test('on a Mac whoever was no candidate is asked about at the stop, and only that one', async () => {
    const { machine, starts, live } = starting('darwin');
    live(id(11), id(12));
    await starts.prepare([id(11)]);
    assert.deepEqual(await starts.of([id(11), id(12)]), [told(11), told(12)]);
    assert.deepEqual(machine.asked, [[11], [12]]);
    machine.answer = never;
    assert.deepEqual(await starts.of([id(11), id(13)]), [told(11), null]);
  });

  test('what `ps` says of a pid that went to somebody else meanwhile is not believed', async () => {
    const { machine, starts, live } = starting('darwin');
    live(id(11, 'the-next-one'));
    await starts.prepare([id(11)]);
    machine.answer = never;
    assert.deepEqual(await starts.of([id(11)]), [null]);
  });

  test('who is no candidate any more is forgotten, and one that could not be told is asked about again', async () => {
    const { machine, starts, live } = starting('darwin');
    live(id(11), id(12));
    await starts.prepare([id(11)]);
    machine.answer = async () => null;
    await starts.prepare([id(12)]);
    machine.answer = tell;
    await starts.prepare([id(12)]);
    machine.answer = never;
    assert.deepEqual(await starts.of([id(11), id(12)]), [null, told(12)]);
    assert.deepEqual(machine.asked, [[11], [12], [12], [11]]);
  });

  test('one question at a time', async () => {
    const { machine, starts, live } = starting('darwin');
    live(id(11), id(12));
    await Promise.all([starts.prepare([id(11)]), starts.prepare([id(11), id(12)])]);
    assert.deepEqual(machine.asked, [[11]]);
  });

  test('on Linux the identity is that start, and nobody is asked; a simulated machine has none', async () => {
    for (const [kind, start] of [
      ['linux', '4711'],
      ['sim', null],
    ] as const) {
      const { machine, starts } = starting(kind);
      await starts.prepare([id(11, '4711')]);
      assert.deepEqual(await starts.of([id(11, '4711')]), [start]);
      assert.deepEqual(machine.asked, []);
    }
  });
});
