import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, GB, MB, type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import { observeOnlyReasons } from '../../helper/keeper/judgement/episodes.ts';
import type { Input } from '../../helper/keeper/judgement/events.ts';
import { depthAt } from '../../helper/keeper/judgement/sampling.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { type ShellFacts, statusOf } from '../../helper/keeper/judgement/status.ts';
import { statusSchema } from '../../helper/protocol/index.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';
import { runVirtual } from '../fakes/virtual-keeper.ts';

const cilghal: SeatConfig = {
  ...seatDefaults,
  name: 'Cilghal',
  class: 'protected',
  label: 'com.sanctum.mlx',
  peakBytes: 41 * GB,
  wiredBytes: 18 * GB,
  oracle: null,
  drainSeconds: 30,
};
const seated = { ...defaultConfig, seats: [cilghal] };

const shell: ShellFacts = {
  nowMs: 60_000,
  wallMs: 1_800_000_000_000,
  keeper: { version: '0.1.0', pid: 2, instance: 'i', host: 'sim', os: 'macOS', cpuPercent: 0 },
  telemetry: { history: 'ok', droppedRows: 0, journal: 'ok', lostRows: 0 },
  wentDown: null,
  advice: null,
  configPath: '/c.toml',
  configProblems: [],
  ownPids: new Set([2]),
};

describe('sampling', () => {
  test('a calm machine is read every two seconds, its process table every thirty', () => {
    const { steps, state } = runVirtual(() => ({}), 600_000);
    assert.deepEqual(
      steps.map((step) => step.nowMs),
      Array.from({ length: 301 }, (_, slot) => slot * 2000),
    );
    assert.equal(state.lastFullMs, 600_000);
    assert.equal(steps.filter((step) => step.decision.state.lastFullMs === step.nowMs).length, 21);
    assert.equal(state.gaps.count, 0);
  });

  test('the closer to orange and the faster the fall, the sooner the next sample', () => {
    const { steps } = runVirtual((now) => ({ availableBytes: now < 2000 ? 22 * GB : 5 * GB }), 4000);
    const fast = steps.filter((step) => step.nowMs > 2000 && step.nowMs < 4000);
    assert.ok(fast.length >= 6, `${fast.length} samples`);
    for (const { decision } of fast) assert.notEqual(decision.state.next.depth, 'full');
  });

  test('at +5 s of a worse level exactly one extra sample is taken, and the level rises in it', () => {
    const { steps } = runVirtual((now) => ({ kernelLevel: now >= 10_000 ? 2 : 1 }), 20_000);
    const promoted = steps.find((step) => step.decision.state.level.level === 1);
    assert.equal(promoted?.nowMs, 15_000);
    assert.deepEqual(
      promoted?.decision.reasons.map((reason) => reason.text),
      ['green → yellow'],
    );
  });

  test('from yellow up every slot reads the table; back on green the thirty seconds return', () => {
    const { steps } = runVirtual((now) => ({ kernelLevel: now >= 10_000 && now < 40_000 ? 2 : 1 }), 60_000);
    const fullAt = steps.filter((step) => step.decision.state.lastFullMs === step.nowMs).map((step) => step.nowMs);
    assert.ok(fullAt.includes(18_000) && fullAt.includes(20_000) && fullAt.includes(38_000));
    assert.ok(!fullAt.includes(44_000));
  });

  test('a storm of pressure events makes at most ten samples a second', () => {
    let state = runVirtual(() => ({}), 10_000).state;
    let samples = 0;
    for (let now = 10_000; now < 11_000; now += 10) {
      state = decide(state, { nowMs: now, reading: null, events: [{ type: 'pressure' }] }, defaultConfig).state;
      if (state.next.atMs > now) continue;
      samples += 1;
      const input: Input = { nowMs: now, reading: readingOf('slot', machineReading({ atMs: now })), events: [] };
      state = decide(state, input, defaultConfig).state;
    }
    assert.ok(samples >= 8 && samples <= 10, `${samples}`);
  });

  test('someone who starts looking gets a fresh table at once', () => {
    const calm = runVirtual(() => ({}), 10_000).state;
    const looked = decide(
      calm,
      { nowMs: 10_500, reading: null, events: [{ type: 'lookers', count: 1 }] },
      defaultConfig,
    );
    assert.deepEqual(looked.state.next, { atMs: 10_500, depth: 'full' });
  });
});

test('who looks once gets a fresh table, and the thirty seconds of the others stay', () => {
  const calm = runVirtual(() => ({}), 10_000).state;
  const looked = decide(calm, { nowMs: 10_050, reading: null, events: [{ type: 'look' }] }, defaultConfig);
  assert.deepEqual(looked.state.next, { atMs: 10_100, depth: 'full' });
  const { state, steps } = runVirtual(() => ({}), 20_000, { from: looked.state });
  assert.equal(state.lastFullMs, 10_100);
  assert.equal(steps[1]?.nowMs, 12_000);
});

