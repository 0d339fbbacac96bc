import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import { processKey } from '../../helper/host/reading.ts';
import type { RecoverAct, RecoverDeed, Target } from '../../helper/relief/acts.ts';
import { complete } from '../../helper/relief/completion.ts';
import { judgeWish } from '../../helper/relief/operator.ts';
import { makePlan } from '../../helper/relief/plans.ts';
import { beginRecovery, observeRecovery } from '../../helper/relief/recovery.ts';
import { recoveryOptions } from '../../helper/relief/recovery-options.ts';
import { initialRelief, type ReliefState } from '../../helper/relief/state.ts';
import { observeStops } from '../../helper/relief/stops.ts';
import type { Orders, SeatFacts, World } from '../../helper/relief/world.ts';
import { machineReading, processReading } from '../fakes/readings.ts';
import { liveConfig } from '../fakes/relief-world.ts';

/** What may have changed between the approval of a recovery and its next step: it is looked at anew each time, and force has only its own targets. */

const operator = { uid: 501, client: 'cli' } as const;
const target = (pid: number): Target => ({
  id: { pid, start: `start ${pid}` },
  ...{ name: 'server', command: '/opt/server', uid: 501, footprintBytes: 0.01 * GB },
});
const [main, child, other, stranger] = [target(2100), target(2101), target(2200), target(2300)] as const;
const act: RecoverAct = {
  ...{ verb: 'recover', seat: 'Cilghal', label: 'com.sanctum.cilghal', class: 'protected' },
  ...{ targets: [main, child], address: '127.0.0.1:1337' },
};

const zombie: SeatFacts = {
  ...{ name: 'Cilghal', class: 'protected', label: act.label, state: 'ready', peakBytes: 30 * GB },
  ...{ footprintBytes: 0.01 * GB, wiredBytes: 0, oracle: null, drainSeconds: 30, inFlight: 0, quietMs: 600_000 },
  ...{ ids: [main.id, child.id], standInIds: [], main: main.id, growthBytesPerSecond: null, why: '', forMs: 600_000 },
  ...{ isReady: true, isAwaited: false, address: act.address, holder: null, fallback: null },
  health: {
    ...{ verdict: 'zombie', files: 'pass', filesEndedMs: 0, filesFound: '', chatFound: 'no answer', smoke: null },
  },
};
const gone: SeatFacts = { ...zombie, state: 'absent', ids: [], main: null, isReady: false };

const worldAt = (nowMs: number, seat: SeatFacts | null, change: Partial<World> = {}): World => ({
  ...{ nowMs, config: liveConfig(), mode: 'live', level: 0, isLeaking: false, isSwapAlone: false, sensorsValid: true },
  machine: machineReading({ atMs: nowMs }),
  ...{ recent: [], processes: [main, child].map(({ id }) => processReading(id.pid, { id })), isFull: true },
  ...{ seen: new Map(), gone: new Set(), services: new Map(), servicesKnown: true, looked: [], inspections: [] },
  ...{ isAfterGap: false, closesSlot: true, judges: true },
  seats: seat === null ? [] : [seat],
  ...change,
});

const newOrders = (): Orders => ({ acts: [], alerts: [], rows: [], said: [], remember: null });

/** Its files were found whole, and it was told to end, 25 s later at the latest. */
const begun = (): ReliefState => {
  const relief = initialRelief(0);
  const plan = makePlan(
    relief,
    {
      ...{ act, reason: '', cause: { kind: 'zombie' } as const },
      expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
    },
    1_000,
  );
  const state = beginRecovery(relief, plan, operator, worldAt(1_000, zombie), newOrders());
  assert.ok(state !== null);
  return state;
};

const looked = (seat: SeatFacts, atMs: number): SeatFacts =>
  seat.health === null ? seat : { ...seat, health: { ...seat.health, filesEndedMs: atMs } };

const step = (relief: ReliefState, world: World) => {
  const orders = newOrders();
  const after = observeRecovery(relief, world, orders);
  return {
    relief: after,
    steps: orders.acts.map((each) => each.step),
    alert: orders.alerts[0]?.detail ?? null,
    got: after.deeds.at(-1)?.got ?? '',
  };
};

const heard = (relief: ReliefState, outcome: 'ok' | 'failed' | 'timed_out' = 'ok', atMs = 3_000): ReliefState =>
  complete(relief, { plan: relief.recovery?.plan.id ?? -1, outcome, detail: '' }, atMs, [], newOrders());

const toldToEnd = (): ReliefState => {
  const told = step(begun(), worldAt(2_000, looked(zombie, 1_500)));
  assert.deepEqual(told.steps, ['stop']);
  return heard(told.relief);
};

/** None of its processes is watched any more. */
const ended = (relief: ReliefState): ReliefState => ({ ...relief, stopping: [] });

