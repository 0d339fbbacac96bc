import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import { processReading } from '../fakes/readings.ts';
import {
  actsOf,
  freezeEntry,
  GB,
  harmless,
  killEntry,
  liveConfig,
  MB,
  rowsOf,
  runRelief,
  type VirtualProcess,
  type VirtualRun,
} from '../fakes/relief-world.ts';

const hog = (
  pid: number,
  footprint: (nowMs: number) => number,
  change: Partial<VirtualProcess['reading']> = {},
): VirtualProcess => ({
  reading: processReading(pid, { name: 'hog', command: '/opt/hog --run', ...change }),
  footprint,
});
const steady = (bytes: number) => (): number => bytes;
/** Grows from `from` at so much a second. */
const growing =
  (from: number, bytesPerSecond: number) =>
  (nowMs: number): number =>
    from + (bytesPerSecond * nowMs) / 1000;

const verbs = (run: VirtualRun) => actsOf(run).map(({ plan }) => plan.act.verb);
const orange = (): number => 3 * GB;
const red = (): number => 1 * GB;
const codes = (run: VirtualRun) => run.state.relief.explanation.passedOver.map(({ code }) => code);

const seat = (change: Partial<SeatConfig> = {}): SeatConfig => ({
  ...seatDefaults,
  name: 'Cilghal',
  class: 'protected',
  label: 'com.sanctum.mlx',
  peakBytes: 41 * GB,
  wiredBytes: 18 * GB,
  oracle: null,
  drainSeconds: 30,
  ...change,
});

