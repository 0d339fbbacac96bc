import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import { processReading } from '../fakes/readings.ts';
import type { ReliefCase } from '../fakes/relief-case.ts';
import { chronicle } from '../fakes/relief-chronicle.ts';
import type { ProcessSpec } from '../fakes/relief-machine.ts';
import {
  actsOf,
  freezeEntry,
  GB,
  harmless,
  killEntry,
  liveConfig,
  runRelief,
  type VirtualProcess,
} from '../fakes/relief-world.ts';

/** What is known of a process stays known: what a closer look found, that it is about to end, that something was done. */

describe('who was not looked at closer yet', () => {
  const hogs = Array.from({ length: 60 }, (_, at) =>
    processReading(100 + at, { command: '/opt/hog --run', footprintBytes: (20 + at) * GB }),
  );

  test('is never asked about: somebody may be debugging it', () => {
    const run = runRelief(
      {
        processes: hogs.map((reading): VirtualProcess => ({ reading, inspection: { ...harmless, isTraced: true } })),
        available: () => 1 * GB,
      },
      { config: liveConfig(), untilMs: 40_000 },
    );
    const codes = new Set(
      run.steps.flatMap(({ decision }) => decision.state.relief.explanation.passedOver.map(({ code }) => code)),
    );
    assert.ok(codes.has('not_looked_at'));
    assert.ok(codes.has('traced'));
    assert.deepEqual(
      run.steps.flatMap(({ decision }) => decision.state.relief.approvals.open),
      [],
    );
  });
});

describe('who was told to end', () => {
  /** Told at once when it is asked about; it does not obey, and a debugger comes when it comes. */
  const told = (tracedFromMs: number) => {
    let atMs = 0;
    const vm: VirtualProcess = {
      reading: processReading(20, { name: 'vm', command: '/opt/vm -m 8192' }),
      footprint: (nowMs) => {
        atMs = nowMs;
        return 9 * GB;
      },
      get inspection() {
        return { ...harmless, isTraced: atMs >= tracedFromMs };
      },
    };
    return runRelief(
      { processes: [vm], available: () => 1 * GB },
      {
        config: liveConfig({ entries: [killEntry({ freezeFloorBytes: 64 * GB })] }),
        untilMs: 160_000,
        outcome: (effect) => (effect.kind === 'act' ? 'timed_out' : 'ok'),
        events: Array.from({ length: 20 }, (_, at) => ({
          atMs: 10_500 + at * 1_000,
          event: ({ relief }) => {
            const [open] = relief.approvals.open;
            return open?.plan.act.verb === 'terminate'
              ? {
                  type: 'approve' as const,
                  request: at,
                  id: open.id,
                  hash: open.plan.hash,
                  confirmed: true,
                  by: { uid: 501, client: 'cli' as const },
                }
              : null;
          },
        })),
      },
    );
  };
  const killsAsked = (run: ReturnType<typeof told>, nowMs: number) =>
    run.steps
      .filter((step) => step.nowMs <= nowMs)
      .at(-1)
      ?.decision.state.relief.approvals.open.filter(({ plan }) => plan.act.verb === 'kill').length;

  test('and does not, is asked about', () => {
    const run = told(Number.POSITIVE_INFINITY);
    assert.deepEqual(
      actsOf(run).map(({ plan }) => plan.act.verb),
      ['terminate'],
    );
    assert.equal(killsAsked(run, 60_000), 1);
    assert.equal(killsAsked(run, 160_000), 1);
  });

  test('and has come under a debugger, is not asked about, and the question is withdrawn', () => {
    assert.equal(killsAsked(told(20_000), 160_000), 0);
    const asked = told(70_000);
    assert.equal(killsAsked(asked, 65_000), 1);
    assert.equal(killsAsked(asked, 160_000), 0);
  });
});

const processOf = (pid: number, change: Partial<ProcessSpec>): ProcessSpec => ({
  pid,
  ppid: 1,
  pgid: null,
  uid: 501,
  command: `/opt/hog --number ${pid}`,
  baseMb: 1_300,
  growths: [],
  inspection: harmless,
  isStopped: false,
  bornMs: -1,
  diesMs: null,
  endsAfterMs: null,
  isReused: false,
  ...change,
});

const caseOf = (change: Partial<ReliefCase>, machine: Partial<ReliefCase['machine']>): ReliefCase => ({
  machine: {
    processes: [],
    services: [],
    calm: [
      { atMs: 0, mb: 1_000 },
      { atMs: 400_000, mb: 1_000 },
    ],
    listless: [],
    ...machine,
  },
  config: liveConfig(),
  own: [],
  happenings: [],
  outcomes: [],
  answers: [],
  untilMs: 120_000,
  ...change,
});

const seat: SeatConfig = {
  ...seatDefaults,
  name: 'Codestral',
  class: 'on_call',
  label: 'com.code',
  peakBytes: 14 * GB,
  wiredBytes: 0,
  oracle: null,
  drainSeconds: 20,
};

