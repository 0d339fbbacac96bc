import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { timelineLines } from '../../helper/incidents/moments.ts';
import { type Replayed, replay } from '../../helper/incidents/replay.ts';
import { readScenario, type Scenario } from '../../helper/incidents/scenario.ts';
import type { Order } from '../../helper/incidents/world.ts';

/** Every file beside this one is a scenario; each is a test of its own name. */

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort();

const scenarioOf = (file: string): Scenario => {
  const read = readScenario(readFileSync(new URL(file, folder), 'utf8'));
  if (!read.ok) throw new Error(`${file}: ${read.failure.detail}`);
  return read.scenario;
};

/** Another order with each reading, the same ones with the same seed (xorshift32, Marsaglia 2003). */
const shuffled = (seed: number): Order => {
  let state = seed;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return (list) => {
    const left = [...list];
    return list.flatMap(() => left.splice(below(left.length), 1));
  };
};

const told = ({ deviations, moments }: Replayed): string =>
  [...deviations.map(({ text }) => text), '', ...timelineLines(moments).slice(0, 80)].join('\n');

const sameLog = (a: Replayed, b: Replayed, how: string): void => {
  const at = a.log.findIndex((line, index) => line !== b.log[index]);
  assert.equal(at, -1, `${how}: call ${at} of decide differs:\n${a.log[at]}\n${b.log[at]}`);
  assert.equal(a.log.length, b.log.length, how);
};

describe('scenarios', () => {
  for (const file of files) {
    const scenario = scenarioOf(file);
    test(scenario.name, () => {
      const replayed = replay(scenario);
      assert.deepEqual(replayed.deviations, [], told(replayed));
      sameLog(replayed, replay(scenario), 'a second time');
      for (const seed of [20260419, 4711])
        sameLog(replayed, replay(scenario, { order: shuffled(seed) }), `seed ${seed}`);
    });
  }

  test('each failure story that can be judged has its file', () => {
    const stories = [1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 13, 14, 16, 21, 22, 25, 26].map(
      (n) => `S-${String(n).padStart(2, '0')}-`,
    );
    for (const story of stories)
      assert.ok(
        files.some((file) => file.startsWith(story)),
        story,
      );
    assert.equal(new Set(files.map((file) => scenarioOf(file).name)).size, files.length, 'names differ');
  });
});
