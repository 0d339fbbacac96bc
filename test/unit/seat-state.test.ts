import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { GB, MB } from '../../helper/config/config.ts';
import { observeSeatState, type SeatLife, type SeatSight, type SightState } from '../../helper/seats/seat-state.ts';

const process = (pid: number, start = `s${pid}`, state: 'running' | 'stopped' = 'running') =>
  ({ id: { pid, start }, state }) as const;

const empty: SeatSight = {
  nowMs: 0,
  mainPid: null,
  processes: [],
  footprintBytes: 0,
  growthBytesPerSecond: null,
  peakBytes: 41 * GB,
  isDraining: false,
};
const standing: SeatSight = {
  ...empty,
  mainPid: 7,
  processes: [process(7), process(8)],
  footprintBytes: 21 * GB,
  growthBytesPerSecond: 0,
};
const growing: SeatSight = { ...standing, growthBytesPerSecond: 400 * MB };

/** The states of a seat that is seen so at each of the times. */
const live = (
  before: SeatLife | null,
  looks: readonly (readonly [nowMs: number, sight: SeatSight])[],
): { readonly life: SeatLife; readonly states: readonly SightState[] } => {
  let life = before;
  const states: SightState[] = [];
  for (const [nowMs, sight] of looks) {
    life = observeSeatState(life, { ...sight, nowMs });
    states.push(life.state);
  }
  assert.ok(life !== null);
  return { life, states };
};

const absent = observeSeatState(null, empty);

describe('a seat that is not there', () => {
  test('is absent', () => {
    assert.deepEqual(
      live(null, [
        [0, empty],
        [2000, empty],
      ]).states,
      ['absent', 'absent'],
    );
    assert.equal(
      live(null, [
        [0, empty],
        [2000, empty],
      ]).life.sinceMs,
      0,
    );
  });

  test('is absent from the moment nothing of it is left', () => {
    const { states, life } = live(null, [
      [0, standing],
      [2000, { ...empty, isDraining: true }],
    ]);
    assert.deepEqual(states, ['running', 'absent']);
    assert.equal(life.sinceMs, 2000);
    assert.equal(life.main, null);
  });
});

describe('a seat that appears', () => {
  test('loads from its first sight, when nothing is known of its growth', () => {
    assert.deepEqual(live(absent, [[2000, { ...standing, growthBytesPerSecond: null }]]).states, ['loading']);
  });

  test('loads while it grows, and ten seconds more', () => {
    const { states } = live(absent, [
      [2000, growing],
      [20_000, growing],
      [22_000, standing],
      [31_999, standing],
      [32_000, standing],
      [34_000, growing],
    ]);
    assert.deepEqual(states, ['loading', 'loading', 'loading', 'loading', 'running', 'running']);
  });

  test('a pause between two files does not end its load', () => {
    const { states } = live(absent, [
      [2000, growing],
      [4000, standing],
      [12_000, standing],
      [13_000, growing],
      [15_000, standing],
      [24_999, standing],
      [25_000, standing],
    ]);
    assert.deepEqual(states, ['loading', 'loading', 'loading', 'loading', 'loading', 'loading', 'running']);
  });

  test('64 MB/s is growth, less is standing still', () => {
    const at = (rate: number): SeatSight => ({ ...standing, growthBytesPerSecond: rate });
    assert.deepEqual(
      live(absent, [
        [0, at(64 * MB)],
        [12_000, at(64 * MB)],
      ]).states,
      ['loading', 'loading'],
    );
    assert.deepEqual(
      live(absent, [
        [0, at(64 * MB - 1)],
        [12_000, at(64 * MB - 1)],
      ]).states,
      ['loading', 'running'],
    );
  });

  test('no load is longer than 120 s', () => {
    const { states } = live(absent, [
      [1000, growing],
      [120_999, growing],
      [121_000, growing],
    ]);
    assert.deepEqual(states, ['loading', 'loading', 'running']);
  });

  test('a restart is a load of its own, also under the pid of before', () => {
    const again = { ...standing, processes: [process(7, 'later')] };
    const { states, life } = live(null, [
      [0, standing],
      [2000, again],
    ]);
    assert.deepEqual(states, ['running', 'loading']);
    assert.deepEqual(life.main, { pid: 7, start: 'later' });
    assert.equal(life.mainSinceMs, 2000);
  });

  test('a pid that no pass has measured yet is loading, and its load began then', () => {
    const unmeasured = { ...empty, mainPid: 9 };
    const { states, life } = live(absent, [
      [2000, unmeasured],
      [4000, unmeasured],
      [6000, { ...growing, mainPid: 9, processes: [process(9)] }],
    ]);
    assert.deepEqual(states, ['loading', 'loading', 'loading']);
    assert.equal(life.mainSinceMs, 2000);
    assert.deepEqual(life.main, { pid: 9, start: 's9' });
  });

  test('the pid of a service that has just died does not make it load again', () => {
    const dying = { ...empty, mainPid: 7 };
    assert.deepEqual(
      live(null, [
        [0, standing],
        [2000, dying],
        [4000, empty],
      ]).states,
      ['running', 'running', 'absent'],
    );
  });
});

