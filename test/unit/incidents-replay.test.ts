import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replay } from '../../helper/incidents/replay.ts';
import { readScenario, type Scenario } from '../../helper/incidents/scenario.ts';

/** Orange by swap from the start; one service that may be shed, one process that grows and may be frozen. */
const base = {
  name: 'x',
  story: 'y',
  duration: '30 s',
  machine: { total: '64 GB', available: '12 GB', swapUsed: '27 GB', swapTotal: '31 GB' },
  config: { relief: { services: [{ label: 'com.example.shed', at: 'orange' }] } },
  services: [{ label: 'com.example.shed', respawn: '5 s', respawnPids: [20] }],
  processes: [{ pid: 10, name: 'shed', command: '/opt/shed', footprint: '2 GB', service: 'com.example.shed' }],
};

const scenarioOf = (change: object): Scenario => {
  const read = readScenario(JSON.stringify({ ...base, expect: {}, ...change }));
  if (!read.ok) throw new Error(read.failure.detail);
  return read.scenario;
};

const deviationsOf = (expect: object, change: object = {}): readonly string[] =>
  replay(scenarioOf({ ...change, expect })).deviations.map(({ text }) => text);

const shed = { verb: 'shed', target: 'com.example.shed', mode: 'live' };

describe('an expectation that does not come true', () => {
  test('holds when it does', () => {
    const right = {
      timeline: [{ at: 6, ...shed }],
      nothingElse: true,
      levels: [{ at: 10, level: 'orange' }],
      counts: [{ verb: 'shed', min: 1, max: 1 }],
      never: [{ verb: 'kill' }],
      state: [{ at: 8, shed: ['com.example.shed'], stopped: [] }],
    };
    assert.deepEqual(deviationsOf(right), []);
  });

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    [
      'at another time',
      { timeline: [{ at: 20, ...shed }] },
      /expected shed of com\.example\.shed \(live\) at 0:20\.000 ± 2 s; it came at 0:0/,
    ],
    [
      'of another verb',
      { timeline: [{ at: 6, ...shed, verb: 'freeze' }] },
      /expected freeze of .*what comes next is shed/,
    ],
    [
      'of another target',
      { timeline: [{ at: 6, ...shed, target: 'com.example.other' }] },
      /expected shed of com\.example\.other/,
    ],
    ['in another mode', { timeline: [{ at: 6, ...shed, mode: 'dry_run' }] }, /\(dry run\) at/],
    ['for another reason', { timeline: [{ at: 6, ...shed, reasonContains: 'the moon' }] }, /should contain "the moon"/],
    ['that nothing happens', { nothingElse: true }, /nothing like this is expected: shed/],
    ['that it never happens', { never: [{ verb: 'shed' }] }, /there should never be shed of anything; there is shed/],
    ['of fewer', { counts: [{ verb: 'shed', max: 0 }] }, /expected at most 0 × shed/],
    ['of more', { counts: [{ verb: 'shed', min: 3 }] }, /expected at least 3 × shed of anything; there is 1/],
    ['of another level', { levels: [{ at: 10, level: 'red' }] }, /expected level red at 0:10\.000; it is orange/],
    [
      'of an alert',
      { alerts: [{ kind: 'brake_exhausted', by: 20 }] },
      /expected alert brake_exhausted by 0:20\.000; none came/,
    ],
    ['of words', { explain: [{ at: 10, contains: 'the moon' }] }, /should contain "the moon"; it is "/],
    ['of what is shed', { state: [{ at: 8, shed: [] }] }, /what is shed should be nothing; it is com\.example\.shed/],
    ['of what stands still', { state: [{ stopped: [10] }] }, /what stands still should be 10; it is nothing/],
    [
      'of what waits',
      { state: [{ pending: [{ verb: 'kill', target: 10 }] }] },
      /kill of pid 10 should wait for the operator; nothing does/,
    ],
    ['of a finding', { lint: [{ contains: 'the moon' }] }, /the checks of the policy should say "the moon"/],
    [
      'of an admission',
      { admission: [{ at: 5, seat: 'None', admits: true }] },
      /None should be admitted at 0:05\.000.*refused/,
    ],
  ];
  for (const [what, expect, sentence] of wrong)
    test(`fails with a sentence: ${what}`, () => {
      const deviations = deviationsOf(expect);
      assert.ok(
        deviations.some((text) => sentence.test(text)),
        deviations.join('\n') || 'no deviation',
      );
    });

  test('fails with a sentence: an answer to the operator', () => {
    const events = [{ at: 10, do: 'restore', label: 'com.example.shed', answer: 'gate_closed' }];
    assert.match(deviationsOf({}, { events }).join('\n'), /should be answered gate_closed; the answer was/);
    const unknown = [{ at: 10, do: 'deny', verb: 'kill', target: 10 }];
    assert.match(deviationsOf({}, { events: unknown }).join('\n'), /cannot deny kill of pid 10: it was not proposed/);
  });

  test('the earliest deviation comes first', () => {
    const { deviations } = replay(
      scenarioOf({
        expect: {
          levels: [
            { at: 25, level: 'red' },
            { at: 10, level: 'red' },
          ],
          never: [{ verb: 'shed' }],
        },
      }),
    );
    assert.deepEqual(
      deviations.map(({ atMs }) => atMs),
      [...deviations.map(({ atMs }) => atMs)].sort((a, b) => a - b),
    );
    assert.match(deviations[0]?.text ?? '', /never be shed/);
  });
});

