import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ProcessReading } from '../../helper/host/reading.ts';
import { createInputDecoder, plainLines } from '../../helper/journal/input-decoder.ts';
import { createInputEncoder } from '../../helper/journal/input-encoder.ts';
import { gapLine, isCheckpointText, isGapLine } from '../../helper/journal/input-form.ts';
import { readInputs, wholeLines } from '../../helper/journal/inputs.ts';
import { createSegments, segmentNumbers, segmentPath } from '../../helper/journal/segments.ts';
import { createTableDecoder } from '../../helper/journal/table-decoder.ts';
import { createTableEncoder } from '../../helper/journal/table-encoder.ts';
import type { Input } from '../../helper/keeper/judgement/events.ts';
import type { SeatSigns } from '../../helper/keeper/judgement/reading.ts';
import { machineReading, processReading, processTable, readingOf } from '../fakes/readings.ts';
import { folder } from './journal-support.ts';

const viaJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Rows as hosts give them, and rows as none should. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(undefined, Number.NaN, -0, Number.POSITIVE_INFINITY, new Date(0)),
  fc.record({ id: fc.jsonValue(), name: fc.jsonValue() }),
  fc.record({
    id: fc.record({ pid: fc.integer({ max: 4, min: 0 }), start: fc.constant('s'), more: fc.jsonValue() }),
    command: fc.string(),
  }),
  fc.dictionary(fc.constantFrom('id', '7', 'x', '__proto__', 'command'), fc.oneof(fc.jsonValue(), fc.constant(-0))),
);
const regular = fc.record({
  id: fc.record({ pid: fc.integer({ min: 1, max: 9 }), start: fc.constantFrom('a', 'b') }),
  ppid: fc.integer({ min: 0, max: 3 }),
  name: fc.constantFrom('node', 'python3', ''),
  command: fc.constantFrom('node a.js', 'python3 -m mlx_lm.server', '', 'ü\u2028"'),
  footprintBytes: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(Number.NaN, -0, 2 ** 53 - 1)),
  wiredBytes: fc.option(fc.integer({ min: 0, max: 2 })),
});
const tables = (row: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[][]> =>
  fc.array(fc.array(row, { maxLength: 12 }), { maxLength: 8 });

describe('process tables written against each other', () => {
  for (const [what, rows] of [
    ['of processes', regular],
    ['of processes and of what no host should give', fc.oneof({ weight: 4, arbitrary: regular }, odd)],
  ] as const)
    test(`tables ${what} come back as they were, byte for byte`, () => {
      fc.assert(
        fc.property(tables(rows), fc.integer({ min: 0, max: 8 }), (all, resetAt) => {
          const encoder = createTableEncoder();
          const decoder = createTableDecoder();
          for (const [index, table] of all.entries()) {
            if (index === resetAt) {
              encoder.reset();
              decoder.reset();
            }
            assert.equal(JSON.stringify(decoder.decode(viaJson(encoder.encode(table)))), JSON.stringify(table));
          }
        }),
        { numRuns: 500 },
      );
    });

  test('a table that has not changed is one number, a changed figure a few characters', () => {
    const encoder = createTableEncoder();
    const rows = Array.from({ length: 600 }, (_, index) => processReading(index));
    encoder.encode(rows);
    assert.deepEqual(encoder.encode(rows.map((row) => ({ ...row }))), [600]);
    const changed = rows.with(7, processReading(7, { cpuMs: 12 })).toSpliced(9, 1);
    assert.deepEqual(encoder.encode(changed), [7, [12, 12], 1, -10, 590]);
  });

  test('what are no operations on the table before is told, and no exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (operations) => {
        const decoded = createTableDecoder().decode(operations);
        assert.ok(decoded === null || Array.isArray(decoded));
      }),
      { numRuns: 300 },
    );
    assert.equal(createTableDecoder().decode([3]), null);
    assert.equal(createTableDecoder().decode([[1, 2]]), null);
  });
});

const noSigns: SeatSigns = {
  lastExits: [],
  traffic: [],
  executableGone: [],
  bands: [],
  gpuLimit: { kind: 'not_evaluated', why: 'a test' },
};

