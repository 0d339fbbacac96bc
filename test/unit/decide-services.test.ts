import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Config, type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import { needsServices, observeOnlyReasons } from '../../helper/keeper/judgement/episodes.ts';
import { modeOf } from '../../helper/keeper/judgement/mode.ts';
import type { Services } from '../../helper/keeper/judgement/reading.ts';
import { reliefStatus } from '../../helper/keeper/judgement/relief-status.ts';
import { processReading } from '../fakes/readings.ts';
import {
  actsOf,
  GB,
  liveConfig,
  MB,
  runRelief,
  type VirtualProcess,
  type VirtualRun,
  type VirtualWorld,
} from '../fakes/relief-world.ts';

const seat: SeatConfig = {
  ...seatDefaults,
  name: 'Cilghal',
  class: 'protected',
  label: 'com.sanctum.mlx',
  peakBytes: 41 * GB,
  wiredBytes: 0,
  oracle: null,
  drainSeconds: 30,
};
const running: Services = [[seat.label, 10]];
const seated = (change: Partial<Config['relief']> = {}): Config => liveConfig(change, { seats: [seat] });

const model = (pid: number, footprint: (nowMs: number) => number, ppid = 1): VirtualProcess => ({
  reading: processReading(pid, { name: 'hog', command: '/opt/hog --serve', ppid }),
  footprint,
});

/** Half a minute of calm, then a gigabyte a second, which the brake would stop if it might. */
const runsAway =
  (fromMs: number) =>
  (nowMs: number): number =>
    9 * GB + (Math.max(0, nowMs - fromMs) / 1000) * GB;
const runsOut = (fromMs: number) => (nowMs: number, held: number) =>
  Math.max(MB, 12 * GB - (Math.max(0, nowMs - fromMs) / 1000) * GB + held);

const world = (fromMs: number, services: VirtualWorld['services'], ppid = 1): VirtualWorld => ({
  processes: [model(10, runsAway(fromMs), ppid)],
  available: runsOut(fromMs),
  services: services ?? [],
});
const modes = (run: VirtualRun, config: Config) => [
  ...new Set(run.steps.map(({ decision }) => modeOf(decision.state, config).name)),
];
const alerts = (run: VirtualRun) =>
  run.effects.flatMap(({ effect }) => (effect.kind === 'alert' ? [`${effect.alert} ${effect.subject}`] : []));

