import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Moment } from '../../helper/incidents/moments.ts';
import { type Replayed, replay } from '../../helper/incidents/replay.ts';
import { readScenario } from '../../helper/incidents/scenario.ts';

/** How the recovery of a zombie can end otherwise than well: each time at the step that failed, said, and with nothing done after it. */

type Written = Record<string, unknown> & {
  readonly services: readonly Record<string, unknown>[];
  readonly processes: readonly Record<string, unknown>[];
  readonly machine: Record<string, unknown>;
  readonly config: Record<string, unknown>;
};

const written = (): Written =>
  JSON.parse(readFileSync(new URL('../scenarios/S-05-recovery.json', import.meta.url), 'utf8')) as Written;

const inference = (at: number, code: string, detail = '') => ({
  ...{ at, do: 'health', seat: 'Cilghal', channel: 'inference' },
  ...{ code, detail, takes: code === 'timeout' ? 60 : 1 },
});
const approve = (at: number, answer = 'ok') => ({ at, do: 'approve', verb: 'recover', target: 'Cilghal', answer });
/** It is a zombie by 1162 s, and its chat is well again when it was started anew. */
const usual = [inference(600, 'timeout', 'no answer within 60 s'), approve(1200), inference(1210, 'ok')];

const run = (change: (scenario: Written) => object, events: readonly object[] = usual): Replayed => {
  const scenario = { ...written(), duration: 2400, expect: {} };
  const read = readScenario(JSON.stringify({ ...scenario, events, ...change(scenario) }));
  assert.ok(read.ok, read.ok ? '' : JSON.stringify(read.failure));
  return replay(read.scenario);
};

const of = <K extends Moment['kind']>({ moments }: Replayed, kind: K): readonly Extract<Moment, { kind: K }>[] =>
  moments.filter((moment): moment is Extract<Moment, { kind: K }> => moment.kind === kind);
const alerts = (replayed: Replayed): readonly string[] =>
  of(replayed, 'alert').flatMap(({ alert, detail }) => (alert === 'recovery_failed' ? [detail] : []));
const starts = (replayed: Replayed): readonly string[] =>
  of(replayed, 'order').map(({ verb, seat }) => `${verb} ${seat}`);
const last = ({ snapshots }: Replayed) => {
  const state = [...snapshots.values()].at(-1)?.state;
  assert.ok(state !== undefined);
  return state;
};

/** The only failure told. */
const failure = (replayed: Replayed): string => {
  const [first = '', ...others] = alerts(replayed);
  assert.deepEqual(others, [], 'it is told once');
  assert.equal(last(replayed).relief.recovery, null);
  return first;
};

