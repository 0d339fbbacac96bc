import { type Found, isSuppressed, type Option, pass, suppressed } from './option.ts';
import type { ReliefState } from './state.ts';
import type { World } from './world.ts';

/** Flushing disk caches, at the last step of the ladder and as castellan.toml says. */

const purgeOption = (world: World): Option => ({
  act: { verb: 'purge' },
  reason: 'Free memory or swap has reached the third step of the ladder; caches can be flushed.',
  cause: { kind: 'ladder', step: 3 },
  expected: { counter: 'cache', bytes: Math.round(world.machine.cachedBytes / 2), bytesPerSecond: 0 },
  impact: ['files are read from the disk again'],
  ask: world.config.relief.purge === 'automatic' ? null : 'castellan.toml says so',
  name: 'disk caches',
});

export const purgeOptions = (relief: ReliefState, world: World): Found => {
  if (relief.ladder.step < 3 || world.config.relief.purge === 'off') return { options: [], passedOver: [] };
  if (!relief.adapters.includes('purge'))
    return { options: [], passedOver: [pass('disk caches', 'no_adapter', 'nothing is installed that can flush them')] };
  if (relief.failed.some((each) => each.key === 'disk caches' && world.nowMs < each.againMs))
    return {
      options: [],
      passedOver: [pass('disk caches', 'failed_lately', 'they could not be flushed a moment ago; nothing was done')],
    };
  return isSuppressed(relief, 'disk caches')
    ? { options: [], passedOver: [suppressed('disk caches')] }
    : { options: [purgeOption(world)], passedOver: [] };
};
