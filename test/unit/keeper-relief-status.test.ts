import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, GB, MB, seatDefaults } from '../../helper/config/config.ts';
import { explanationOf, proposalsOf, reliefStatus } from '../../helper/keeper/judgement/relief-status.ts';
import { expectedWords } from '../../helper/keeper/judgement/relief-words.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { targetWords, titleWords } from '../../helper/protocol/act-words.ts';
import { explanationSchema, reliefStatusSchema } from '../../helper/protocol/relief.ts';
import type { Act, Expectation } from '../../helper/relief/acts.ts';
import type { OpenProposal } from '../../helper/relief/approvals.ts';
import type { ReliefState } from '../../helper/relief/state.ts';
import { entry, freezePlan, planOf, target } from '../fakes/operator-keeper.ts';
import { machineReading, processReading } from '../fakes/readings.ts';

const times = { nowMs: 100_000, wallMs: 1_700_000_100_000 };

const stateWith = (relief: Partial<ReliefState>, change: Partial<KeeperState> = {}): KeeperState => {
  const state = initialState(0);
  return { ...state, machine: machineReading(), relief: { ...state.relief, ...relief }, ...change };
};

const open = (id: number, change: Partial<OpenProposal> = {}): OpenProposal => ({
  id,
  plan: freezePlan(id),
  episode: `freeze ${id}`,
  firstMs: 0,
  issuedMs: 40_000,
  reissued: 0,
  needsConfirmation: false,
  impact: ['listens on 127.0.0.1:1234'],
  goneSinceMs: null,
  ...change,
});

const approvals = (proposals: readonly OpenProposal[]): ReliefState['approvals'] => ({
  nextId: 1000,
  open: proposals,
  closed: [],
  denied: [],
});

const told = (state: KeeperState, config = defaultConfig) =>
  reliefStatusSchema.parse(reliefStatus(state, config, times));

describe('words of relief', () => {
  const back: Expectation = { counter: 'footprint', bytes: 2.4 * GB, bytesPerSecond: 0 };
  const stop: Expectation = { counter: 'growth', bytes: 0, bytesPerSecond: 850 * MB };

  test('a title names what is done to whom', () => {
    const one = { kind: 'process', name: 'node', pid: 45_013, start: 's', footprintBytes: 1, count: 1 } as const;
    assert.equal(titleWords('freeze', one), 'Freeze node (pid 45013)?');
    assert.equal(titleWords('freeze', { ...one, count: 4 }), 'Freeze node (pid 45013) and 3 more?');
    const service = { ...one, kind: 'service', name: 'com.sanctum.memory-vault', pid: null } as const;
    assert.equal(titleWords('shed', service), 'Shed com.sanctum.memory-vault?');
    assert.equal(titleWords('bootout', { ...service, kind: 'seat', name: 'Codestral' }), 'Stop the seat Codestral?');
    assert.equal(titleWords('purge', { ...service, kind: 'machine', name: 'x' }), 'Flush disk caches?');
    assert.equal(targetWords({ ...one, pid: null }), 'node');
  });

  test('an expectation says bytes and rates with their units, and what does not come back', () => {
    const freeze: Act = { verb: 'freeze', entry, targets: [target()], path: 'level' };
    assert.equal(expectedWords(freeze, stop), 'Stops growth of 850 MB/s; frees no memory by itself.');
    assert.equal(expectedWords(freeze, back), 'Stops its growth; frees no memory by itself.');
    const kill: Act = { verb: 'kill', entry, target: target(), label: null };
    assert.equal(expectedWords(kill, back), 'Would free about 2.4 GB. It cannot be undone.');
    const wired = expectedWords(
      { verb: 'bootout', seat: 'C', label: 'c', class: 'on_call', targets: [] },
      { ...back, counter: 'wired' },
    );
    assert.match(wired, /^Would free about 2\.4 GB of wired memory\. /);
    const unknown = expectedWords({ verb: 'shed', label: 'x', at: 'yellow', targets: [] }, { ...back, bytes: 0 });
    assert.match(unknown, /not known beforehand/);
    const rest: readonly Act[] = [
      { verb: 'terminate', entry, target: target(), label: null },
      { verb: 'restore', label: 'x' },
      { verb: 'resume', freeze: 1, targets: [target()], why: 'calm' },
      { verb: 'purge' },
      {
        verb: 'unload',
        runtime: 'ollama',
        model: 'm',
        instance: 'm',
        server: { pid: 9, start: '1' },
        footprintBytes: 1,
      },
    ];
    for (const act of rest) assert.match(expectedWords(act, back), /\.$/);
  });
});