describe('the recovery of a zombie', () => {
  test('goes through its steps in their order, and is a receipt of ten answers', () => {
    const replayed = run(() => ({}));
    const steps = of(replayed, 'world').flatMap(({ text }) => /step (\d) of 5/.exec(text)?.[1] ?? []);
    assert.deepEqual(steps, ['1', '2', '3', '4', '5']);
    assert.deepEqual(alerts(replayed), []);
    assert.deepEqual(starts(replayed), ['start Cilghal']);
    const { deeds } = last(replayed).relief;
    assert.deepEqual(
      deeds.map(({ outcome, got }) => [outcome, got]),
      [['effective', 'Recovered: 10/10 prompts were answered.']],
    );
  });

  test('ends where it cannot be told to end, and starts nothing', () => {
    const replayed = run(() => ({ acts: [{ verb: 'recover', outcome: 'failed', detail: 'refused: not permitted' }] }));
    assert.match(failure(replayed), /^Recovery, step 2 of 5: .* It failed: refused: not permitted\. It still runs/);
    assert.deepEqual(starts(replayed), []);
    assert.equal(last(replayed).relief.stopping.length, 0, 'nobody waits for its end');
  });

  test('ends where not even SIGKILL ended it, and names who still runs', () => {
    const replayed = run(() => ({ acts: [{ verb: 'recover', outcome: 'timed_out' }] }));
    assert.match(
      failure(replayed),
      /step 2 of 5: .*is killed\. It failed: pid 2100 still runs, although it was killed/,
    );
    assert.deepEqual(starts(replayed), []);
  });

  test('starts nothing at a port that somebody else has, and names him', () => {
    const thief = { pid: 4000, name: 'nc', command: '/usr/bin/nc -l 1337', footprint: '0.01 GB', from: 1205 };
    const replayed = run(({ processes }) => ({
      processes: [...processes, { ...thief, listening: ['127.0.0.1:1337'] }],
    }));
    assert.match(
      failure(replayed),
      /step 3 of 5: .*127\.0\.0\.1:1337 is not free: \/usr\/bin\/nc[^(]* \(pid 4000\) has it/,
    );
    assert.deepEqual(starts(replayed), []);
  });

  test('starts nothing while the memory of the zombie has not come back', () => {
    const replayed = run(({ services, processes }) => ({
      machine: { total: '64 GB', available: '30 GB', wired: '4 GB', compressor: '0 GB' },
      services: services.map((service) => ({ ...service, frees: '0 GB' })),
      processes: processes.map((each) => ({ ...each, footprint: '21 GB' })),
    }));
    assert.match(
      failure(replayed),
      /step 3 of 5: .*It failed: only 0 MB of the 21\.0 GB it held came back\. It has ended/,
    );
    assert.deepEqual(starts(replayed), []);
  });

  test('ends where the seat does not fit any more, and keeps nothing waiting', () => {
    const replayed = run(() => ({
      machine: { total: '64 GB', available: '30 GB', wired: '4 GB', compressor: '0 GB' },
    }));
    assert.match(failure(replayed), /step 4 of 5: .* It failed: .*`castellan fits Cilghal`/);
    assert.deepEqual(starts(replayed), []);
    assert.deepEqual(last(replayed).seating.asks, []);
  });

  test('did not help when the prompts are not answered: three in a row are enough, and it says how many were', () => {
    const replayed = run(
      () => ({}),
      usual.filter((event) => !('code' in event) || event.code !== 'ok'),
    );
    assert.match(
      failure(replayed),
      /step 5 of 5: .* It failed: 0\/10 prompts were answered \(no answer within 60 s\)\. It runs/,
    );
    const [receipt] = of(replayed, 'receipt');
    assert.match(receipt?.text ?? '', /did not help/);
    assert.equal(last(replayed).relief.deeds.at(-1)?.outcome, 'useless');
    assert.deepEqual(starts(replayed), ['start Cilghal']);
  });

  test('is of one run of the seat: what started anew meanwhile is not touched', () => {
    const replayed = run(
      () => ({}),
      [...usual.slice(0, 1), { at: 1195, do: 'exit', pid: 2100 }, approve(1199, 'approval_changed')],
    );
    assert.deepEqual([alerts(replayed), starts(replayed)], [[], []]);
    assert.equal(last(replayed).relief.recovery, null);
  });

  test('is not gone on with by another keeper, which says how far it had come', () => {
    const replayed = run(() => ({}), [...usual, { at: 1215, do: 'keeper_dies', how: 'killed', restartsAfter: 5 }]);
    assert.match(
      failure(replayed),
      /^Recovery, step 2 of 5: it is told to end\. The keeper ended during it, .* end it by hand/,
    );
    assert.deepEqual(starts(replayed), []);
  });

  test('cut off at any step, it is told of once by the next keeper, however often that one is killed, and not gone on with', () => {
    // 1200 s approved, 1230 s killed, then started; ten prompts of 2 s each from about 1250 s on.
    const slow = { ...inference(1210, 'ok'), takes: 2 };
    const told = new Set<string>();
    for (const at of [1200.01, 1215, 1231.5, 1240, 1256]) {
      const dies = (from: number) => ({ at: from, do: 'keeper_dies', how: 'killed', restartsAfter: 2 });
      const replayed = run(() => ({}), [...usual.slice(0, 2), slow, dies(at), dies(at + 100)]);
      const detail = failure(replayed);
      assert.match(detail, /The keeper ended during it, and it is not gone on with\./);
      told.add(/step (\d) of 5/.exec(detail)?.[1] ?? '');
      const begun = starts(replayed).length;
      assert.ok(begun <= 1, `${begun} starts`);
      assert.equal(
        of(replayed, 'decision').filter(({ mode }) => mode === 'approved').length,
        1,
        'the operator has approved one',
      );
    }
    assert.ok(told.size >= 3, `steps ${[...told].join(', ')}`);
  });

  test('approved twice it is done once, and what has expired or was not confirmed is not done', () => {
    const twice = run(() => ({}), [...usual, approve(1200.5, 'approval_used'), approve(1300, 'approval_used')]);
    assert.deepEqual(twice.deviations, []);
    assert.deepEqual(starts(twice), ['start Cilghal']);
    assert.equal(of(twice, 'decision').filter(({ mode }) => mode === 'approved').length, 1);
    const unconfirmed = run(
      () => ({}),
      [...usual.slice(0, 1), { ...approve(1200, 'confirmation_needed'), confirmed: false }],
    );
    assert.deepEqual(unconfirmed.deviations, []);
    assert.deepEqual(starts(unconfirmed), []);
  });

  test('is asked for, and done, while automatic actions are paused: it is none', () => {
    const paused = run(() => ({}), [{ at: 590, do: 'pause', minutes: 60 }, ...usual]);
    assert.deepEqual([paused.deviations, alerts(paused), starts(paused)], [[], [], ['start Cilghal']]);
  });

  test('nothing is killed when the dry run is chosen while it drains', () => {
    const replayed = run(() => ({}), [...usual, { at: 1215, do: 'mode', to: 'dry_run' }]);
    assert.match(failure(replayed), /step 2 of 5: .*nothing is killed since the dry run was chosen/);
    assert.deepEqual(starts(replayed), []);
    assert.ok(last(replayed).seats.some(({ processes }) => processes.some(({ id }) => id.pid === 2100)));
  });

  test('ends when the gateway does, in the middle of its prompts', () => {
    const slow = { ...inference(1210, 'ok'), takes: 5 };
    const replayed = run(() => ({}), [...usual.slice(0, 2), slow, { at: 1275, do: 'gateway', state: 'missing' }]);
    assert.match(
      failure(replayed),
      /step 5 of 5: .*nobody could ask it after [1-9] of 10 prompts: the gateway does not answer\. It runs/,
    );
  });

  test('is only shown in a dry run, and asked for but once when the operator says no', () => {
    const dry = run(
      ({ config }) => ({ config: { ...config, relief: { mode: 'dry_run' } } }),
      [...usual.slice(0, 1), approve(1200, 'only_dry_run')],
    );
    assert.deepEqual(dry.deviations, []);
    assert.deepEqual(
      of(dry, 'decision').map(({ verb, mode }) => [verb, mode]),
      [['recover', 'would_ask']],
    );
    const denied = run(
      () => ({}),
      [...usual.slice(0, 1), { at: 1200, do: 'deny', verb: 'recover', target: 'Cilghal' }],
    );
    assert.deepEqual(denied.deviations, []);
    assert.equal(of(denied, 'decision').length, 1);
    assert.deepEqual(last(denied).relief.approvals.open, []);
  });

  test('is not offered while nobody knows whether its files are whole', () => {
    const replayed = run(
      () => ({}),
      [inference(600, 'timeout'), { at: 600, do: 'health', seat: 'Cilghal', channel: 'integrity', code: 'unreadable' }],
    );
    assert.deepEqual(of(replayed, 'decision'), []);
    assert.ok(
      last(replayed).relief.explanation.passedOver.some(
        ({ act, code }) => act === 'recover' && code === 'files_failing',
      ),
    );
  });
});

describe('a fallback that has just been told to start', () => {
  const label = 'com.sanctum.spare';
  const lived = (later: readonly object[]): Replayed =>
    run(
      ({ config, services, processes }) => ({
        machine: { total: '64 GB', available: '52 GB', wired: '4 GB', compressor: '0 GB' },
        config: {
          ...config,
          seats: [
            ...['Calm'].map((name) => ({ name, class: 'on_call', label: 'com.sanctum.calm', peakBytes: '6 GB' })),
          ].map((seat) => ({ ...seat, port: 1400, fallback: label })),
        },
        services: [...services, { label, loaded: false, drain: 1 }, { label: 'com.sanctum.calm', loaded: false }],
        processes: [
          ...processes,
          { pid: 2300, name: 'spare', command: '/opt/spare', footprint: '2 GB', service: label, cpu: 0 },
          { pid: 2301, name: 'calm', command: '/opt/calm', footprint: '2 GB', service: 'com.sanctum.calm', cpu: 0 },
        ],
      }),
      [{ at: 100.1, do: 'fallback', seat: 'Calm' }, ...later],
    );

  test('keeps the seat from being loaded beside it, before anybody has seen it run', () => {
    const replayed = lived([{ at: 100.3, do: 'ensure', seat: 'Calm', gets: 'refused', within: 1 }]);
    assert.deepEqual([replayed.deviations, starts(replayed)], [[], []]);
    assert.ok(
      of(replayed, 'answer').some(({ text }) => /is being started and stands in for Calm/.test(text)),
      JSON.stringify(of(replayed, 'answer')),
    );
  });

  test('and no longer than it runs', () => {
    const replayed = lived([
      { at: 130, do: 'fallback', seat: 'Calm', to: 'stop' },
      { at: 140, do: 'ensure', seat: 'Calm', gets: 'ready', wait: 60, within: 120 },
    ]);
    assert.deepEqual(starts(replayed), ['start Calm'], JSON.stringify(replayed.deviations));
  });
});
