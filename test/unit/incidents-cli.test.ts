import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replayCommand } from '../../helper/cli/commands/replay.ts';
import { defaultConfig } from '../../helper/config/config.ts';
import type { Input } from '../../helper/keeper/judgement/events.ts';
import { checkpointLine } from '../../helper/keeper/judgement/input-lines.ts';
import { initialState } from '../../helper/keeper/judgement/state.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { machineReading, readingOf } from '../fakes/readings.ts';

const GB = 2 ** 30;
const directory = mkdtempSync(join(tmpdir(), 'castellan-incidents-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const scenario = fileURLToPath(new URL('../scenarios/S-12-first-live-tick.json', import.meta.url));

const run = async (path: string, json = false) => {
  const io = capturedIo();
  const outcome = await replayCommand.run({ values: { json }, positionals: [path] }, io);
  return { outcome, ...io.text };
};

const fileWith = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

describe('castellan replay of a scenario', () => {
  test('prints the timeline with time, level, decision and reason, and that all came as expected', async () => {
    const { outcome, out } = await run(scenario);
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    assert.match(out, /^ +0:05\.000 {2}orange {2}green → orange$/m);
    assert.match(out, /^ +0:0[56]\.\d{3} {2}orange {2}shed com\.sanctum\.memory-vault \(live\): .+$/m);
    assert.match(out, /As expected until 1:40\.000/);
  });

  test('ends with exit code 1 and a sentence at the first thing that does not come', async () => {
    const changed = JSON.parse(readFileSync(scenario, 'utf8')) as { expect: { timeline: { target: string }[] } };
    const [first] = changed.expect.timeline;
    assert.ok(first);
    first.target = 'com.sanctum.qwen3-tts';
    const path = fileWith('wrong.json', JSON.stringify(changed));
    const { outcome, out } = await run(path);
    assert.deepEqual(outcome, { kind: 'exit', code: 1 });
    assert.match(out, /^Not as expected at 0:0[56]\.\d{3}: /m);
    assert.ok(!out.includes('As expected until'));
    const json = await run(path, true);
    const value = JSON.parse(json.out) as { asExpected: boolean; deviations: { atMs: number; text: string }[] };
    assert.deepEqual(json.outcome, { kind: 'exit', code: 1 });
    assert.equal(value.asExpected, false);
    assert.ok(value.deviations.some(({ text }) => text.includes('com.sanctum.qwen3-tts')));
  });

  test('a file that is none is refused with its place', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [fileWith('bad.json', '{"name":1}'), /^name: /],
      [fileWith('empty.json', ''), /^not JSON/],
      [join(directory, 'not-there.json'), /not-there\.json does not exist/],
      [fileWith('large.json', ' '.repeat(4 * 2 ** 20 + 1)), /^larger than 4 MB/],
    ];
    for (const [path, detail] of cases) {
      const { outcome } = await run(path);
      assert.equal(outcome.kind, 'failed', path);
      if (outcome.kind !== 'failed') continue;
      assert.equal(outcome.failure.code, 'scenario_invalid');
      assert.match(outcome.failure.detail, detail);
    }
  });
});

describe('castellan replay of a journal', () => {
  /** Six slots on a machine with 3 GB available: orange after five seconds. */
  const lines = (): readonly string[] => {
    const inputs = [0, 2_000, 4_000, 6_000, 8_000].map((nowMs): Input => {
      const machine = machineReading({ atMs: nowMs, availableBytes: 3 * GB, freeBytes: 1 * GB, cachedBytes: 2 * GB });
      return { nowMs, reading: readingOf('full', machine), events: [] };
    });
    return [checkpointLine(initialState(0), defaultConfig), ...inputs.map((input) => JSON.stringify(input))];
  };

  test('judges a file again and tells what it came to', async () => {
    const path = fileWith('inputs-00000001.jsonl', `${lines().join('\n')}\n`);
    const { outcome, out } = await run(path);
    assert.deepEqual(outcome, { kind: 'exit', code: 0 });
    assert.match(out, /0:06\.000 {2}orange {2}green → orange/);
    assert.match(out, /5 inputs over 0:08\.000 judged again/);
    const json = JSON.parse((await run(path, true)).out) as { kind: string; steps: number };
    assert.deepEqual([json.kind, json.steps], ['journal', 5]);
  });

  test('finds the journal in a run directory', async () => {
    const inputs = join(directory, 'run', 'state', 'inputs');
    mkdirSync(inputs, { recursive: true });
    writeFileSync(join(inputs, 'inputs-00000001.jsonl'), `${lines().join('\n')}\n`);
    for (const path of [inputs, join(directory, 'run', 'state'), join(directory, 'run')]) {
      const { outcome, out } = await run(path);
      assert.deepEqual(outcome, { kind: 'exit', code: 0 }, path);
      assert.match(out, /5 inputs/);
    }
  });

  test('names the line that is damaged, and what has no beginning', async () => {
    const [checkpoint = '', ...inputs] = lines();
    const cases: readonly (readonly [string, RegExp])[] = [
      [fileWith('damaged.jsonl', `${[checkpoint, inputs[0], '{"nowMs":'].join('\n')}\n`), /^line 3 of the journal: /],
      [fileWith('headless.jsonl', `${inputs.join('\n')}\n`), /^5 lines, and none after a checkpoint/],
      [mkdtempSync(join(directory, 'empty-')), /^there is no journal in this folder/],
    ];
    for (const [path, detail] of cases) {
      const { outcome } = await run(path);
      assert.equal(outcome.kind, 'failed', path);
      if (outcome.kind === 'failed') assert.match(outcome.failure.detail, detail);
    }
  });
});
