import * as z from 'zod/mini';
import type { Adapter } from './adapter.ts';
import { billionsIn, bytesIn } from './parameters.ts';
import { isPlainName, problem } from './wire.ts';

/**
 * ollama (its docs/api.md). Unloading is a request to generate nothing that keeps the model for 0 s. The list can show a model
 * on its way out for ever ("Stopping...", ollama issues 7606, 7779, 12179), and on Metal it does not wait for the memory.
 */

const listSchema = z.object({
  models: z.nullable(
    z.array(
      z.object({
        name: z.unknown(),
        size: z.optional(z.unknown()),
        details: z.optional(z.nullable(z.object({ parameter_size: z.optional(z.unknown()) }))),
      }),
    ),
  ),
});

export const ollama: Adapter = {
  list: async ({ call }) => {
    const answer = await call('GET', '/api/ps');
    if (!answer.ok) return answer;
    const read = listSchema.safeParse(answer.json);
    if (!read.success) return problem('not_understood', 'what it says at /api/ps is no list of models');
    const models = (read.data.models ?? []).flatMap(({ name, size, details }) =>
      isPlainName(name)
        ? [
            {
              id: name,
              instance: name,
              bytes: bytesIn(size),
              billions: billionsIn(details?.parameter_size) ?? billionsIn(name),
              busy: null,
            },
          ]
        : [],
    );
    return { ok: true, models, note: '' };
  },
  unload: async ({ call }, { instance }) => {
    const answer = await call('POST', '/api/generate', { model: instance, keep_alive: 0, stream: false });
    if (!answer.ok) return answer;
    return answer.status === 200
      ? { ok: true }
      : problem('refused', `it answered ${answer.status} when it was asked to unload ${instance}`);
  },
};