describe('level path', () => {
  test('on green nothing is planned, and why is said', () => {
    const run = runRelief(
      { processes: [hog(10, growing(9 * GB, 50 * MB))], available: () => 22 * GB },
      { config: liveConfig(), untilMs: 30_000 },
    );
    assert.deepEqual(actsOf(run), []);
    assert.equal(run.state.relief.explanation.noop, 'Nothing needs doing: memory is green.');
  });

  test('at orange a growing hog above its floor is frozen once; its growth ends and the receipt says so', () => {
    const world = {
      processes: [hog(10, growing(9 * GB, 50 * MB))],
      available: (_nowMs: number, held: number) => 3 * GB + held * 0,
    };
    const run = runRelief(world, { config: liveConfig(), untilMs: 60_000 });
    assert.deepEqual(verbs(run), ['freeze']);
    assert.equal(run.state.relief.freezes.length, 1);
    assert.equal(run.state.relief.freezes[0]?.by, 'level');
    const receipts = rowsOf(run).filter(({ row }) => row.kind === 'receipt');
    assert.equal(receipts.length, 1);
  });

  test('one that does not grow is left alone at orange, with the reason, and asked about on red', () => {
    const world = { processes: [hog(10, steady(9 * GB))], available: orange };
    const calm = runRelief(world, { config: liveConfig(), untilMs: 40_000 });
    assert.deepEqual(actsOf(calm), []);
    assert.deepEqual(codes(calm), ['not_growing']);
    const worse = runRelief({ ...world, available: red }, { config: liveConfig(), untilMs: 40_000 });
    assert.deepEqual(actsOf(worse), []);
    assert.deepEqual(
      worse.state.relief.approvals.open.map(({ plan }) => plan.act.verb),
      ['freeze'],
    );
  });

  test('one below its floor is passed over', () => {
    const world = { processes: [hog(10, growing(700 * MB, 9 * MB))], available: orange };
    const run = runRelief(world, { config: liveConfig(), untilMs: 30_000 });
    assert.deepEqual(actsOf(run), []);
    assert.deepEqual(codes(run), ['below_floor']);
  });

  test('already_stopped_candidate_is_skipped', () => {
    const world = {
      processes: [hog(10, steady(9 * GB), { state: 'stopped' }), hog(11, growing(5 * GB, 50 * MB))],
      available: orange,
    };
    const run = runRelief(world, { config: liveConfig(), untilMs: 20_000 });
    const [frozen] = actsOf(run);
    assert.equal(frozen?.plan.act.verb === 'freeze' && frozen.plan.act.targets[0].id.pid, 11);
    assert.ok(codes(run).includes('already_stopped'));
  });

  test('no_running_candidates_returns_none', () => {
    const world = {
      processes: [hog(10, steady(9 * GB), { state: 'stopped' }), hog(11, steady(5 * GB), { state: 'stopped' })],
      available: orange,
    };
    const run = runRelief(world, { config: liveConfig(), untilMs: 60_000 });
    assert.deepEqual(actsOf(run), []);
    assert.match(run.state.relief.explanation.noop, /^Memory is orange, and nothing that may be done is left/);
  });

  test('nothing is frozen without the deadman, and an alert says so', () => {
    const world = { processes: [hog(10, growing(9 * GB, 50 * MB))], available: orange };
    const run = runRelief(world, { config: liveConfig(), untilMs: 30_000, deadman: 'missing' });
    assert.deepEqual(actsOf(run), []);
    assert.deepEqual(codes(run), ['deadman_missing']);
    const alerts = run.effects.flatMap(({ effect }) => (effect.kind === 'alert' ? [effect.alert] : []));
    assert.ok(alerts.includes('deadman_missing'));
  });

  test('who listens is asked about first; the entry can say otherwise', () => {
    const listening = { ...hog(10, growing(9 * GB, 50 * MB)), inspection: { listening: ['127.0.0.1:1234'] } };
    const world = { processes: [listening], available: orange };
    const asked = runRelief(world, { config: liveConfig(), untilMs: 30_000 });
    assert.deepEqual(actsOf(asked), []);
    assert.deepEqual(asked.state.relief.approvals.open[0]?.impact, ['listens on 127.0.0.1:1234']);
    const config = liveConfig({ entries: [freezeEntry({ withoutAsking: true })] });
    assert.deepEqual(verbs(runRelief(world, { config, untilMs: 30_000 })), ['freeze']);
  });

  test('a process of a protected seat is never a candidate, whatever the policy matches', () => {
    const world = {
      processes: [hog(10, growing(20 * GB, 200 * MB))],
      services: [['com.sanctum.mlx', 10]] as const,
      available: red,
    };
    const run = runRelief(world, { config: liveConfig({}, { seats: [seat()] }), untilMs: 55_000 });
    assert.deepEqual(actsOf(run), []);
    assert.ok(codes(run).includes('seat_protected'));
    assert.deepEqual(run.state.relief.approvals.open, []);
  });

  test('a protected seat is proposed only after a minute of red and when nothing else is left, and is never ended by itself', () => {
    const world = {
      processes: [hog(10, steady(40 * GB))],
      services: [['com.sanctum.mlx', 10]] as const,
      available: red,
    };
    const run = runRelief(world, { config: liveConfig({}, { seats: [seat()] }), untilMs: 600_000 });
    assert.deepEqual(actsOf(run), []);
    assert.equal(run.state.relief.approvals.open.length, 1);
    assert.equal(run.state.relief.approvals.open[0]?.plan.act.verb, 'bootout');
    assert.equal(run.state.relief.approvals.open[0]?.needsConfirmation, true);
  });

  test('the share of swap in use alone freezes nobody by itself', () => {
    const world = {
      processes: [hog(10, growing(9 * GB, 50 * MB))],
      available: () => 22 * GB,
      swap: { totalBytes: 20 * GB, usedBytes: 18 * GB, inBytes: 0, outBytes: 0 },
    };
    const run = runRelief(world, { config: liveConfig(), untilMs: 40_000 });
    assert.equal(run.state.level.level, 2);
    assert.deepEqual(actsOf(run), []);
    assert.equal(run.state.relief.approvals.open.length, 1);
  });

  test('sheds: yellow first at yellow, orange first at orange, one in 120 s, counted from the end of the last', () => {
    const services = [
      { label: 'com.a', at: 'yellow' },
      { label: 'com.b', at: 'orange' },
      { label: 'com.c', at: 'orange' },
    ] as const;
    const world = {
      processes: [processReading(10), processReading(11), processReading(12)].map((reading) => ({ reading })),
      services: [
        ['com.a', 10],
        ['com.b', 11],
        ['com.c', 12],
      ] as const,
      available: orange,
    };
    const run = runRelief(world, { config: liveConfig({ services, entries: [] }), untilMs: 400_000 });
    const acts = actsOf(run);
    assert.deepEqual(
      acts.map(({ plan }) => (plan.act.verb === 'shed' ? plan.act.label : plan.act.verb)),
      ['com.b', 'com.c', 'com.a'],
    );
    for (const [index, { nowMs }] of acts.entries())
      if (index > 0) assert.ok(nowMs - (acts[index - 1]?.nowMs ?? 0) >= 120_000);
    const yellow = runRelief(
      { ...world, available: () => 6 * GB },
      { config: liveConfig({ services, entries: [] }), untilMs: 400_000 },
    );
    assert.deepEqual(
      actsOf(yellow).map(({ plan }) => plan.act.verb === 'shed' && plan.act.label),
      ['com.a'],
    );
  });

  test('what was shed comes back after ten minutes of green, and stays down when it is shed again within half an hour', () => {
    const services = [{ label: 'com.a', at: 'orange' }] as const;
    const world = {
      processes: [{ reading: processReading(10) }],
      services: [['com.a', 10]] as const,
      available: (nowMs: number) => (nowMs < 30_000 || (nowMs > 700_000 && nowMs < 760_000) ? 3 * GB : 22 * GB),
    };
    const run = runRelief(world, { config: liveConfig({ services, entries: [] }), untilMs: 2_000_000 });
    assert.deepEqual(verbs(run), ['shed', 'restore', 'shed']);
    assert.equal(run.state.relief.sheds[0]?.staysDown, true);
  });

  test('in a dry run the same is planned and nothing carried out, each target once', () => {
    const world = { processes: [hog(10, growing(9 * GB, 50 * MB))], available: orange };
    const run = runRelief(world, { config: liveConfig({ mode: 'dry_run' }), untilMs: 600_000 });
    assert.deepEqual(actsOf(run), []);
    const plans = rowsOf(run).flatMap(({ row }) => (row.kind === 'plan' ? [`${row.verb} ${row.mode}`] : []));
    assert.deepEqual(plans, ['freeze dry_run']);
    assert.equal(run.state.relief.deeds[0]?.outcome, 'dry_run');
  });

  test('a kill_allowed entry above its kill floor is proposed on red, below it is not', () => {
    const vm = (bytes: number): VirtualProcess => ({
      reading: processReading(20, { name: 'vm', command: '/opt/vm -m 8192', footprintBytes: bytes }),
      inspection: { ...harmless, isHypervisor: true },
    });
    const config = liveConfig({
      entries: [killEntry({ oracle: 'hosts the council gateway', freezeFloorBytes: 64 * GB })],
    });
    const above = runRelief({ processes: [vm(8.1 * GB)], available: red }, { config, untilMs: 40_000 });
    const [proposal] = above.state.relief.approvals.open;
    assert.equal(proposal?.plan.act.verb, 'terminate');
    assert.equal(proposal?.needsConfirmation, true);
    assert.ok(proposal?.impact.includes('hosts the council gateway'));
    const below = runRelief({ processes: [vm(7.9 * GB)], available: red }, { config, untilMs: 40_000 });
    assert.deepEqual(below.state.relief.approvals.open, []);
    assert.ok(codes(below).includes('below_kill_floor'));
  });
});

