import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withNpmOptions } from '../../build/campaign/npm-options.ts';
import { parseOptions } from '../campaign/options.ts';
import { planOf, seedOfRun } from '../campaign/plan.ts';

test('options of a campaign arrive with and without the -- that npm wants', () => {
  const wanted = ['--runs', '50', '--seed', '7'];
  assert.deepEqual(withNpmOptions(wanted, {}), wanted);
  assert.deepEqual(withNpmOptions(['50', '7'], { npm_config_runs: 'true', npm_config_seed: 'true' }), wanted);
  assert.deepEqual(withNpmOptions([], { npm_config_runs: '50', npm_config_seed: '7' }), wanted);
  assert.deepEqual(withNpmOptions([], {}), []);
});

test('what cannot be an option of a campaign is refused with a sentence', () => {
  for (const args of [['--runs', '0'], ['--seed', '-1'], ['--scale', '2'], ['--lanes', 'x'], ['--else'], ['50']])
    assert.equal(typeof parseOptions(args), 'string', args.join(' '));
  assert.deepEqual(parseOptions(['--runs', '3', '--seed', '4', '--scale', '0.1']), {
    runs: 3,
    seed: 4,
    lanes: 6,
    scale: 0.1,
    lane: null,
  });
});

test('fifty runs of any seed pass almost all points, and the first run of a run seed is that run', () => {
  const options = { scale: 1, mayReuse: true };
  for (const seed of [0, 1, 20_261_122, 2 ** 32 - 1]) {
    const plans = Array.from({ length: 50 }, (_, run) => planOf(seedOfRun(seed, run), options));
    const places = new Set(plans.map(({ place, struck }) => `${JSON.stringify(place)} ${struck}`));
    assert.ok(places.size >= 36, `seed ${seed}: ${places.size}`);
    for (const plan of plans) {
      assert.deepEqual(planOf(seedOfRun(plan.seed, 0), options), plan);
      assert.ok(plan.keeperBackMs !== null || plan.deadmanBackMs !== null, 'somebody comes back');
    }
  }
});