describe('a seat that is found at the start of the keeper', () => {
  test('runs unless it grows', () => {
    assert.deepEqual(
      live(null, [
        [0, { ...standing, growthBytesPerSecond: null }],
        [2000, standing],
      ]).states,
      ['running', 'running'],
    );
  });

  test('loads when it grows below its declared peak, until it stands still', () => {
    const { states } = live(null, [
      [0, { ...standing, growthBytesPerSecond: null }],
      [2000, growing],
      [4000, standing],
      [14_000, standing],
      [16_000, growing],
    ]);
    assert.deepEqual(states, ['running', 'loading', 'loading', 'running', 'running']);
  });

  test('does not load above its declared peak: that is not a load', () => {
    const { states } = live(null, [
      [0, standing],
      [2000, { ...growing, footprintBytes: 41 * GB }],
    ]);
    assert.deepEqual(states, ['running', 'running']);
  });

  test('growth after the first two minutes is work, not a load', () => {
    assert.deepEqual(
      live(null, [
        [0, standing],
        [120_000, growing],
      ]).states,
      ['running', 'running'],
    );
  });
});

describe('a seat that is held or ends', () => {
  const stopped = { ...standing, processes: [process(7, 's7', 'stopped'), process(8)] };

  test('is frozen when its main process is stopped, and only then', () => {
    assert.equal(observeSeatState(null, stopped).state, 'frozen');
    const child = { ...standing, processes: [process(7), process(8, 's8', 'stopped')] };
    assert.equal(observeSeatState(null, child).state, 'running');
  });

  test('goes on as what it was when it is resumed', () => {
    const { states } = live(absent, [
      [0, growing],
      [2000, stopped],
      [4000, growing],
    ]);
    assert.deepEqual(states, ['loading', 'frozen', 'loading']);
  });

  test('drains when it has been told to end, also while it is stopped', () => {
    assert.equal(observeSeatState(null, { ...standing, isDraining: true }).state, 'draining');
    assert.equal(observeSeatState(null, { ...stopped, isDraining: true }).state, 'draining');
  });

  test('keeps its life while children outlast its main process', () => {
    const left = { ...standing, mainPid: null, processes: [process(8)] };
    const { states, life } = live(null, [
      [0, standing],
      [2000, left],
    ]);
    assert.deepEqual(states, ['running', 'running']);
    assert.deepEqual(life.main, { pid: 7, start: 's7' });
  });
});

test('no main process is ever loading for more than 120 s, nor a second time, and absent means that nothing is there', () => {
  const sight = fc.record({
    stepMs: fc.integer({ min: 100, max: 30_000 }),
    growthBytesPerSecond: fc.option(fc.integer({ min: -GB, max: GB }), { nil: null }),
    main: fc.option(fc.constantFrom(process(7), process(7, 'later'), process(7, 's7', 'stopped'), process(9)), {
      nil: null,
    }),
    child: fc.boolean(),
    isDraining: fc.boolean(),
    footprintBytes: fc.integer({ min: 0, max: 64 * GB }),
  });
  fc.assert(
    fc.property(fc.array(sight, { maxLength: 60 }), (sights) => {
      let life = null as SeatLife | null;
      let nowMs = 0;
      for (const { stepMs, main, child, ...rest } of sights) {
        nowMs += stepMs;
        const before = life;
        const processes = [...(main === null ? [] : [main]), ...(child ? [process(8)] : [])];
        life = observeSeatState(before, { ...empty, ...rest, nowMs, mainPid: main?.id.pid ?? null, processes });
        assert.equal(life.state === 'absent', processes.length === 0);
        if (life.state === 'frozen') assert.equal(main?.state, 'stopped');
        if (life.state === 'loading') assert.ok(nowMs - life.mainSinceMs < 120_000);
        if (before?.load === 'over' && life.mainSinceMs === before.mainSinceMs) assert.notEqual(life.state, 'loading');
        assert.ok(life.sinceMs <= nowMs && life.mainSinceMs <= nowMs);
        assert.equal(life.sinceMs, before?.state === life.state ? before.sinceMs : nowMs);
      }
    }),
    { numRuns: 1000 },
  );
});