describe('what is frozen', () => {
  const config = liveConfig();
  /** Orange until it is calm. */
  const world = (calmFromMs: number, processes = [hog(10, growing(9 * GB, 50 * MB))]) => ({
    processes,
    available: (nowMs: number) => (nowMs < calmFromMs ? 3 * GB : 22 * GB),
  });

  test('is resumed when memory has been calm for a minute, one at a time, 30 s apart', () => {
    const both = [hog(10, growing(9 * GB, 50 * MB)), hog(11, growing(2 * GB, 50 * MB))];
    const run = runRelief(world(200_000, both), { config, untilMs: 400_000 });
    assert.deepEqual(verbs(run), ['freeze', 'freeze', 'resume', 'resume']);
    const [, , first, second] = actsOf(run);
    assert.ok((first?.nowMs ?? 0) >= 260_000);
    assert.ok((second?.nowMs ?? 0) - (first?.nowMs ?? 0) >= 30_000);
    // The smaller one first: it takes less back.
    assert.equal(first?.plan.act.verb === 'resume' && first.plan.act.targets[0]?.id.pid, 11);
  });

  test('is resumed after ten minutes in any case, and then only asked about in this episode', () => {
    const run = runRelief(world(Number.POSITIVE_INFINITY), { config, untilMs: 800_000 });
    assert.deepEqual(verbs(run), ['freeze', 'resume']);
    const [frozen, resumed] = actsOf(run);
    assert.equal((resumed?.nowMs ?? 0) - (frozen?.nowMs ?? 0), 600_000);
    assert.deepEqual(
      run.state.relief.approvals.open.map(({ plan }) => plan.cause.kind),
      ['frozen_too_long'],
    );
  });

  test('an operator resumes it; the answer names the effect that does', () => {
    const run = runRelief(world(Number.POSITIVE_INFINITY), {
      config,
      untilMs: 60_000,
      events: [
        { atMs: 50_000, event: () => ({ type: 'thaw', request: 7, freeze: null, by: { uid: 501, client: 'cli' } }) },
      ],
    });
    assert.deepEqual(verbs(run), ['freeze', 'resume']);
    const answers = run.steps.flatMap(({ decision }) => decision.answers);
    assert.equal(answers.length, 1);
    assert.ok(answers[0]?.ok && answers[0].effect !== null);
  });
});

