import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Moment } from '../../helper/incidents/moments.ts';
import { replay } from '../../helper/incidents/replay.ts';
import { readScenario } from '../../helper/incidents/scenario.ts';

/** What holds of recoveries and fallbacks whatever befalls the seat, the files, the port, the operator and the keeper meanwhile. */

const seed = Number(process.env.CASTELLAN_SEED ?? Math.floor(Math.random() * 2 ** 31));
const durationS = 2_400;

const label = 'com.sanctum.cilghal';
const listening = ['127.0.0.1:1337'];
const process_ = (pid: number, name: string, footprint: string, service: string) => ({
  ...{ pid, name, command: `/opt/${name}`, footprint, wired: '0.001 GB', cpu: 0, service, listening },
});

const anEvent = fc.oneof(
  fc.record({
    do: fc.constant('health'),
    seat: fc.constant('Cilghal'),
    channel: fc.constantFrom('inference', 'inference', 'integrity', 'cheap'),
    code: fc.constantFrom('ok', 'ok', 'empty_answer', 'refused'),
  }),
  fc.constantFrom(
    { do: 'approve', verb: 'recover', target: 'Cilghal' },
    { do: 'approve', verb: 'recover', target: 'Cilghal' },
    { do: 'approve', verb: 'fallback', target: 'Cilghal' },
    { do: 'deny', verb: 'recover', target: 'Cilghal' },
    { do: 'fallback', seat: 'Cilghal' },
    { do: 'fallback', seat: 'Cilghal', to: 'stop' },
    { do: 'exit', pid: 2100, code: 1 },
    { do: 'ensure', seat: 'Codestral', gets: 'ready' },
    { do: 'keeper_dies', how: 'killed', restartsAfter: 2 },
    { do: 'gateway', state: 'missing' },
    { do: 'mode', to: 'dry_run' },
    { do: 'starve', for: 40 },
    { do: 'sensor', sensor: 'processes', for: 20 },
  ),
);

const aLife = fc.record({
  isProtected: fc.boolean(),
  drainS: fc.constantFrom(1, 20, 100_000),
  frees: fc.constantFrom(undefined, undefined, undefined, undefined, '0 GB'),
  thiefFromS: fc.constantFrom(null, null, null, null, 900, 1_500),
  /** Most operators say yes sooner or later. */
  approvedAtS: fc.constantFrom(null, 620, 900, 1_300),
  worksAgain: fc.constantFrom(true, true, false),
  events: fc.array(fc.tuple(fc.integer({ min: 600, max: durationS - 60 }), anEvent), { minLength: 3, maxLength: 14 }),
});
type Life = typeof aLife extends fc.Arbitrary<infer L> ? L : never;

const timesS = Array.from({ length: durationS / 10 }, (_, index) => 10 * (index + 1));

const lived = (life: Life) => {
  const { isProtected, drainS, frees, thiefFromS, approvedAtS, worksAgain, events } = life;
  const well = { do: 'health', seat: 'Cilghal', channel: 'inference', code: 'ok' };
  const approved =
    approvedAtS === null
      ? []
      : [
          { at: approvedAtS, do: 'approve', verb: 'recover', target: 'Cilghal' },
          ...(worksAgain ? [{ at: approvedAtS + 5, ...well }] : []),
        ];
  const thief = { pid: 4000, name: 'nc', command: '/usr/bin/nc -l 1337', footprint: '0.01 GB', cpu: 0, listening };
  const read = readScenario(
    JSON.stringify({
      ...{ name: 'a life', story: '', duration: durationS },
      // Beside what is not loaded, which the scripted machine counts as given back.
      machine: { total: '64 GB', available: '18 GB', wired: '4 GB', compressor: '0 GB' },
      config: {
        seats: [
          {
            ...{ name: 'Cilghal', class: isProtected ? 'protected' : 'on_call', label, peakBytes: '30 GB' },
            ...{ wiredBytes: '1 GB', checked: true, drainSeconds: 10, port: 1337, fallback: 'com.sanctum.spare' },
          },
          { name: 'Codestral', class: 'on_call', label: 'com.sanctum.codestral', peakBytes: '25 GB' },
        ],
      },
      services: [
        { label, drain: drainS, ...(frees === undefined ? {} : { frees }) },
        { label: 'com.sanctum.spare', loaded: false, drain: 1 },
        { label: 'com.sanctum.codestral', loaded: false, drain: 1 },
      ],
      processes: [
        process_(2100, 'server', '12 GB', label),
        process_(2300, 'spare', '6 GB', 'com.sanctum.spare'),
        { ...process_(2400, 'codestral', '20 GB', 'com.sanctum.codestral'), listening: [] },
        ...(thiefFromS === null ? [] : [{ ...thief, from: thiefFromS }]),
      ],
      events: [
        // From its first question on, so that it is known for a zombie within ten minutes.
        { at: 0, do: 'health', seat: 'Cilghal', channel: 'inference', code: 'empty_answer' },
        ...approved,
        ...events.map(([at, event]) => ({ ...event, at })),
      ],
      expect: { state: timesS.map((at) => ({ at })) },
    }),
  );
  assert.ok(read.ok, read.ok ? '' : JSON.stringify(read.failure));
  return replay(read.scenario);
};

