import * as z from 'zod/mini';
import type { Adapter } from './adapter.ts';
import { billionsIn } from './parameters.ts';
import { isPlainName, problem } from './wire.ts';

/**
 * llama-swap (its README). `/running` only tells; `/upstream/MODEL` would load, and is never asked. Its list has no sizes: the
 * number of parameters is known by the name only.
 */

const listSchema = z.object({
  running: z.array(z.object({ model: z.unknown(), state: z.optional(z.unknown()) })),
});

const notThere = ['stopped', 'shutdown'];

export const llamaSwap: Adapter = {
  list: async ({ call }) => {
    const answer = await call('GET', '/running');
    if (!answer.ok) return answer;
    const read = listSchema.safeParse(answer.json);
    if (!read.success) return problem('not_understood', 'what it says at /running is no list of models');
    const models = read.data.running.flatMap(({ model, state }) =>
      isPlainName(model) && !(typeof state === 'string' && notThere.includes(state))
        ? [
            {
              id: model,
              instance: model,
              bytes: null,
              billions: billionsIn(model),
              // What comes up serves whoever asked for it.
              busy: state === 'starting' ? true : null,
            },
          ]
        : [],
    );
    return { ok: true, models, note: '' };
  },
  unload: async ({ call }, { instance }) => {
    const answer = await call('POST', `/api/models/unload/${encodeURIComponent(instance)}`);
    if (!answer.ok) return answer;
    return answer.status === 200
      ? { ok: true }
      : problem('refused', `it answered ${answer.status} when it was asked to unload ${instance}`);
  },
};