describe('services that are not known', () => {
  test('the brake would stop this one if it were no seat’s', () => {
    const run = runRelief(world(60_000, []), { config: liveConfig(), untilMs: 80_000 });
    assert.deepEqual(
      actsOf(run).map(({ plan }) => plan.act.verb === 'freeze' && plan.act.path),
      ['brake'],
    );
  });

  for (const [how, after] of [
    ['are not known', null],
    ['are none', []],
    ['know it without a pid', [[seat.label, null]]],
  ] as const)
    test(`a protected seat is never braked when services ${how} from 58 s on`, () => {
      const services = (nowMs: number) => (nowMs < 58_000 ? running : after);
      const run = runRelief(world(60_000, services), { config: seated(), untilMs: 80_000 });
      assert.deepEqual(actsOf(run), []);
      const freezable = run.state.relief.candidates.filter(({ denial }) => denial === null);
      assert.deepEqual(freezable, []);
      assert.equal(run.state.relief.candidates[0]?.denial?.code, 'seat_protected');
    });

  test('its protection goes on when they come back under another supervisor', () => {
    const services = (nowMs: number) => (nowMs < 20_000 || nowMs >= 40_000 ? running : null);
    const run = runRelief(world(60_000, services), { config: seated(), untilMs: 80_000 });
    assert.deepEqual(actsOf(run), []);
    assert.equal(run.state.relief.candidates[0]?.denial?.code, 'seat_protected');
  });

  test('an orphan of a protected seat’s service is the seat’s still', () => {
    const services = (nowMs: number): Services => [[seat.label, nowMs < 40_000 ? 5 : null]];
    const parent = model(5, () => 100 * MB);
    const child = world(60_000, services, 5);
    const processes = [parent, ...child.processes];
    const run = runRelief({ ...child, processes }, { config: seated(), untilMs: 80_000 });
    assert.deepEqual(actsOf(run), []);
    assert.equal(run.state.relief.candidates[0]?.denial?.code, 'seat_protected');
  });

  test('the seat keeps its state and its size, and the keeper only observes until they are back', () => {
    const config = seated();
    const calm = { ...world(1e9, running), available: () => 22 * GB };
    const before = runRelief(calm, { config, untilMs: 60_000 });
    const during = runRelief({ ...calm, services: () => null }, { config, untilMs: 120_000, from: before.state });
    const [was, is] = [before.state.seats[0], during.state.seats[0]];
    assert.deepEqual([is?.life.state, is?.footprintBytes], [was?.life.state, was?.footprintBytes]);
    assert.deepEqual(during.state.services, running);
    assert.deepEqual(modes(during, config), ['observe_only']);
    assert.deepEqual(observeOnlyReasons(during.state, config), ['Services are not known: no answer yet.']);
    const after = runRelief(calm, { config, untilMs: 130_000, from: during.state });
    assert.deepEqual(observeOnlyReasons(after.state, config), []);
    assert.equal(after.state.seats[0]?.life.state, was?.life.state);
  });

  test('they are told of when they stay away, and not in the moment of a start', () => {
    const config = seated({ dependsOn: ['com.sanctum.guard'] });
    const calm = { ...world(1e9, []), available: () => 22 * GB };
    const late = (nowMs: number) => (nowMs < 4_000 ? null : ([...running, ['com.sanctum.guard', 7]] as const));
    const started = runRelief({ ...calm, services: late }, { config, untilMs: 60_000 });
    assert.deepEqual(alerts(started), []);
    assert.deepEqual(observeOnlyReasons(started.state, config), []);
    // Who is found running was not seen to start: nothing says that it loads.
    assert.equal(started.state.seats[0]?.life.state, 'running');
    const away = runRelief({ ...calm, services: () => null }, { config, untilMs: 60_000 });
    assert.deepEqual(alerts(away), ['observe_only keeper']);
    assert.deepEqual(away.state.seats, []);
    const times = { nowMs: 60_000, wallMs: 0 };
    assert.deepEqual(reliefStatus(away.state, config, times).missingEnforcers, []);
  });

  test('nobody who needs none is kept from acting', () => {
    const config = liveConfig();
    assert.equal(needsServices(config), false);
    const run = runRelief(
      world(60_000, () => null),
      { config, untilMs: 80_000 },
    );
    assert.equal(actsOf(run).length, 1);
    assert.deepEqual(run.state.facts, []);
  });

  test('nothing is shed or brought back meanwhile, and no service counts as ended', () => {
    const label = 'com.agent';
    const config = liveConfig({ entries: [], services: [{ label, at: 'orange' }] });
    const agent: VirtualProcess = { reading: processReading(20, { footprintBytes: 2 * GB }) };
    const short = { processes: [agent], available: () => 3 * GB };
    const blind = runRelief({ ...short, services: () => null }, { config, untilMs: 60_000 });
    assert.deepEqual(actsOf(blind), []);
    const services: Services = [[label, 20]];
    const shed = runRelief({ ...short, services }, { config, untilMs: 20_000 });
    assert.deepEqual(
      actsOf(shed).map(({ plan }) => plan.act.verb),
      ['shed'],
    );
    const calm = { processes: [], available: () => 30 * GB };
    const unseen = runRelief({ ...calm, services: () => null }, { config, untilMs: 900_000, from: shed.state });
    assert.deepEqual(actsOf(unseen), []);
    assert.equal(unseen.state.relief.sheds.length, 1);
    const back = runRelief({ ...calm, services: [[label, null]] }, { config, untilMs: 2_000_000, from: unseen.state });
    assert.deepEqual(
      actsOf(back).map(({ plan }) => plan.act.verb),
      ['restore'],
    );
  });
});
