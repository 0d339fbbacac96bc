import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../../helper/config/config.ts';
import type { CompressedShares, Host } from '../../helper/host/port.ts';
import type { SensorFact } from '../../helper/host/reading.ts';
import { createManualClock } from '../../helper/host/sim/clock.ts';
import { createSimHost } from '../../helper/host/sim/host.ts';
import { createShareWatch, shareEveryMs } from '../../helper/keeper/acting/compressed-shares.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { nextVictim } from '../../helper/keeper/judgement/next-victim.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';

const GB = 2 ** 30;

const shares = (atMs: number, ...largest: readonly (readonly [pid: number, bytes: number])[]): CompressedShares => ({
  atMs,
  totalBytes: 10 * GB,
  largest: largest.map(([pid, compressedBytes]) => ({ id: { pid, start: String(pid) }, compressedBytes })),
});

const atLevel = (level: 0 | 1): KeeperState => {
  const state = initialState(0);
  return { ...state, level: { ...state.level, level } };
};

const openWatch = (answer: CompressedShares | SensorFact) => {
  const clock = createManualClock(() => {});
  const posted: KeeperEvent[] = [];
  const warned: string[] = [];
  let asked = 0;
  const host: Pick<Host, 'readCompressedShares' | 'clock'> = {
    clock,
    readCompressedShares: async () => {
      asked += 1;
      return answer;
    },
  };
  const watch = createShareWatch({ host, post: (event) => posted.push(event), warn: (text) => warned.push(text) });
  const step = async (level: 0 | 1, ms: number): Promise<number> => {
    watch(atLevel(level));
    await new Promise(setImmediate);
    clock.advance(ms);
    return asked;
  };
  return { step, posted, warned };
};

describe('who holds what is compressed', () => {
  test('is asked from yellow up, and once a minute at most', async () => {
    const { step, posted } = openWatch(shares(0, [7, GB]));
    assert.equal(await step(0, 2_000), 0, 'green');
    assert.equal(await step(1, 2_000), 1);
    for (let ms = 2_000; ms < shareEveryMs; ms += 2_000) assert.equal(await step(1, 2_000), 1);
    assert.equal(await step(1, 2_000), 2);
    assert.equal(await step(0, 60_000), 2, 'green again');
    assert.equal(await step(1, 0), 3);
    assert.deepEqual(
      posted.map(({ type }) => type),
      ['compressed', 'compressed', 'compressed'],
    );
  });

  test('one that cannot be found out is told once, and is not known', async () => {
    const { step, posted, warned } = openWatch({ sensor: 'compressor', problem: 'refused', detail: 'EPERM' });
    for (let i = 0; i < 3; i += 1) await step(1, shareEveryMs);
    assert.deepEqual(warned, ['who holds what is compressed is not known: EPERM']);
    assert.deepEqual(posted.at(-1), { type: 'compressed', shares: null });
  });

  test('the next one to be ended runs still, and what is old is not known any more', () => {
    const sim = createSimHost();
    const table = sim.readProcesses();
    const [a, b] = table.processes;
    assert.ok(a !== undefined && b !== undefined);
    const views = table.processes.map((process) => ({ process }));
    const known = (compressed: CompressedShares | null) =>
      ({ compressed, processes: { views } }) as unknown as Pick<KeeperState, 'compressed' | 'processes'>;
    const found: CompressedShares = {
      atMs: 1_000,
      totalBytes: 10 * GB,
      largest: [
        { id: { pid: 99_999, start: 'gone' }, compressedBytes: 7 * GB },
        { id: a.id, compressedBytes: 2 * GB },
        { id: b.id, compressedBytes: GB },
      ],
    };
    assert.deepEqual(nextVictim(known(found), 2_000), {
      pid: a.id.pid,
      name: a.name,
      compressedBytes: 2 * GB,
      share: 0.2,
    });
    assert.equal(nextVictim(known(found), 100_000), null);
    assert.equal(nextVictim(known(null), 0), null);
    assert.equal(nextVictim(known({ ...found, totalBytes: 0 }), 2_000), null);
    assert.equal(nextVictim({ compressed: found, processes: null }, 2_000), null);
  });

  test('an answer is an event like others: it is kept, and changes nothing else', () => {
    const before = initialState(0);
    const event: KeeperEvent = { type: 'compressed', shares: shares(0, [7, GB]) };
    const { state, effects } = decide(before, { nowMs: 10, reading: null, events: [event] }, defaultConfig);
    assert.deepEqual(state.compressed, event.shares);
    assert.deepEqual(effects, []);
    assert.deepEqual(JSON.parse(JSON.stringify(state.compressed)), state.compressed, 'as a journal has it');
  });
});
