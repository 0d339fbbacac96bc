import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Moment } from '../../helper/incidents/moments.ts';
import { replay } from '../../helper/incidents/replay.ts';
import { readScenario, type Scenario } from '../../helper/incidents/scenario.ts';

/** Whatever is asked of seats and whatever happens to them, over the scripted machine in virtual time. */

const names = ['Codestral', 'Gemma', 'Cilghal'] as const;
type Name = (typeof names)[number];
const labelOf = (name: Name): string => `com.sanctum.${name.toLowerCase()}`;
const pidOf: Readonly<Record<Name, number>> = { Cilghal: 2100, Codestral: 2200, Gemma: 2300 };
const durationSeconds = 1_500;
/** Long enough for any start: two drains, room to be made, and two times to become ready. */
const patienceSeconds = 400;

const at = fc.integer({ min: 0, max: 900 });
const onCall = fc.constantFrom('Codestral' as const, 'Gemma' as const);

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ensure'),
      at,
      seat: fc.constantFrom(...names),
      wait: fc.constantFrom(0, 20),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('release'), at, seat: fc.constantFrom(...names), cut: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('traffic'),
      at,
      seat: onCall,
      inFlight: fc.integer({ min: 0, max: 2 }),
      bytes: fc.integer({ min: 0, max: 1000 }),
      ticks: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: onCall.chain((seat) =>
      fc.record({ do: fc.constant('exit'), at, pid: fc.constant(pidOf[seat]), code: fc.constantFrom(0, 1, 78, -9) }),
    ),
  },
  {
    weight: 1,
    arbitrary: onCall.chain((seat) =>
      fc.record({ do: fc.constant('delete_executable'), at, pid: fc.constant(pidOf[seat]) }),
    ),
  },
  {
    weight: 1,
    arbitrary: onCall.chain((seat) =>
      fc.record({
        do: fc.constant('signal'),
        at,
        pid: fc.constant(pidOf[seat]),
        signal: fc.constantFrom('STOP', 'CONT'),
      }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('starve'), at, for: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sensor'),
      at,
      sensor: fc.constantFrom('services', 'memory', 'processes'),
      for: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: onCall.chain((seat) =>
      fc.record({
        do: fc.constant('service'),
        at,
        label: fc.constant(labelOf(seat)),
        state: fc.constantFrom('up', 'down'),
      }),
    ),
  },
);

const service = fc.record(
  {
    loaded: fc.boolean(),
    drain: fc.integer({ min: 0, max: 20 }),
    readyAfter: fc.constantFrom(0, 2, 10, 9_999),
    respawn: fc.constantFrom(1, 10),
    exitsAfter: fc.constantFrom(1, 30, 400),
    exitCode: fc.constantFrom(0, 1, 78),
  },
  { requiredKeys: ['loaded', 'drain', 'readyAfter'] },
);

const seat = fc.record({
  peak: fc.integer({ min: 5, max: 20 }),
  asked: fc.boolean(),
  idleSeconds: fc.constantFrom(0, 60, 300),
  readySeconds: fc.constantFrom(15, 40),
  service,
});

const cases = fc.record({
  Codestral: seat,
  Gemma: seat,
  otherGb: fc.integer({ min: 1, max: 12 }),
  happenings: fc.array(happening, { minLength: 1, maxLength: 25 }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const gb = (value: number): string => `${value} GB`;

const scenarioOf = ({ otherGb, happenings, ...seats }: Case): Scenario => {
  const list = (['Codestral', 'Gemma'] as const).map((name) => ({ name, ...seats[name] }));
  const written = {
    name: 'random',
    story: 'random',
    duration: durationSeconds,
    machine: {
      total: '64 GB',
      available: gb(63 - 18 - 3 - otherGb - 13 * list.filter((each) => each.service.loaded).length),
      wired: '18 GB',
      compressor: '0 GB',
    },
    config: {
      seats: [
        { name: 'Cilghal', class: 'protected', label: labelOf('Cilghal'), peakBytes: '30 GB', wiredBytes: '18 GB' },
        ...list.map(({ name, peak, asked, idleSeconds, readySeconds }) => ({
          name,
          class: 'on_call',
          label: labelOf(name),
          peakBytes: gb(peak),
          asked,
          idleSeconds,
          readySeconds,
        })),
      ],
    },
    services: [
      { label: labelOf('Cilghal') },
      ...list.map(({ name, service: of }) => ({ label: labelOf(name), ...of })),
    ],
    processes: [
      {
        pid: pidOf.Cilghal,
        name: 'mlx',
        command: '/opt/mlx cilghal',
        footprint: '21 GB',
        wired: '18 GB',
        service: labelOf('Cilghal'),
        cpu: 0,
      },
      { pid: 3000, name: 'qemu', command: '/opt/qemu', footprint: gb(otherGb), cpu: 0 },
      ...list.map(({ name }) => ({
        pid: pidOf[name],
        name: 'mlx',
        command: `/opt/mlx ${name}`,
        footprint: [
          [0, '1 GB'],
          [4, '5 GB'],
        ],
        service: labelOf(name),
        cpu: 0,
      })),
    ],
    events: happenings.map((each) =>
      each.do === 'ensure' || each.do === 'release' ? { ...each, gets: 'ready', within: patienceSeconds } : each,
    ),
    expect: {},
  };
  const read = readScenario(JSON.stringify(written));
  assert.ok(read.ok, read.ok ? '' : read.failure.detail);
  return read.scenario;
};

type Order = Extract<Moment, { kind: 'order' }>;
const ordersOf = (moments: readonly Moment[]): readonly Order[] => moments.filter((moment) => moment.kind === 'order');

interface Logged {
  readonly nowMs: number;
  readonly seatAnswers: readonly { readonly request: number }[];
}

describe('seats, whatever happens', () => {
  test('one start at a time, a protected seat is never ended, everybody is answered once, and the same again is the same', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const scenario = scenarioOf(given);
        const { moments, log, deviations } = replay(scenario);
        const orders = ordersOf(moments);

        assert.deepEqual(
          orders.filter(({ seat: name }) => name === 'Cilghal'),
          [],
          'a protected seat is left alone',
        );

        for (const name of ['Codestral', 'Gemma']) {
          const ofSeat = orders.filter((order) => order.seat === name);
          for (const [index, order] of ofSeat.entries()) {
            const next = ofSeat[index + 1];
            if (order.verb !== 'start' || next?.verb !== 'start') continue;
            // A second start needs an end between: ordered, or by itself.
            const ended = moments.some(
              (moment) =>
                moment.kind === 'world' &&
                moment.atMs >= order.atMs &&
                moment.atMs <= next.atMs &&
                /has ended|cannot be started/.test(moment.text),
            );
            assert.ok(ended, `${name} is started at ${order.atMs} and again at ${next.atMs} ms`);
          }
        }

        assert.deepEqual(
          deviations.filter(({ text }) => text.includes('has not been answered')),
          [],
        );
        const answered = log.flatMap((line) => (JSON.parse(line) as Logged).seatAnswers.map(({ request }) => request));
        assert.equal(new Set(answered).size, answered.length, 'nobody is answered twice');

        assert.deepEqual(replay(scenario).log, log);
      }),
      { numRuns: 15 },
    );
  });

  test('what is started fits beside what is always kept; what is unloaded was idle, and had been there for a while', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { moments } = replay(scenarioOf(given));
        for (const { atMs, verb, seat: name, why } of ordersOf(moments)) {
          if (name === 'Cilghal') continue;
          if (verb === 'start') {
            const { peak } = given[name as 'Codestral' | 'Gemma'];
            const least = 30 + given.otherGb + peak;
            assert.ok(least <= 64, `${name} is started although ${least} GB are needed at least`);
            continue;
          }
          if (!why.startsWith('Nobody has used')) continue;
          const began = moments.findLast(
            (moment) =>
              moment.atMs <= atMs &&
              moment.kind === 'world' &&
              / starts as pid |has ended/.test(moment.text) &&
              moment.text.includes(name.toLowerCase()),
          );
          const sinceMs = began?.atMs ?? 0;
          assert.ok(atMs - sinceMs >= 120_000, `${name} is unloaded ${(atMs - sinceMs) / 1000} s after it came`);
          const reported = given.happenings
            .filter(
              (each) =>
                each.do === 'traffic' && each.seat === name && each.at * 1000 >= sinceMs && each.at * 1000 <= atMs,
            )
            .sort((a, b) => a.at - b.at)
            .at(-1);
          const inFlight = reported?.do === 'traffic' ? reported.inFlight : 0;
          assert.equal(inFlight, 0, `${name} is unloaded at ${atMs} ms with a request under way`);
        }
      }),
      { numRuns: 15 },
    );
  });
});