describe('the scripted machine', () => {
  const memoryAt = (scenario: Scenario, atMs: number): number | null | undefined =>
    replay(scenario).snapshots.get(atMs)?.state.machine?.availableBytes;
  const GB = 2 ** 30;

  test('gives back what an act freed, and takes it again when it is started anew', () => {
    const scenario = scenarioOf({ expect: { levels: [4, 10, 20].map((at) => ({ at, level: 'orange' })) } });
    assert.deepEqual(
      [4_000, 10_000, 20_000].map((at) => memoryAt(scenario, at)),
      [12 * GB, 14 * GB, 12 * GB],
    );
  });

  test('keeps what a job does not give back', () => {
    const services = [{ label: 'com.example.shed', frees: '0.5 GB' }];
    const scenario = scenarioOf({ services, expect: { levels: [{ at: 20, level: 'orange' }] } });
    assert.equal(memoryAt(scenario, 20_000), 12.5 * GB);
  });

  test('holds what stands still and lets it go on from there', () => {
    const scenario = scenarioOf({
      config: {},
      services: [],
      processes: [
        {
          pid: 30,
          name: 'n',
          command: 'c',
          footprint: [
            [0, '1 GB'],
            [30, '4 GB'],
          ],
        },
      ],
      events: [
        { at: 10, do: 'signal', pid: 30, signal: 'STOP' },
        { at: 20, do: 'signal', pid: 30, signal: 'CONT' },
      ],
      expect: {
        levels: [12, 20, 30].map((at) => ({ at, level: 'orange' })),
        state: [{ at: 12, stopped: [30] }, { stopped: [] }],
      },
    });
    const replayed = replay(scenario);
    assert.deepEqual(
      replayed.deviations.filter(({ text }) => text.includes('stands still')),
      [],
    );
    const footprints = [12_000, 20_000, 30_000].map(
      (at) =>
        replayed.snapshots.get(at)?.state.processes?.views.find(({ process }) => process.id.pid === 30)?.process
          .footprintBytes,
    );
    assert.deepEqual(footprints, [2 * GB, 2 * GB, 3 * GB]);
  });

  test('a failing sensor is a fact, and nothing is done while it fails', () => {
    const events = [{ at: 2, do: 'sensor', sensor: 'memory', for: '60 s' }];
    const { deviations } = replay(
      scenarioOf({ events, expect: { never: [{ mode: 'live' }], state: [{ at: 20, mode: 'observe_only' }] } }),
    );
    assert.deepEqual(deviations, []);
  });

  test('without a keeper nothing is judged, and a new one begins anew', () => {
    const events = [{ at: 3, do: 'keeper_dies', how: 'killed', restartsAfter: '10 s' }];
    const expect = { timeline: [{ at: 18.5, within: '1.5 s', ...shed }], levels: [{ at: 12, level: 'green' }] };
    assert.deepEqual(deviationsOf(expect, { events }), []);
  });

  test('an act can end badly, and is told to', () => {
    const acts = [{ verb: 'shed', outcome: 'failed', detail: 'launchd says no' }];
    const { moments } = replay(scenarioOf({ acts, expect: {} }));
    const result = moments.find((moment) => moment.kind === 'result');
    assert.equal(result?.kind === 'result' && result.detail, 'launchd says no');
    assert.ok(moments.every((moment) => moment.kind !== 'world' || !moment.text.includes('has ended')));
  });
});