const atStep = (name: NonNullable<ReliefState['recovery']>['step'], doing: RecoverDeed | null = null): ReliefState => {
  const relief = toldToEnd();
  assert.ok(relief.recovery !== null);
  return { ...ended(relief), recovery: { ...relief.recovery, step: name, sinceMs: 10_000, doing } };
};

const noSteps: readonly (RecoverDeed | undefined)[] = [];

describe('between its approval and its first act', () => {
  const cases: readonly (readonly [string, SeatFacts, Partial<World>, RegExp])[] = [
    ['only observing', zombie, { mode: 'observe_only', sensorsValid: false }, /Relief is not live any more/],
    ['dry run', zombie, { mode: 'dry_run' }, /Relief is not live any more/],
    ['told to end otherwise', { ...zombie, state: 'draining' }, {}, /told to end otherwise/],
    ['another run', { ...zombie, main: other.id, ids: [other.id] }, {}, /ended, or started anew/],
    [
      'it works again',
      { ...zombie, health: zombie.health === null ? null : { ...zombie.health, verdict: 'healthy' } },
      {},
      /not so any more/,
    ],
    [
      'it stands still',
      { ...zombie, health: zombie.health === null ? null : { ...zombie.health, verdict: 'frozen' } },
      {},
      /not so any more/,
    ],
  ];
  for (const [what, seat, change, words] of cases)
    test(`${what}: nothing is done, and that is what it says`, () => {
      const { relief, steps, alert, got } = step(begun(), worldAt(2_000, looked(seat, 1_500), change));
      assert.deepEqual([steps, alert, relief.recovery, relief.stopping], [noSteps, null, null, []]);
      assert.match(got, words);
      assert.match(got, /nothing was done\.$/);
      assert.equal(relief.deeds.at(-1)?.outcome, 'withdrawn');
    });

  test('files that were found whole before the approval are not enough, and those that are missing end it', () => {
    assert.deepEqual(step(begun(), worldAt(2_000, looked(zombie, 900))).steps, noSteps);
    const health =
      zombie.health === null ? null : { ...zombie.health, files: 'fail' as const, filesFound: 'x is gone' };
    const missing = step(begun(), worldAt(2_000, looked({ ...zombie, health }, 1_500)));
    assert.deepEqual([missing.steps, missing.relief.recovery], [noSteps, null]);
    assert.match(missing.alert ?? '', /It failed: x is gone\. Nothing was done/);
  });

  test('it is not offered, or approved, beside another end of the same seat, and no end beside it', () => {
    const relief = initialRelief(0);
    const world = worldAt(1_000, zombie);
    const expected = { counter: 'footprint', bytes: 0, bytesPerSecond: 0 } as const;
    const bootout = makePlan(
      relief,
      { act: { ...act, verb: 'bootout' }, reason: '', cause: { kind: 'operator' }, expected },
      0,
    );
    assert.equal(recoveryOptions(relief, world).options.length, 1);
    const flying = { ...relief, inFlight: [{ plan: bootout, measured: null }] };
    assert.deepEqual(
      recoveryOptions(flying, world).passedOver.map(({ code }) => code),
      ['under_way'],
    );
    const open = {
      ...{ id: 1, plan: bootout, episode: 'x', firstMs: 0, issuedMs: 1_000, reissued: 0 },
      ...{ needsConfirmation: true, impact: [], goneSinceMs: null },
    };
    const asked = { ...begun(), approvals: { ...relief.approvals, nextId: 2, open: [open] } };
    const wish = { type: 'approve', id: 1, hash: bootout.hash, confirmed: true } as const;
    const { verdict } = judgeWish(asked, wish, operator, worldAt(2_000, zombie), newOrders());
    assert.deepEqual(verdict, { ok: false, code: 'approval_changed', detail: 'Cilghal is being recovered' });
  });
});

