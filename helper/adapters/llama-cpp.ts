import * as z from 'zod/mini';
import type { Adapter, AdapterContext } from './adapter.ts';
import { billionsIn, bytesIn } from './parameters.ts';
import { isPlainName, type LoadedModel, problem } from './wire.ts';

/**
 * llama-server of llama.cpp as a router of several models (its tools/server/README.md). A GET that names a model loads it,
 * unless it says `autoload=false`: every one of ours does. A server with one model has nothing to unload.
 */

const rowSchema = z.object({
  id: z.unknown(),
  status: z.optional(z.object({ value: z.unknown() })),
  meta: z.optional(z.nullable(z.object({ n_params: z.optional(z.unknown()), size: z.optional(z.unknown()) }))),
});
const listSchema = z.object({ data: z.array(rowSchema) });
const slotsSchema = z.array(z.object({ is_processing: z.boolean() }));

/** Of a sleeping one the process is there, and its model is not. */
const inMemory = ['loaded', 'loading'];
const mostSlots = 8;

const isBusy = async ({ call }: AdapterContext, id: string): Promise<boolean | null> => {
  const answer = await call('GET', `/slots?autoload=false&model=${encodeURIComponent(id)}`);
  const slots = answer.ok && answer.status === 200 ? slotsSchema.safeParse(answer.json) : null;
  // They can be switched off, and then nothing tells.
  if (slots?.success !== true || slots.data.length === 0) return null;
  return slots.data.some(({ is_processing }) => is_processing);
};

const billionsOf = (count: unknown): number | null => {
  const known = bytesIn(count);
  return known === null || known > 1e14 ? null : known / 1e9;
};

export const llamaCpp: Adapter = {
  list: async (context) => {
    const answer = await context.call('GET', '/models?autoload=false');
    if (!answer.ok) return answer;
    const read = listSchema.safeParse(answer.json);
    if (!read.success) return problem('not_understood', 'what it says at /models is no list of models');
    const rows = read.data.data;
    if (rows.length > 0 && rows.every(({ status }) => status === undefined))
      return problem('unsupported', 'it serves one model for as long as it runs: it can only be stopped');
    const models: LoadedModel[] = [];
    for (const { id, status, meta } of rows) {
      const state = status?.value;
      if (typeof state !== 'string' || !inMemory.includes(state) || !isPlainName(id)) continue;
      models.push({
        id,
        instance: id,
        bytes: bytesIn(meta?.size),
        billions: billionsOf(meta?.n_params) ?? billionsIn(id),
        busy: state === 'loading' ? true : models.length < mostSlots ? await isBusy(context, id) : null,
      });
    }
    return { ok: true, models, note: '' };
  },
  unload: async ({ call }, { instance }) => {
    const answer = await call('POST', '/models/unload', { model: instance });
    if (!answer.ok) return answer;
    return answer.status === 200
      ? { ok: true }
      : problem('refused', `it answered ${answer.status} when it was asked to unload ${instance}`);
  },
};
