import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { openHistory } from '../../helper/journal/history.ts';
import { gapLine, isGapLine } from '../../helper/journal/input-form.ts';
import { readInputs } from '../../helper/journal/inputs.ts';
import { createSegments } from '../../helper/journal/segments.ts';
import { folder, smallDisk, undo } from './journal-support.ts';

const all = async (directory: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of readInputs(directory)) lines.push(line);
  return lines;
};

describe('journal of inputs', () => {
  test('lines come back byte for byte, whatever is in them and however they are batched', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(
            fc.jsonValue().map((value) => JSON.stringify(value)),
            { maxLength: 8 },
          ),
          { maxLength: 8 },
        ),
        fc.integer({ min: 20, max: 400 }),
        async (batches, segmentBytes) => {
          const directory = join(folder(t), 'inputs');
          const segments = createSegments({ directory, segmentBytes, segments: 1_000 });
          for (const lines of batches) assert.deepEqual(segments.append(lines), { ok: true });
          segments.close();
          assert.deepEqual(await all(directory), batches.flat());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('through the worker they come back byte for byte too', async (t) => {
    const directory = folder(t);
    const lines = Array.from({ length: 500 }, (_, index) =>
      JSON.stringify({ index, text: 'ü "\n\u2028 €'.repeat(index % 7) }),
    );
    const history = openHistory({ directory, maxBytes: 2 ** 24 });
    undo(t, history.close);
    for (const line of lines) history.inputs.append(line);
    await history.close();
    assert.deepEqual(await all(join(directory, 'inputs')), lines);
    assert.deepEqual(history.inputs.stats(), { state: 'off', lostRows: 0 });
  });

  test('a line break inside a line is a mistake of the caller', (t) => {
    const history = openHistory({ directory: folder(t), maxBytes: 2 ** 24 });
    undo(t, history.close);
    assert.throws(() => history.inputs.append('{\n}'), TypeError);
  });

  test('segments rotate by size and the newest two are kept', async (t) => {
    const directory = join(folder(t), 'inputs');
    const segments = createSegments({ directory, segmentBytes: 1_000, segments: 2 });
    const lines = Array.from({ length: 100 }, (_, index) => JSON.stringify({ index, filler: 'x'.repeat(80) }));
    for (const line of lines) segments.append([line]);
    segments.close();
    const names = readdirSync(directory);
    assert.equal(names.length, 2);
    assert.ok(names.every((name) => statSync(join(directory, name)).size < 1_200));
    const kept = await all(directory);
    assert.deepEqual(kept, lines.slice(-kept.length));
    assert.ok(kept.length > 10);
  });

  test('a torn last line is not read, and the next start goes on after the last whole one', async (t) => {
    const directory = join(folder(t), 'inputs');
    const options = { directory, segmentBytes: 2 ** 20, segments: 2 };
    const before = createSegments(options);
    before.append(['{"a":1}', '{"b":2}']);
    before.close();
    const path = join(directory, readdirSync(directory)[0] ?? '');
    appendFileSync(path, '{"torn":');
    assert.deepEqual(await all(directory), ['{"a":1}', '{"b":2}']);
    const after = createSegments(options);
    after.append(['{"c":3}']);
    after.close();
    assert.deepEqual(await all(directory), ['{"a":1}', '{"b":2}', '{"c":3}']);

    // A file without any whole line, and one that is longer than what is looked at in one go.
    writeFileSync(path, 'x'.repeat(200_000));
    const anew = createSegments(options);
    anew.append(['{"d":4}']);
    anew.close();
    assert.deepEqual(await all(directory), ['{"d":4}']);
    writeFileSync(path, `{"e":5}\n${'y'.repeat(200_000)}`);
    const long = createSegments(options);
    long.append(['{"f":6}']);
    long.close();
    assert.deepEqual(await all(directory), ['{"e":5}', '{"f":6}']);
  });

  test('no folder has no lines', async (t) => {
    assert.deepEqual(await all(join(folder(t), 'absent')), []);
  });

  test('on a full disk a batch is written whole or not at all, and the gap is marked when there is room', async (t) => {
    const disk = smallDisk(t, 256 * 1024);
    if (disk === null) return;
    const history = openHistory({ directory: disk, maxBytes: 2 ** 24 });
    undo(t, history.close);
    const step = async (line: string): Promise<void> => {
      history.inputs.append(line);
      await history.load(Number.MAX_SAFE_INTEGER);
    };
    await step('{"first":1}');
    const hog = join(disk, 'hog');
    assert.throws(() => writeFileSync(hog, Buffer.alloc(2 ** 20)), /ENOSPC/);
    const long = JSON.stringify('x'.repeat(9_000));
    for (let index = 0; index < 5; index++) await step(long);
    assert.ok(history.inputs.stats().lostRows >= 4);
    truncateSync(hog, 0);
    await step('{"last":1}');
    const { lostRows, state } = history.inputs.stats();
    assert.equal(state, 'ok');
    const lines = await all(join(disk, 'inputs'));
    assert.equal(lines[0], '{"first":1}');
    assert.equal(lines.at(-1), '{"last":1}');
    assert.equal(lines.at(-2), gapLine(lostRows));
    assert.deepEqual(
      lines.slice(1, -2),
      Array.from({ length: 5 - lostRows }, () => long),
    );
    assert.ok(isGapLine(gapLine(lostRows)) && !isGapLine('{"gap":1}'));
    assert.match(readFileSync(join(disk, 'inputs', 'inputs-00000001.jsonl'), 'utf8'), /\n$/);
  });
});