describe('relief as it is told', () => {
  test('a keeper that has done nothing tells so', () => {
    const relief = told(stateWith({}));
    assert.deepEqual(
      [relief.pending, relief.frozen, relief.shed, relief.activity, relief.envelope],
      [[], [], [], [], null],
    );
    assert.equal(relief.why, 'Nothing has been judged yet.');
    assert.equal(relief.gate.state, 'counting');
    assert.equal(relief.gate.neededSeconds, 21_600);
  });

  test('a proposal has its words, its countdown and whether it is only a rehearsal', () => {
    const state = stateWith({ approvals: approvals([open(3, { needsConfirmation: true, reissued: 2 })]) });
    const [proposal] = told(state).pending;
    assert.ok(proposal !== undefined);
    assert.equal(proposal.title, 'Freeze node (pid 45013)?');
    assert.equal(proposal.expected, 'Stops growth of 850 MB/s; frees no memory by itself.');
    assert.equal(proposal.expiresInSeconds, 60);
    assert.deepEqual([proposal.dryRun, proposal.needsConfirmation, proposal.reissued], [true, true, 2]);
    assert.deepEqual(proposal.target, {
      kind: 'process',
      name: 'node',
      pid: 45_013,
      start: '45013.1',
      footprintBytes: 8.6 * GB,
      count: 1,
    });
    const live = { ...defaultConfig, relief: { ...defaultConfig.relief, mode: 'live' as const } };
    assert.equal(told(state, live).pending[0]?.dryRun, false);
    assert.equal(told(state, live).gate.state, 'live');
    // CASTELLAN_DRY_RUN stands above castellan.toml and above what was chosen.
    const forced = stateWith({ ...state.relief, forcedDryRun: true, choice: 'live', choiceOver: 'live' });
    assert.equal(told(forced, live).pending[0]?.dryRun, true);
  });

  test('a choice by command holds while castellan.toml says what it said then', () => {
    const chosen = stateWith({ choice: 'live', choiceOver: 'dry_run' });
    assert.equal(told(chosen).gate.state, 'live');
    const moved = stateWith({ choice: 'dry_run', choiceOver: 'dry_run' });
    const live = { ...defaultConfig, relief: { ...defaultConfig.relief, mode: 'live' as const } };
    assert.equal(told(moved, live).gate.state, 'live');
  });

  test('what is frozen counts down; what still waits for its tombstone is not frozen', () => {
    const freeze = {
      plan: 7,
      targets: [target(1), target(2)],
      by: 'brake' as const,
      sinceMs: 90_000,
      deadlineMs: 690_000,
      isStopped: true,
      resuming: null,
      retryMs: 0,
    };
    const relief = told(stateWith({ freezes: [freeze, { ...freeze, plan: 8, isStopped: false }] }));
    assert.deepEqual(relief.frozen, [
      {
        freeze: 7,
        pid: 1,
        start: '1.1',
        name: 'node',
        footprintBytes: 17.2 * GB,
        count: 2,
        sinceSeconds: 10,
        resumesInSeconds: 590,
        by: 'brake',
      },
    ]);
  });

  test('what was shed comes back after ten minutes of green, or says that it stays down', () => {
    const shed = { label: 'a', sinceMs: 10_000, plan: 1, staysDown: false, restoring: null, toldMs: null, retryMs: 0 };
    const sheds = [shed, { ...shed, label: 'b', staysDown: true }];
    assert.deepEqual(
      told(stateWith({ sheds, greenSinceMs: 40_000 })).shed.map(({ restoresInSeconds }) => restoresInSeconds),
      [540, null],
    );
    assert.equal(told(stateWith({ sheds })).shed[0]?.restoresInSeconds, null);
    assert.equal(told(stateWith({ sheds: [{ ...shed, restoring: 5, retryMs: 0 }] })).shed[0]?.restoresInSeconds, 0);
  });

  test('a target is called left alone after two useless tries, and the largest footprint is named', () => {
    const tries = [
      { key: 'a', name: 'memory-vault', useless: 2 },
      { key: 'b', name: 'other', useless: 1 },
    ];
    const views = [
      { process: processReading(5, { name: 'cilghal', footprintBytes: 41 * GB }), growthBytesPerSecond: 0, seat: null },
      { process: processReading(6, { footprintBytes: 50 * GB }), growthBytesPerSecond: 0, seat: null },
    ];
    const { suppressed } = told(stateWith({ tries, own: [6] }, { processes: { atMs: 0, views } }));
    assert.equal(suppressed.length, 1);
    assert.match(suppressed[0]?.why ?? '', /twice did not help/);
    assert.match(suppressed[0]?.wouldHelp ?? '', /cilghal with 41\.0 GB/);
  });

  test('activity is the latest first, twenty at most, at the time of day it was planned', () => {
    const deeds = Array.from({ length: 30 }, (_, at) => ({
      plan: freezePlan(at + 1, { plannedMs: at * 1000 }),
      outcome: 'effective' as const,
      got: 'Growth ended.',
      markedWrong: at === 29,
    }));
    const { activity } = told(stateWith({ deeds }));
    assert.equal(activity.length, 20);
    assert.deepEqual([activity[0]?.plan, activity[0]?.markedWrong, activity[19]?.plan], [30, true, 11]);
    assert.equal(activity[0]?.atMs, times.wallMs - (times.nowMs - 29_000));
  });

  test('seats beyond the machine, missing services and a seat as a target are told', () => {
    const seat = {
      ...seatDefaults,
      name: 'Cilghal',
      class: 'protected' as const,
      label: 'com.cilghal',
      peakBytes: 70 * GB,
      wiredBytes: 0,
      oracle: null,
      drainSeconds: 30,
    };
    const config = {
      ...defaultConfig,
      seats: [seat],
      relief: { ...defaultConfig.relief, dependsOn: ['com.here', 'com.gone'] },
    };
    const bootout = planOf({ verb: 'bootout', seat: 'Cilghal', label: 'com.cilghal', class: 'protected', targets: [] });
    const state = stateWith(
      { approvals: approvals([open(1, { plan: bootout })]) },
      {
        services: [['com.here', 5]],
        seats: [
          {
            name: 'Cilghal',
            processes: [],
            footprintBytes: 21 * GB,
            rssBytes: 0,
            lifetimePeakBytes: 0,
            wiredBytes: 0,
            growthBytesPerSecond: null,
            atMs: 0,
            life: { state: 'running', sinceMs: 0, main: null, mainSinceMs: 0, load: 'over', stillSinceMs: null },
          },
        ],
      },
    );
    const relief = told(state, config);
    assert.deepEqual(relief.envelope, { peaksBytes: 70 * GB, overBytes: 6 * GB });
    assert.deepEqual(relief.missingEnforcers, ['com.gone']);
    const target = relief.pending[0]?.target;
    assert.deepEqual([target?.kind, target?.name, target?.footprintBytes], ['seat', 'Cilghal', 21 * GB]);
  });

  test('however much there is and however long its names, it stays small; who answers gets all of it', () => {
    const long = 'x'.repeat(4000);
    const wide = freezePlan(1, {
      reason: long,
      act: { verb: 'freeze', entry, targets: [target(1, { name: long })], path: 'level' },
    });
    const proposals = Array.from({ length: 64 }, (_, at) =>
      open(at + 1, { plan: { ...wide, id: at + 1 }, impact: Array.from({ length: 40 }, () => long) }),
    );
    const state = stateWith({
      approvals: approvals(proposals),
      deeds: proposals.map(({ plan }) => ({ plan, outcome: 'useless', got: long, markedWrong: false })),
      sheds: Array.from({ length: 500 }, (_, at) => ({
        label: `com.example.${at}`,
        sinceMs: 0,
        plan: at,
        staysDown: false,
        restoring: null,
        toldMs: null,
        retryMs: 0,
      })),
      tries: Array.from({ length: 500 }, (_, at) => ({ key: String(at), name: long, useless: 3 })),
      explanation: {
        chosen: null,
        noop: long,
        passedOver: Array.from({ length: 3000 }, () => ({ target: long, code: 'floor', text: long })),
      },
    });
    const relief = told(state);
    assert.ok(JSON.stringify(relief).length <= 80 * 1024);
    assert.ok(relief.pending.length >= 16 && relief.pending.length < 64);
    assert.equal(relief.pending[0]?.id, 1);
    assert.equal(relief.pending[0]?.impact.at(-1), 'and 37 more');
    assert.equal(proposalsOf(state, defaultConfig, times).length, 64);
    const explanation = explanationSchema.parse(explanationOf(state, times.wallMs));
    assert.equal(explanation.passedOver.at(-1)?.target, 'and 2600 more');
    assert.ok(JSON.stringify(explanation).length < 512 * 1024);
  });

  test('sixty-four proposals as they usually are fit all', () => {
    const state = stateWith({ approvals: approvals(Array.from({ length: 64 }, (_, at) => open(at + 1))) });
    const relief = told(state);
    assert.equal(relief.pending.length, 64);
    assert.ok(JSON.stringify(relief).length <= 64 * 1024);
  });
});
