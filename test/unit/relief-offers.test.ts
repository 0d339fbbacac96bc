import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GB } from '../../helper/config/config.ts';
import type { FallbackAct } from '../../helper/relief/acts.ts';
import { judgeOffers } from '../../helper/relief/offers.ts';
import { judgeSlot } from '../../helper/relief/planner.ts';
import { makePlan } from '../../helper/relief/plans.ts';
import { recoveryOptions } from '../../helper/relief/recovery-options.ts';
import { observeTimes } from '../../helper/relief/standing.ts';
import { initialRelief, type ReliefState } from '../../helper/relief/state.ts';
import type { Orders, SeatFacts, World } from '../../helper/relief/world.ts';
import { machineReading, processReading } from '../fakes/readings.ts';
import { liveConfig } from '../fakes/relief-world.ts';

/** What is offered for a seat's health stands beside what is done because of memory: neither holds the other up, or ends it. */

const seat: SeatFacts = {
  ...{ name: 'Cilghal', class: 'protected', label: 'com.sanctum.cilghal', state: 'failed', peakBytes: 30 * GB },
  ...{ footprintBytes: 0, wiredBytes: 0, oracle: null, drainSeconds: 30, inFlight: 0, quietMs: null },
  ...{ ids: [], standInIds: [], main: null, growthBytesPerSecond: null, why: '', forMs: 600_000 },
  ...{ isReady: false, isAwaited: false, address: '127.0.0.1:1337', holder: { kind: 'nobody' }, health: null },
  fallback: { label: 'com.sanctum.calm', pid: null, refusal: null },
};

const zombie: SeatFacts = {
  ...seat,
  ...{ state: 'ready', main: { pid: 2100, start: 's' }, ids: [{ pid: 2100, start: 's' }], isReady: true },
  ...{ fallback: null },
  health: { verdict: 'zombie', files: 'pass', filesEndedMs: 0, filesFound: '', chatFound: 'no answer', smoke: null },
};

const config = liveConfig();
const shed = 'com.sanctum.indexer';

const worldAt = (nowMs: number, change: Partial<World> = {}): World => ({
  ...{ nowMs, mode: 'live', level: 0, isLeaking: false, isSwapAlone: false, sensorsValid: true },
  config: { ...config, relief: { ...config.relief, services: [{ label: shed, at: 'orange' }] } },
  machine: machineReading({ atMs: nowMs }),
  ...{ recent: [], processes: [processReading(3000, { footprintBytes: 4 * GB })], isFull: true },
  ...{ seen: new Map(), gone: new Set(), services: new Map([[shed, 3000]]), servicesKnown: true, looked: [] },
  ...{ inspections: [], isAfterGap: false, closesSlot: true, judges: true, seats: [seat] },
  ...change,
});

const newOrders = (): Orders => ({ acts: [], alerts: [], rows: [], said: [], remember: null });

const fallback: FallbackAct = {
  ...{ verb: 'fallback', seat: seat.name, label: 'com.sanctum.calm', primary: seat.label, address: seat.address },
};

test('who stands in is asked for in words, and in a dry run only would be', () => {
  const words = (mode: World['mode']) =>
    judgeOffers(initialRelief(0), worldAt(1_000, { mode }), newOrders()).explanation.chosen;
  assert.match(words('live') ?? '', /^Asks whether to start com\.sanctum\.calm for Cilghal\. Cilghal does not run/);
  assert.match(words('dry_run') ?? '', /^Would ask whether to start com\.sanctum\.calm for Cilghal\. /);
});

test('a service that is being started in place of a seat is no remedy, and holds none up', () => {
  const relief = initialRelief(0);
  const plan = makePlan(
    relief,
    {
      ...{ act: fallback, reason: '', cause: { kind: 'operator' } as const },
      expected: { counter: 'service', bytes: 0, bytesPerSecond: 0 },
    },
    1_000,
  );
  const orders = newOrders();
  const judged = judgeSlot({ ...relief, inFlight: [{ plan, measured: null }] }, worldAt(2_000, { level: 2 }), orders);
  assert.deepEqual(
    orders.acts.map((each) => each.plan.act.verb),
    ['shed'],
    judged.explanation.noop,
  );
});

test('a recovery that failed opens no episode of memory, and the end of one does not forget it', () => {
  const failed = [
    { key: `recover ${zombie.label}`, count: 1, againMs: 3_000_000 },
    { key: '9:s9', count: 1, againMs: 3_000_000 },
  ];
  const [recovery] = failed;
  assert.ok(recovery !== undefined);
  const codes = (relief: ReliefState, nowMs: number) =>
    recoveryOptions(relief, worldAt(nowMs, { seats: [zombie] })).passedOver.map(({ code }) => code);

  const quiet = observeTimes({ ...initialRelief(0), failed: [recovery] }, worldAt(1_000));
  assert.equal(quiet.episode, null);

  const before: ReliefState = { ...initialRelief(0), failed, episode: { number: 1, sinceMs: 0 }, greenSinceMs: 0 };
  const over = observeTimes(before, worldAt(1_200_000));
  assert.deepEqual([over.episode, over.failed], [null, [recovery]]);
  assert.deepEqual(codes(over, 1_200_000), ['failed_lately']);
  assert.deepEqual(codes(over, 3_000_000), []);
});