describe('an act whose target ended in the last moment', () => {
  test('is withdrawn: no alert, no cooldown, no count against it', () => {
    const world = { processes: [hog(10, growing(9 * GB, 50 * MB))], available: orange };
    const run = runRelief(world, {
      config: liveConfig(),
      untilMs: 20_000,
      outcome: (effect) => (effect.kind === 'act' ? 'withdrawn' : 'ok'),
    });
    const { relief } = run.state;
    assert.equal(relief.deeds[0]?.outcome, 'withdrawn');
    assert.deepEqual([relief.freezes, relief.tries, relief.failed, relief.lastRemedyMs], [[], [], [], null]);
    assert.ok(!run.effects.some(({ effect }) => effect.kind === 'alert' && effect.alert === 'freeze_failed'));
  });
});

describe('brake', () => {
  const config = liveConfig({}, {});
  /** Everything the hog takes is missing to the others, unless it is stopped. */
  const ramp = (bytesPerSecond: number, explained = 1) => ({
    processes: [hog(10, growing(2 * GB, bytesPerSecond * explained))],
    available: (nowMs: number, held: number) => 16 * GB - (bytesPerSecond * nowMs) / 1000 + held,
  });

  test('fires on the first sample below the orange line of a fast ramp, and the fall ends', () => {
    const run = runRelief(ramp(1000 * MB), { config, untilMs: 40_000 });
    const acts = actsOf(run);
    assert.equal(acts[0]?.plan.act.verb, 'freeze');
    assert.equal(acts[0]?.plan.cause.kind, 'brake');
    const crossingMs = (12 * GB * 1000) / (1000 * MB);
    assert.ok((acts[0]?.nowMs ?? 0) >= crossingMs && (acts[0]?.nowMs ?? 0) <= crossingMs + 20, `${acts[0]?.nowMs} ms`);
    assert.ok((run.state.machine?.availableBytes ?? 0) > 3.8 * GB);
  });

  test('does not fire when red is further than five seconds away', () => {
    const run = runRelief(ramp(200 * MB), { config, untilMs: 61_000 });
    assert.deepEqual(
      actsOf(run).filter(({ plan }) => plan.cause.kind === 'brake'),
      [],
    );
  });

  test('does not stop who explains less than half of the fill', () => {
    const run = runRelief(ramp(1000 * MB, 0.4), { config, untilMs: 15_000 });
    assert.deepEqual(actsOf(run), []);
    assert.match(run.state.relief.explanation.noop, /explains half of it/);
  });

  test('one bad sample brakes nothing', () => {
    const world = {
      processes: [hog(10, growing(2 * GB, 1000 * MB))],
      available: (nowMs: number) => (Math.round(nowMs) % 4000 === 0 && nowMs > 0 ? 1 * GB : 5 * GB),
    };
    assert.deepEqual(actsOf(runRelief(world, { config, untilMs: 60_000 })), []);
  });

  test('a growing seat that loads is taken out of the fill', () => {
    const world = {
      processes: [
        hog(10, (nowMs) => 2 * GB + 400 * MB * (nowMs / 1000)),
        { reading: processReading(30, { name: 'mlx', command: '/opt/mlx' }), footprint: growing(1 * GB, 700 * MB) },
      ],
      services: [['com.sanctum.code', 30]] as const,
      available: (nowMs: number, held: number) => 16 * GB - (1100 * MB * nowMs) / 1000 + held,
    };
    const seats = [seat({ name: 'Codestral', class: 'on_call', label: 'com.sanctum.code', peakBytes: 14 * GB })];
    const run = runRelief(world, { config: liveConfig({}, { seats }), untilMs: 12_000 });
    assert.deepEqual(
      actsOf(run).map(({ plan }) => plan.cause.kind),
      ['brake'],
    );
  });

  test('at most three in two minutes, half a second apart, then an alert', () => {
    const world = {
      processes: [10, 11, 12, 13, 14].map((pid) => ({
        reading: processReading(pid, { name: 'hog', command: `/opt/hog ${pid}` }),
        // One after the other: each fills by itself when the one before is stopped.
        footprint: (nowMs: number) =>
          2 * GB + Math.max(0, nowMs - 11_000 - (pid - 10) * 1_000) * MB * (nowMs > 11_000 + (pid - 9) * 1_000 ? 0 : 1),
      })),
      available: (nowMs: number) => Math.max(0.01 * GB, 4.2 * GB - Math.max(0, nowMs - 11_000) * 0.9 * MB),
    };
    const run = runRelief(world, { config, untilMs: 20_000 });
    const fired = actsOf(run).filter(({ plan }) => plan.cause.kind === 'brake');
    assert.ok(fired.length <= 3, `${fired.length}`);
    for (const [index, { nowMs }] of fired.entries())
      if (index > 0) assert.ok(nowMs - (fired[index - 1]?.nowMs ?? 0) >= 500);
  });
});
