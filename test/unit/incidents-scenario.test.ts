import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readScenario, scenarioJsonSchema } from '../../helper/incidents/scenario.ts';
import { stepAt, type Track, valueAt } from '../../helper/incidents/tracks.ts';

const GB = 2 ** 30;
const smallest = {
  name: 'x',
  story: 'y',
  duration: '10 s',
  machine: { total: '64 GB', available: '20 GB' },
  expect: {},
};
const detailOf = (change: object): string => {
  const read = readScenario(JSON.stringify({ ...smallest, ...change }));
  return read.ok ? 'ok' : `${read.failure.code} ${read.failure.detail}`;
};

describe('a track', () => {
  const track = (points: readonly (readonly [number, number])[], everyMs: number | null = null): Track => {
    const [first, ...rest] = points.map(([atMs, value]) => ({ atMs, value }));
    if (first === undefined) throw new Error('no point');
    return { points: [first, ...rest], everyMs };
  };

  test('runs straight from point to point and stays at its ends', () => {
    const ramp = track([
      [10, 0],
      [20, 100],
    ]);
    assert.deepEqual(
      [0, 10, 15, 20, 99].map((at) => valueAt(ramp, at)),
      [0, 0, 50, 100, 100],
    );
  });

  test('jumps where two points have one time, and the later one holds from then on', () => {
    const jump = track([
      [0, 1],
      [10, 1],
      [10, 5],
    ]);
    assert.deepEqual(
      [9.9, 10, 11].map((at) => valueAt(jump, at)),
      [1, 5, 5],
    );
  });

  test('comes again when it is said to', () => {
    const wave = track(
      [
        [0, 1],
        [2, 1],
        [2, 9],
      ],
      4,
    );
    assert.deepEqual(
      [0, 1, 2, 3, 4, 6, 402].map((at) => valueAt(wave, at)),
      [1, 1, 9, 9, 1, 9, 9],
    );
  });

  test('of steps holds each value until the next', () => {
    const steps = track([
      [0, 1],
      [10, 4],
    ]);
    assert.deepEqual(
      [0, 9, 10, 50].map((at) => stepAt(steps, at)),
      [1, 1, 4, 4],
    );
  });
});

describe('a scenario file', () => {
  test('is read with sizes, times and defaults', () => {
    const read = readScenario(
      JSON.stringify({
        ...smallest,
        config: { relief: { entries: [{ name: 'e', pattern: 'x', freezeFloorBytes: '8.6 GB' }] } },
        processes: [
          {
            pid: 7,
            name: 'n',
            command: 'c',
            footprint: [
              [0, '1 GB'],
              ['1 min', 2 * GB],
            ],
          },
        ],
      }),
    );
    assert.ok(read.ok, JSON.stringify(read));
    const { scenario } = read;
    assert.equal(scenario.duration, 10_000);
    assert.equal(scenario.config.relief.mode, 'live');
    assert.equal(scenario.config.relief.entries[0]?.freezeFloorBytes, Math.round(8.6 * GB));
    assert.equal(scenario.config.pressure.yellow.availableBytes, 8 * GB);
    assert.deepEqual(scenario.processes[0]?.footprint.points, [
      { atMs: 0, value: GB },
      { atMs: 60_000, value: 2 * GB },
    ]);
  });

  test('that is wrong is refused with the place in the file', () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ machine: { total: '64 GB' } }, 'scenario_invalid machine.available: is missing.'],
      [{ machine: { total: 64.5, available: '1 GB' } }, 'scenario_invalid machine.total: 64.5 has no unit.'],
      [
        {
          machine: {
            total: '64 GB',
            available: [
              [0, '1 GB'],
              [-1, '1 GB'],
            ],
          },
        },
        'scenario_invalid machine.available: ',
      ],
      [
        {
          machine: {
            total: '64 GB',
            available: [
              [5, '1 GB'],
              [1, '1 GB'],
            ],
          },
        },
        'scenario_invalid machine.available: The time',
      ],
      [{ duration: 'long' }, 'scenario_invalid duration: "long" is not a duration.'],
      [
        { expect: { timeline: [{ at: 1, verb: 'frieze', mode: 'live' }] } },
        'scenario_invalid expect.timeline[0].verb: ',
      ],
      [{ expect: { timelines: [] } }, 'scenario_invalid expect: There is no key "timelines" here.'],
      [{ events: [{ at: 1, do: 'explode' }] }, 'scenario_invalid events[0].do: '],
      [{ events: [{ at: 1, do: 'exit' }] }, 'scenario_invalid events[0].pid: '],
      [{ events: [{ at: 99, do: 'exit', pid: 7 }] }, 'scenario_invalid events[0].at: the scenario is over by then.'],
      [
        { events: [{ at: 1, do: 'service', label: 'x', state: 'up' }] },
        'scenario_invalid events[0].label: there is no service "x".',
      ],
      [
        { processes: [7, 7].map((pid) => ({ pid, name: 'n', command: 'c', footprint: 1 })) },
        'scenario_invalid processes[1].pid: 7 is used twice.',
      ],
    ];
    for (const [change, expected] of cases) {
      const detail = detailOf(change);
      assert.ok(detail.startsWith(expected), `${JSON.stringify(change)}: ${detail}`);
    }
  });

  test('that is no JSON, or another thing, is refused as well', () => {
    for (const text of ['', '{', '[]', 'null', '7', '"x"', '{"nowMs":1}']) {
      const read = readScenario(text);
      assert.ok(!read.ok, text);
      assert.equal(read.failure.code, 'scenario_invalid');
    }
  });

  test('has a schema that names every part', () => {
    const schema = scenarioJsonSchema() as { properties: Readonly<Record<string, unknown>> };
    const written = JSON.parse(
      readFileSync(new URL('../scenarios/S-01-load-burst.json', import.meta.url), 'utf8'),
    ) as object;
    for (const key of Object.keys(written)) assert.ok(key in schema.properties, key);
  });
});