describe('a seat that this keeper has not seen start', () => {
  test('is left alone when it grows after all, also when it has been quiet before', () => {
    const grows = (atMs: number) =>
      chronicle(
        caseOf(
          {
            config: liveConfig({ entries: [freezeEntry({ pattern: '/mlx', withoutAsking: true })] }, { seats: [seat] }),
            untilMs: 50_000,
          },
          {
            processes: [
              processOf(210, {
                command: '/opt/mlx code',
                growths: [{ atMs, mbPerSecond: 400, forMs: 12_000, backAfterMs: null }],
              }),
            ],
            services: [{ label: 'com.code', life: [{ atMs: -1, pid: 210 }] }],
            calm: [
              { atMs: 0, mb: 7_500 },
              { atMs: 400_000, mb: 7_500 },
            ],
          },
        ),
      );
    for (const atMs of [3_000, 30_000]) {
      const ran = grows(atMs);
      assert.ok(ran.passedOver.has('seat_loading'), `grows from ${atMs} ms on`);
      assert.deepEqual(ran.acts, []);
    }
  });
});

describe('what a sample between two full passes tells', () => {
  test('nobody is stopped, or told to end, whom somebody else has just stopped', () => {
    for (const entry of [
      freezeEntry(),
      killEntry({ pattern: '/hog', freezeFloorBytes: 64 * GB, killFloorBytes: 1 * GB }),
    ]) {
      const change = {
        config: liveConfig({ entries: [entry] }),
        answers: [{ what: 'approve', afterMs: 1_000 }] as const,
      };
      const machine = { processes: [processOf(100, {})] };
      const [asked] = chronicle(caseOf(change, machine)).asked;
      assert.ok(asked !== undefined);
      const ran = chronicle(
        caseOf({ ...change, happenings: [{ atMs: asked.nowMs + 600, kind: 'ctrl_z', pid: 100 }] }, machine),
      );
      assert.deepEqual(ran.acts, []);
      assert.deepEqual([...ran.refused], ['approval_changed']);
    }
  });
});

describe('what is under way', () => {
  test('a seat whose job is being unloaded is not told to end once more when the label is gone before the process', () => {
    const ran = chronicle(
      caseOf(
        {
          config: liveConfig(
            { entries: [killEntry({ pattern: '/mlx', freezeFloorBytes: 64 * GB, killFloorBytes: 2 * GB })] },
            { seats: [seat] },
          ),
          // What it does is done half way to its end.
          outcomes: [{ outcome: 'ok', afterMs: 9_000 }],
          answers: [{ what: 'approve', afterMs: 1_000 }],
        },
        {
          processes: [processOf(210, { command: '/opt/mlx code', baseMb: 4_000 })],
          services: [{ label: 'com.code', life: [{ atMs: -1, pid: 210 }] }],
        },
      ),
    );
    const [bootout] = ran.acts;
    assert.equal(bootout?.plan.act.verb, 'bootout');
    const seenMs = ran.asked.filter(({ plan }) => plan.act.verb === 'terminate').map(({ nowMs }) => nowMs);
    assert.deepEqual(seenMs, []);
    assert.deepEqual(
      ran.acts.map(({ plan }) => plan.act.verb),
      ['bootout'],
    );
  });

  test('a keeper that ends before the end of what it ordered leaves its cooldown to the next', () => {
    const labels = ['com.first', 'com.second'];
    const ran = chronicle(
      caseOf(
        {
          config: liveConfig({ entries: [], services: labels.map((label) => ({ label, at: 'yellow' as const })) }),
          outcomes: [{ outcome: 'ok', afterMs: 9_000 }],
          happenings: [{ atMs: 12_000, kind: 'restart' }],
          untilMs: 200_000,
        },
        {
          processes: labels.map((_, at) => processOf(400 + at, { command: '/opt/agent' })),
          services: labels.map((label, at) => ({ label, life: [{ atMs: -1, pid: 400 + at }] })),
        },
      ),
    );
    const [first, second] = ran.acts;
    assert.ok(first !== undefined && first.nowMs < 12_000 && first.keeper === 0);
    assert.ok(second !== undefined && second.keeper === 1);
    assert.ok(second.nowMs - first.nowMs >= 120_000, `${second.nowMs - first.nowMs} ms later`);
  });

  test('and what was about to be told to end is not stopped by the next', () => {
    const ran = chronicle(
      caseOf(
        {
          config: liveConfig({
            entries: [killEntry({ pattern: '/vm', freezeFloorBytes: 2 * GB, killFloorBytes: 2 * GB })],
          }),
          // The freeze, and the TERM after it.
          outcomes: [
            { outcome: 'ok', afterMs: 0 },
            { outcome: 'ok', afterMs: 9_000 },
          ],
          answers: [{ what: 'approve', afterMs: 1_000 }],
          happenings: [{ atMs: 15_000, kind: 'restart' }],
          untilMs: 200_000,
        },
        { processes: [processOf(130, { command: '/opt/vm -m 8192', baseMb: 3_000 })] },
      ),
    );
    const terminate = ran.acts.findIndex(({ plan }) => plan.act.verb === 'terminate');
    assert.ok(terminate >= 0 && (ran.acts[terminate]?.nowMs ?? 0) + 4_500 < 15_000);
    assert.deepEqual(ran.acts.slice(terminate + 1), []);
    assert.deepEqual(
      ran.asked.filter(({ nowMs }) => nowMs >= 15_000),
      [],
    );
  });
});