test('a hint and a look at once make one sample, as deep as the deeper of the two', () => {
  const calm = runVirtual(() => ({}), 10_000).state;
  const events = [{ type: 'pressure' }, { type: 'look' }] as const;
  const { state } = decide(calm, { nowMs: 10_500, reading: null, events }, defaultConfig);
  assert.deepEqual(state.next, { atMs: 10_500, depth: 'full' });
});

test('a fast sample that comes late enough to close its slot reads what a slot reads', () => {
  const { state } = runVirtual(() => ({ availableBytes: 5 * GB }), 31_100);
  assert.equal(state.next.depth, 'fast');
  assert.equal(depthAt(state, state.next.atMs), 'fast');
  assert.equal(depthAt(state, 32_000), state.nextSlotDepth);
  assert.notEqual(state.nextSlotDepth, 'fast');
});

test('swap traffic is divided by the time between two readings of swap, fast samples or not', () => {
  const rate = GB / 10;
  const { steps } = runVirtual(
    (now) => ({
      availableBytes: 5 * GB,
      swap: { totalBytes: 8 * GB, usedBytes: GB, inBytes: 0, outBytes: (now / 1000) * rate },
    }),
    20_000,
  );
  const rates = steps.map((step) => step.decision.state.swapRates.outBytesPerSecond).filter((each) => each !== null);
  assert.ok(rates.length > 20);
  for (const each of rates) assert.ok(Math.abs(each - rate) < rate / 100, `${each}`);
});

test('rows that were lost are told once in an episode, and again when it comes back after ten quiet minutes', () => {
  const lose = (from: KeeperState, nowMs: number, droppedRows: number) =>
    decide(from, { nowMs, reading: null, events: [{ type: 'telemetry', droppedRows }] }, defaultConfig);
  const alerts = (decision: { effects: readonly { kind: string }[] }) =>
    decision.effects.filter((effect) => effect.kind === 'alert').length;
  const first = lose(runVirtual(() => ({}), 10_000).state, 10_500, 5);
  assert.equal(alerts(first), 1);
  assert.equal(alerts(lose(first.state, 11_000, 9)), 0);
  const quiet = runVirtual(() => ({}), 700_000, { from: first.state });
  assert.equal(quiet.state.lostAtMs, null);
  assert.equal(alerts(lose(quiet.state, 700_500, 12)), 1);
});

describe('gaps', () => {
  test('a machine that starves the keeper is still judged: late samples that agree raise the level', () => {
    let state: KeeperState = initialState(0);
    for (let now = 0; now <= 27_000; now += 4500) {
      const reading = readingOf('slot', machineReading({ atMs: now, availableBytes: GB }));
      state = decide(state, { nowMs: now, reading, events: [] }, defaultConfig).state;
    }
    assert.ok(state.gaps.count >= 5);
    assert.equal(state.level.level, 3);
  });

  test('a missed slot is a gap with its length; windows start over and the level stands', () => {
    const before = runVirtual((now) => ({ kernelLevel: now >= 4000 ? 4 : 1 }), 40_000).state;
    assert.equal(before.level.level, 3);
    const late = decide(
      before,
      { nowMs: 102_000, reading: readingOf('slot', machineReading({ atMs: 102_000, kernelLevel: 4 })), events: [] },
      defaultConfig,
    );
    assert.deepEqual(late.state.gaps, { count: 1, last: { endedMs: 102_000, lengthMs: 62_000 } });
    assert.equal(late.state.level.level, 3);
    assert.equal(late.state.compressor.length, 1);
    assert.equal(late.state.next.atMs, 104_000);
    assert.deepEqual(
      late.effects.filter((effect) => effect.kind === 'alert').map((effect) => effect.alert),
      ['gap'],
    );
  });

  test('a sample that is a little late is no gap, and the grid does not drift', () => {
    const before = runVirtual(() => ({}), 10_000).state;
    const late = decide(
      before,
      { nowMs: 13_500, reading: readingOf('slot', machineReading({ atMs: 13_500 })), events: [] },
      defaultConfig,
    );
    assert.equal(late.state.gaps.count, 0);
    assert.equal(late.state.next.atMs, 14_000);
  });
});

