import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultConfig, GB } from '../../helper/config/config.ts';
import type { MachineReading } from '../../helper/host/reading.ts';
import { decide } from '../../helper/keeper/judgement/decide.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import { sampleIntervalMs } from '../../helper/memory/cadence.ts';
import { initialLevel, type Level, observeLevel } from '../../helper/memory/level.ts';
import { tiersOf } from '../../helper/memory/tiers.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';

/** Any number a broken counter can return. */
const wild = fc.oneof(
  fc.integer({ min: 0, max: 64 * GB }),
  fc.double({ noDefaultInfinity: false, noNaN: false }),
  fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER),
);

const wildMachine = fc.record({
  freeBytes: wild,
  cachedBytes: wild,
  appBytes: wild,
  wiredBytes: wild,
  compressorBytes: wild,
  availableBytes: fc.option(wild, { nil: null }),
  kernelLevel: fc.option(fc.integer({ min: -2, max: 9 }), { nil: null }),
}) satisfies fc.Arbitrary<Partial<MachineReading>>;

test('tiers are never negative and always sum to the total, whatever the counters say', () => {
  fc.assert(
    fc.property(wildMachine, (change) => {
      const tiers = tiersOf(machineReading(change));
      const parts = Object.values(tiers);
      assert.ok(parts.every((bytes) => Number.isInteger(bytes) && bytes >= 0));
      assert.equal(
        parts.reduce((sum, bytes) => sum + bytes, 0),
        64 * GB,
      );
    }),
    { numRuns: 2000 },
  );
});

const level = fc.constantFrom<Level>(0, 1, 2, 3);

test('a promotion is backed by five seconds of slots that were all at least as bad', () => {
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 60 }), (slots) => {
      let state = initialLevel(0);
      for (const [slot, raw] of slots.entries()) {
        const next = observeLevel(state, slot * 2000, raw, true);
        if (next.level > state.level) {
          const backing = slots.slice(slot - 3, slot + 1);
          assert.equal(backing.length, 4);
          assert.ok(backing.every((each) => each >= next.level));
        } else assert.equal(next.level, Math.min(state.level, raw), 'one better slot recovers to exactly itself');
        state = next;
      }
    }),
    { numRuns: 2000 },
  );
});

test('the cadence stays between 2 ms and 2 s', () => {
  fc.assert(
    fc.property(
      fc.option(fc.double({ noNaN: true }), { nil: null }),
      fc.option(fc.double({ noNaN: true }), { nil: null }),
      (headroom, fill) => {
        const ms = sampleIntervalMs(headroom, fill);
        assert.ok(ms >= 2 && ms <= 2000, `${ms}`);
      },
    ),
  );
});

const anyEvent: fc.Arbitrary<KeeperEvent> = fc.oneof(
  fc.constant({ type: 'pressure' as const }),
  fc.record({ type: fc.constant('lookers' as const), count: fc.integer({ min: 0, max: 9 }) }),
  fc.record({
    type: fc.constant('effect' as const),
    id: fc.integer({ min: 0, max: 40 }),
    outcome: fc.constantFrom('ok' as const, 'failed' as const, 'timed_out' as const),
    detail: fc.string({ maxLength: 8 }),
  }),
  fc.record({ type: fc.constant('telemetry' as const), droppedRows: fc.integer({ min: 0, max: 9 }) }),
);

const anyStep = fc.record({
  afterMs: fc.integer({ min: 0, max: 20_000 }),
  depth: fc.constantFrom('fast' as const, 'slot' as const, 'full' as const),
  machine: wildMachine,
  events: fc.array(anyEvent, { maxLength: 3 }),
  silent: fc.boolean(),
});

test('decide is total: any sequence of readings and events moves time forward and never throws', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      let state: KeeperState = initialState(0);
      let nowMs = 0;
      const seen = new Set<number>();
      for (const step of steps) {
        nowMs += step.afterMs;
        const reading = step.silent ? null : readingOf(step.depth, machineReading({ atMs: nowMs, ...step.machine }));
        const decision = decide(state, { nowMs, reading, events: step.events }, defaultConfig);
        state = decision.state;
        if (reading !== null) assert.ok(state.next.atMs > nowMs && state.next.atMs <= nowMs + 2000);
        for (const effect of decision.effects) {
          assert.ok(!seen.has(effect.id), 'an effect id is given once');
          seen.add(effect.id);
        }
        if (state.tiers !== null)
          assert.equal(
            Object.values(state.tiers).reduce((sum, bytes) => sum + bytes, 0),
            64 * GB,
          );
      }
    }),
    { numRuns: 500 },
  );
});

test('the order of the process table changes no decision', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 2, max: 500 }), { minLength: 1, maxLength: 40 }),
      fc.integer(),
      (pids, seed) => {
        const processes = pids.map((pid) => processReading(pid, { ppid: pid % 7, footprintBytes: pid * GB }));
        const shuffled = [...processes].sort((a, b) => ((a.id.pid * seed) % 97) - ((b.id.pid * seed) % 97));
        const run = (table: typeof processes) => {
          const reading = readingOf('full', machineReading(), { table: processTable(table) });
          const { state, effects, reasons } = decide(initialState(0), { nowMs: 0, reading, events: [] }, defaultConfig);
          return JSON.stringify({ effects, reasons, level: state.level, next: state.next, seats: state.seats });
        };
        assert.equal(run(processes), run(shuffled));
      },
    ),
  );
});
