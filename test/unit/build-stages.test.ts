import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { selectStages, stages } from '../../build/testing/stages.ts';

const root = path.resolve(import.meta.dirname, '../..');
const namesFor = (args: readonly string[]): readonly string[] => {
  const selection = selectStages(args, root);
  assert.ok(selection.ok);
  return selection.selected.map(({ stage }) => stage.name);
};

describe('selection of test stages', () => {
  test('without arguments runs all, types and lint first, the graphical last', () => {
    assert.deepEqual(
      namesFor([]),
      stages.map((stage) => stage.name),
    );
    assert.deepEqual(namesFor([]).slice(0, 3), ['types', 'lint', 'bundle']);
    assert.equal(namesFor([]).at(-1), 'e2e');
  });

  test('takes names in any order and runs them in theirs', () => {
    assert.deepEqual(namesFor(['property', 'unit']), ['unit', 'property']);
  });

  test('bundles first when the app is tested', () => {
    assert.deepEqual(namesFor(['e2e']), ['bundle', 'e2e']);
  });

  test('takes single files, and a stage over its files', () => {
    const one = selectStages(['test/unit/build-stages.test.ts'], root);
    assert.ok(one.ok);
    assert.deepEqual(
      one.selected.map(({ files }) => files),
      [['test/unit/build-stages.test.ts']],
    );
    const whole = selectStages(['test/unit/build-stages.test.ts', 'unit'], root);
    assert.ok(whole.ok);
    assert.ok((whole.selected[0]?.files?.length ?? 0) > 1);
  });

  test('says what there is when it does not know an argument', () => {
    for (const wrong of ['nonsense', 'test/unit/missing.test.ts', '../elsewhere.test.ts']) {
      const selection = selectStages([wrong], root);
      assert.ok(!selection.ok);
      assert.match(selection.problem, /types, lint, bundle, unit/);
    }
  });
});