describe('sensors that fail', () => {
  test('one compressor reading that is not believed is no growth when it returns', () => {
    const { state, steps } = runVirtual(
      (now) => ({ availableBytes: 3 * GB, compressorBytes: now === 40_000 ? 900 * GB : 10 * GB }),
      120_000,
    );
    assert.ok(steps.every((step) => !step.decision.state.escalated));
    assert.equal(state.level.level, 2);
  });

  const failing = {
    availableBytes: null,
    facts: [{ sensor: 'memory', problem: 'refused', detail: 'EACCES' }],
  } as const;

  test('observe only, said once, the level kept, and over when the sensor is back', () => {
    const world = (now: number) => (now >= 30_000 && now < 90_000 ? failing : now < 30_000 ? { kernelLevel: 4 } : {});
    const during = runVirtual(world, 88_000);
    assert.deepEqual(observeOnlyReasons(during.state, defaultConfig), [
      'The memory sensor cannot be trusted (refused): EACCES.',
    ]);
    assert.deepEqual(
      during.effects.filter((effect) => effect.kind === 'alert').map((effect) => [effect.alert, effect.subject]),
      [
        ['relief_exhausted', 'relief'],
        ['sensor_failing', 'memory'],
        ['observe_only', 'keeper'],
      ],
    );
    const after = runVirtual(world, 100_000, { from: during.state });
    assert.deepEqual(observeOnlyReasons(after.state, defaultConfig), []);
    assert.equal(after.state.episodes.length, 0);
  });

  test('a level is never lowered by an arm that cannot be read', () => {
    const { state } = runVirtual(
      (now) => (now < 20_000 ? { availableBytes: 1 * GB, kernelLevel: 1 } : { ...failing, kernelLevel: 1 }),
      120_000,
    );
    assert.equal(state.level.level, 3);
  });

  test('a hint that is missing does not stop anything', () => {
    const { state } = runVirtual(
      () => ({ facts: [{ sensor: 'events', problem: 'unavailable', detail: 'no PSI' }] }),
      10_000,
    );
    assert.deepEqual(observeOnlyReasons(state, defaultConfig), []);
    assert.equal(state.facts.length, 1);
  });
});

describe('effects', () => {
  test('a heartbeat each slot; each effect has one id and one completion', () => {
    const { effects, state } = runVirtual(() => ({}), 20_000);
    assert.deepEqual(
      effects.map((effect) => effect.kind),
      Array(11).fill('heartbeat'),
    );
    assert.equal(new Set(effects.map((effect) => effect.id)).size, 11);
    assert.deepEqual(state.outstanding, []);
    const again = decide(
      state,
      { nowMs: 20_500, reading: null, events: [{ type: 'effect', id: 1, outcome: 'failed', detail: 'late' }] },
      defaultConfig,
    );
    assert.equal(again.state.heartbeat.failing, false);
  });

  test('while a beat is outstanding none is queued behind it', () => {
    let state = initialState(0);
    let beats = 0;
    for (let now = 0; now <= 20_000; now += 2000) {
      const decision = decide(
        state,
        { nowMs: now, reading: readingOf('slot', machineReading({ atMs: now })), events: [] },
        defaultConfig,
      );
      state = decision.state;
      beats += decision.effects.length;
    }
    assert.equal(beats, 1);
  });

  test('a heartbeat that cannot be written is an alert once, and an alert again after it has recovered', () => {
    const outcome = (from: number, to: number) => (effect: { id: number }) =>
      effect.id >= from && effect.id < to ? 'failed' : 'ok';
    const { effects } = runVirtual(() => ({}), 60_000, { outcome: outcome(5, 10) });
    assert.equal(effects.filter((effect) => effect.kind === 'alert').length, 1);
  });

  test('quiet on green: an hour of calm raises nothing and says nothing', () => {
    const { effects, steps } = runVirtual((now) => ({ freeBytes: 13 * GB + (now % 7) * MB }), 3_600_000);
    // The count of the gate is kept, once a minute; nobody is told.
    assert.deepEqual([...new Set(effects.map(({ kind }) => kind))].sort(), ['heartbeat', 'remember']);
    assert.equal(effects.filter(({ kind }) => kind === 'remember').length, 60);
    assert.deepEqual(
      steps.flatMap((step) => step.decision.reasons),
      [],
    );
  });
});