const inputs: fc.Arbitrary<Input> = fc
  .record({
    nowMs: fc.integer({ min: 0, max: 1_000_000 }),
    depth: fc.constantFrom('fast' as const, 'slot' as const, 'full' as const),
    processes: fc.array(regular, { maxLength: 10 }),
    services: fc.option(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.option(fc.nat(3))), { maxLength: 2 })),
    facts: fc.array(fc.constantFrom('refused', 'gone'), { maxLength: 2 }),
    exits: fc.option(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: -9, max: 1 })), { maxLength: 2 })),
    isEvent: fc.boolean(),
  })
  .map(({ nowMs, depth, processes, services, facts, exits, isEvent }) => {
    const rows = processes as unknown as readonly ProcessReading[];
    const told = facts.map((detail) => ({ sensor: 'processes' as const, problem: 'refused' as const, detail }));
    const table = depth === 'full' ? { ...processTable(rows, nowMs), facts: told } : null;
    const reading = readingOf(depth, machineReading({ atMs: nowMs }), {
      services,
      table,
      chosen: rows.slice(0, 2),
      signs: exits === null || depth === 'fast' ? null : { ...noSigns, lastExits: exits },
    });
    return { nowMs, reading: isEvent ? null : reading, events: isEvent ? [{ type: 'look' }] : [] };
  });

describe('inputs written against each other', () => {
  test('lines come back as they were, and each segment stands on its own', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ input: inputs, checkpoint: fc.integer({ min: 0, max: 6 }).map((roll) => roll === 0) }), {
          maxLength: 40,
        }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, batch) => {
          const directory = join(folder(t), 'inputs');
          const options = { directory, segmentBytes: 2_000, segments: 1_000, mayBegin: isCheckpointText };
          const segments = createSegments(options);
          const encoder = createInputEncoder();
          const given: string[] = [];
          let waiting: string[] = [];
          const write = (line: string, plain: string): void => {
            given.push(plain);
            waiting.push(line);
            if (waiting.length < batch) return;
            assert.deepEqual(segments.append(waiting), { ok: true });
            waiting = [];
          };
          for (const { input, checkpoint } of steps) {
            if (checkpoint) {
              const line = JSON.stringify({ checkpoint: { nowMs: input.nowMs }, config: {} });
              write(line, line);
              encoder.reset();
            }
            write(encoder.line(input), JSON.stringify(input));
          }
          assert.deepEqual(segments.append(waiting), { ok: true });
          segments.close();
          const read: string[] = [];
          for await (const line of readInputs(directory)) read.push(line);
          assert.deepEqual(read, given);

          // From the checkpoint a segment begins with nothing before it is needed. One that overran may not begin with one.
          if (given.length === 0) return;
          const last = segmentNumbers(readdirSync(directory)).at(-1) ?? 0;
          const lines: string[] = [];
          for await (const line of wholeLines(segmentPath(directory, last))) lines.push(line);
          if (!isCheckpointText(lines[0] ?? '')) return;
          const alone: string[] = [];
          for await (const line of plainLines(lines)) alone.push(line);
          assert.deepEqual(alone, given.slice(-lines.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('behind a lost line there are gaps until one stands alone, never a wrong table', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(inputs, { minLength: 2, maxLength: 20 }),
        fc.nat(19),
        fc.nat(4),
        async (all, lost, late) => {
          const encoder = createInputEncoder();
          const decoder = createInputDecoder();
          for (const [index, input] of all.entries()) {
            // The loss is noticed a few lines later.
            if (index === lost + late + 1) encoder.reset();
            const line = encoder.line(input);
            if (index === lost) continue;
            const decoded = decoder.line(line);
            const isHurt = index > lost && index <= lost + late;
            if (isHurt && isGapLine(decoded)) continue;
            assert.equal(decoded, JSON.stringify(input));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('what is damaged is a gap, what is not ours is left as it is', () => {
    const decoder = createInputDecoder();
    for (const line of ['{"delta":', '{"delta":{"of":3}}', '{"delta":{"of":null},"input":{}}', '{"delta":1,"input":2}'])
      assert.equal(decoder.line(line), gapLine(1));
    for (const line of ['not JSON', '{"nowMs":1}', '']) assert.equal(decoder.line(line), line);
  });
});