const decided = (moments: readonly Moment[], verb: string, mode: string) =>
  moments.filter((each) => each.kind === 'decision' && each.verb === verb && each.mode === mode);

describe('recoveries and fallbacks', () => {
  test('are an operator’s word each, start a seat once at most for it, and never run beside one another', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const { moments, snapshots } = lived(life);
        const begun = decided(moments, 'recover', 'approved').length;
        const starts = moments.filter(
          (each) => each.kind === 'order' && each.verb === 'start' && each.seat === 'Cilghal',
        );
        assert.ok(starts.length <= begun, `${starts.length} starts after ${begun} approvals`);
        for (const verb of ['recover', 'fallback', 'fallback_end', 'kill'])
          assert.deepEqual(decided(moments, verb, 'live'), [], `${verb} by itself`);
        for (const { atMs, state } of snapshots.values()) {
          const when = `at ${atMs / 1000} s`;
          const services = new Map(state.services ?? []);
          const runs = [label, 'com.sanctum.spare'].filter((each) => (services.get(each) ?? null) !== null);
          assert.ok(runs.length <= 1, `${runs.join(' and ')} ${when}`);
          const { recovery } = state.relief;
          if (recovery !== null && ['free', 'start', 'smoke'].includes(recovery.step))
            for (const { id } of recovery.plan.act.targets)
              assert.ok(
                !state.seats.some(({ processes }) =>
                  processes.some((each) => each.id.start === id.start && each.id.pid === id.pid),
                ),
                `pid ${id.pid} still runs ${when}, at ${recovery.step}`,
              );
          const seat = state.seating.seats.find(({ name }) => name === 'Cilghal');
          if (state.relief.recovery !== null && !life.isProtected && seat !== undefined)
            assert.ok(seat.isHeld, `its claim is let go ${when}, at ${state.relief.recovery.step}`);
        }
      }),
      { seed, numRuns: 40 },
    );
  });

  test('are the same each time they are lived', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        assert.deepEqual(lived(life).moments, lived(life).moments);
      }),
      { seed, numRuns: 8 },
    );
  });

  test('end: whatever happens, a recovery comes to its receipt, its failure or its withdrawal', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const calm = life.events.filter(([, { do: what }]) => what !== 'keeper_dies' && what !== 'sensor');
        const replayed = lived({ ...life, events: calm.filter(([at]) => at < 1_500) });
        const last = [...replayed.snapshots.values()].at(-1)?.state;
        assert.ok(last !== undefined);
        assert.equal(last.relief.recovery, null, JSON.stringify(last.relief.recovery?.step));
        const open = last.relief.deeds.filter(
          ({ plan, outcome }) => plan.act.verb === 'recover' && outcome === 'pending',
        );
        assert.deepEqual(open, []);
      }),
      { seed, numRuns: 40 },
    );
  });
});