describe('processes and seats', () => {
  const mlx = processReading(10, { footprintBytes: 21 * GB, rssBytes: 45 * MB, peakFootprintBytes: 41 * GB });
  const child = processReading(11, { ppid: 10, footprintBytes: 1 * GB });
  const browser = processReading(12, { footprintBytes: 3 * GB, rssBytes: 3 * GB });
  const withTable =
    (processes: readonly ReturnType<typeof processReading>[], pid: number | null) =>
    (nowMs: number, reading: ReturnType<typeof readingOf>) => ({
      ...reading,
      services: [['com.sanctum.mlx', pid]] as const,
      table: reading.depth === 'full' ? processTable(processes, nowMs) : null,
      chosen: reading.depth === 'slot' ? processes.filter((each) => each !== browser) : [],
    });

  test('a seat is the pid of its label and what descends from it; the kernel knows its peak across our restart', () => {
    const { state } = runVirtual(() => ({}), 4000, { config: seated, reading: withTable([browser, child, mlx], 10) });
    const [seat] = state.seats;
    assert.equal(seat?.footprintBytes, 22 * GB);
    assert.equal(seat?.lifetimePeakBytes, 41 * GB);
    const status = statusOf(state, seated, shell);
    assert.deepEqual(
      status?.top.map((row) => [row.name, row.seat]),
      [
        ['process-10', 'Cilghal'],
        ['process-12', null],
        ['process-11', 'Cilghal'],
      ],
    );
    assert.deepEqual(status?.reserve, { lineBytes: 64 * GB - 19 * GB, keptBytes: 19 * GB, for: ['Cilghal'] });
  });

  test('a service that respawned under another pid is found by an early full pass', () => {
    const first = runVirtual(() => ({}), 4000, { config: seated, reading: withTable([browser, child, mlx], 10) });
    const respawned = { ...mlx, id: { pid: 20, start: 'new' } };
    const second = runVirtual(() => ({}), 12_000, {
      config: seated,
      from: first.state,
      reading: withTable([browser, respawned], 20),
    });
    assert.deepEqual(
      second.state.seats[0]?.processes.map((process) => process.id.pid),
      [20],
    );
  });

  test('a seat that is not running keeps its whole peak and asks for no extra passes', () => {
    const { state } = runVirtual(() => ({}), 20_000, { config: seated, reading: withTable([browser], null) });
    assert.equal(state.lastFullMs, 0);
    assert.equal(statusOf(state, seated, shell)?.reserve?.keptBytes, 41 * GB);
  });

  test('a service whose process cannot be seen asks for one pass, not for one each slot', () => {
    const { state } = runVirtual(() => ({}), 20_000, { config: seated, reading: withTable([browser], 99) });
    assert.equal(state.lastFullMs, 0);
  });

  test('growth is measured per identity: a reused pid has none', () => {
    const at = (footprintBytes: number, start: string) => [
      processReading(30, { footprintBytes, id: { pid: 30, start } }),
    ];
    const first = runVirtual(() => ({}), 0, {
      reading: (now, reading) => ({ ...reading, table: processTable(at(GB, 'a'), now) }),
    });
    const grown = runVirtual(() => ({}), 30_000, {
      from: first.state,
      reading: (now, reading) => ({ ...reading, table: reading.table && processTable(at(4 * GB, 'a'), now) }),
    });
    assert.equal(grown.state.processes?.views[0]?.growthBytesPerSecond, (3 * GB) / 30);
    const reused = runVirtual(() => ({}), 60_000, {
      from: grown.state,
      reading: (now, reading) => ({ ...reading, table: reading.table && processTable(at(GB, 'b'), now) }),
    });
    assert.equal(reused.state.processes?.views[0]?.growthBytesPerSecond, null);
  });

  test('the status says where the levels begin, as the configuration in force has it', () => {
    const { state } = runVirtual(() => ({}), 2000);
    const pressure = {
      ...defaultConfig.pressure,
      yellow: { availableBytes: 12 * GB, swapPercent: 70 },
      orange: { availableBytes: 5 * GB, swapPercent: 85 },
    };
    const status = statusOf(state, { ...defaultConfig, pressure }, shell);
    assert.deepEqual(status?.thresholds, {
      yellow: 12 * GB,
      orange: 5 * GB,
      red: 2 * GB,
      swapPercent: { yellow: 70, orange: 85, red: 95 },
    });
  });

  test('the status is what its published schema says', () => {
    const { state } = runVirtual(() => ({}), 60_000, { config: seated, reading: withTable([browser, child, mlx], 10) });
    statusSchema.parse(statusOf(state, seated, shell));
    assert.equal(statusOf(initialState(0), seated, shell), null);
  });
});

describe('replay', () => {
  test('inputs that went through JSON give the same decisions, byte for byte', () => {
    const inputs: string[] = [];
    const decisions: string[] = [];
    let state: KeeperState = initialState(0);
    for (let now = 0; now <= 120_000; now = state.next.atMs) {
      const machine = machineReading({
        atMs: now,
        availableBytes: Math.max(1, 22 - now / 5000) * GB,
        kernelLevel: now > 60_000 ? 2 : 1,
        compressorBytes: 2 * GB + now * 50_000,
      });
      const input: Input = { nowMs: now, reading: readingOf(state.next.depth, machine), events: [] };
      inputs.push(JSON.stringify(input));
      const decision = decide(state, input, defaultConfig);
      decisions.push(JSON.stringify(decision));
      state = decision.state;
    }
    let replayed = initialState(0);
    for (const [index, line] of inputs.entries()) {
      const decision = decide(replayed, JSON.parse(line) as Input, defaultConfig);
      assert.equal(JSON.stringify(decision), decisions[index]);
      replayed = decision.state;
    }
    assert.ok(inputs.length > 60);
  });
});