describe('SIGKILL', () => {
  test('comes after the time to drain and not before, to the processes that were approved', () => {
    const relief = toldToEnd();
    assert.deepEqual(step(relief, worldAt(31_000, zombie)).steps, noSteps);
    const killed = step(relief, worldAt(33_000, zombie));
    assert.deepEqual(killed.steps, ['kill']);
    const again = heard(killed.relief, 'ok', 33_100);
    assert.deepEqual(step(again, worldAt(40_000, zombie)).steps, noSteps, 'once');
    const still = step(again, worldAt(70_000, zombie));
    assert.match(still.alert ?? '', /pid 2100, 2101 still runs, although it was killed/);
  });

  test('never comes when somebody else’s run of the seat is all there is', () => {
    const anew = { ...zombie, main: stranger.id, ids: [stranger.id] };
    const { relief, steps, alert } = step(ended(toldToEnd()), worldAt(33_000, anew));
    assert.deepEqual([steps, relief.recovery], [noSteps, null]);
    assert.match(alert ?? '', /somebody else started it meanwhile \(pid 2300\)\. It runs, and was asked nothing/);
  });

  test('never comes for a process that was not approved, although it is the seat’s', () => {
    const orphan = { ...zombie, main: null, ids: [stranger.id] };
    assert.deepEqual(step(ended(toldToEnd()), worldAt(33_000, orphan)).steps, noSteps);
    const late = step(ended(toldToEnd()), worldAt(70_000, orphan));
    assert.deepEqual([late.steps, late.relief.recovery], [noSteps, null]);
    assert.match(late.alert ?? '', /pid 2300 still runs, which was not part of what was approved/);
  });

  test('never comes in a dry run that was chosen meanwhile, nor while Castellan only observes', () => {
    const dry = step(toldToEnd(), worldAt(33_000, zombie, { mode: 'dry_run' }));
    assert.deepEqual([dry.steps, dry.relief.recovery], [noSteps, null]);
    assert.match(dry.alert ?? '', /nothing is killed since the dry run was chosen\. It still runs/);
    const blind = step(toldToEnd(), worldAt(33_000, zombie, { mode: 'observe_only', sensorsValid: false }));
    assert.deepEqual([blind.steps, blind.relief.recovery?.step], [noSteps, 'stop'], 'it waits');
  });

  test('does not come at once after a sleep: time in which nobody looked was no time to drain', () => {
    const woken = step(toldToEnd(), worldAt(8 * 3600_000, zombie, { isAfterGap: true }));
    assert.deepEqual(woken.steps, noSteps);
    assert.deepEqual(step(woken.relief, worldAt(8 * 3600_000 + 29_000, zombie)).steps, noSteps);
    assert.deepEqual(step(woken.relief, worldAt(8 * 3600_000 + 31_000, zombie)).steps, ['kill']);
  });

  test('a process that drains for longer than ten minutes is watched until then', () => {
    const slow = { ...zombie, drainSeconds: 1_500 };
    const told = step(begun(), worldAt(2_000, looked(slow, 1_500))).relief;
    const seen = new Map([main, child].map(({ id }) => [processKey(id), processReading(id.pid, { id })]));
    const world = worldAt(1_400_000, slow, { seen });
    assert.equal(observeStops(told, world, newOrders()).relief.stopping.length, 1);
  });
});

describe('between its steps', () => {
  test('another service or port in castellan.toml, or none, ends it at any of them', () => {
    for (const name of ['files', 'stop', 'free', 'start', 'smoke'] as const)
      for (const seat of [null, { ...gone, label: 'com.sanctum.other' }, { ...gone, address: '127.0.0.1:1' }]) {
        const { relief, steps, alert } = step(atStep(name), worldAt(11_000, seat));
        assert.deepEqual([steps, relief.recovery], [noSteps, null], name);
        assert.match(alert ?? '', /It failed: castellan\.toml/);
      }
  });

  test('a run that somebody else began while its port was waited for is told of as one that runs', () => {
    const anew = { ...gone, ids: [stranger.id], main: stranger.id };
    const { steps, alert } = step(atStep('free'), worldAt(11_000, anew));
    assert.deepEqual(steps, noSteps);
    assert.match(alert ?? '', /somebody else started it meanwhile \(pid 2300\)\. It runs/);
  });

  test('a port that nobody could say anything of is not free, and says so', () => {
    const { alert } = step(atStep('free'), worldAt(41_000, gone));
    assert.match(alert ?? '', /its port 127\.0\.0\.1:1337 is not free: who has it could not be found out/);
  });

  test('a gateway that ends during the prompts ends it within two minutes, with how far they came', () => {
    const asked = { plan: 1, sinceMs: 20_000, asked: 4, good: 4, failedInARow: 0, asking: null, fault: '' };
    const state = atStep('smoke');
    const plan = state.recovery?.plan.id ?? 0;
    const seat = { ...zombie, health: zombie.health === null ? null : { ...zombie.health, smoke: { ...asked, plan } } };
    assert.notEqual(step(state, worldAt(79_000, seat)).relief.recovery, null);
    const { relief, alert } = step(state, worldAt(80_000, seat));
    assert.equal(relief.recovery, null);
    assert.match(alert ?? '', /nobody could ask it after 4 of 10 prompts: the gateway does not answer\. It runs/);
  });

  test('who was frozen is looked at again when it is not known whether its end was told', () => {
    const relief = begun();
    const freeze = {
      ...{ plan: 99, targets: [child], by: 'brake' as const, sinceMs: 0, deadlineMs: 600_000, isStopped: true },
      ...{ resuming: null, retryMs: 0 },
    };
    const told = step({ ...relief, freezes: [freeze] }, worldAt(2_000, looked(zombie, 1_500))).relief;
    const plan = told.recovery?.plan.id;
    assert.deepEqual(
      told.freezes.map(({ resuming }) => resuming),
      [plan],
    );
    assert.deepEqual(heard(told, 'ok').freezes, []);
    for (const outcome of ['failed', 'timed_out'] as const)
      assert.deepEqual(
        heard(told, outcome).freezes.map(({ resuming, isStopped }) => [resuming, isStopped]),
        [[null, false]],
      );
  });
});
