import * as z from 'zod/mini';
import type { Adapter } from './adapter.ts';
import { problem } from './wire.ts';

/**
 * mlx_lm.server (its SERVER.md). It neither unloads nor tells what is loaded: `/v1/models` lists what the disk has, and reads
 * the whole cache for it, so it is not asked. All that can be done is to stop it as a whole, which its seat, its service or the
 * operator does.
 */

const stopOnly = 'mlx_lm.server cannot unload a model: it can only be stopped as a whole';

const healthSchema = z.object({ status: z.literal('ok') });

export const mlxLm: Adapter = {
  list: async ({ call }) => {
    const answer = await call('GET', '/health');
    if (!answer.ok) return answer;
    return healthSchema.safeParse(answer.json).success
      ? { ok: true, models: [], note: stopOnly }
      : problem('not_understood', 'it does not say that it is well');
  },
  unload: () => Promise.resolve(problem('unsupported', stopOnly)),
};
