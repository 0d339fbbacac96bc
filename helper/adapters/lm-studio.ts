import * as z from 'zod/mini';
import type { Adapter } from './adapter.ts';
import { listByCli, unloadByCli } from './lm-studio-cli.ts';
import { billionsIn, bytesIn } from './parameters.ts';
import { isPlainName, type LoadedModel, problem } from './wire.ts';

/**
 * LM Studio from 0.4 on, by its REST API v1 (lmstudio.ai/docs/developer/rest). Earlier ones have no way to unload over HTTP
 * (v0 lists only), so that their command line is asked. Paths it does not know are answered with 200 (lmstudio-bug-tracker
 * 1680): what counts is the form of the body, and the list afterwards.
 */

const listSchema = z.object({
  models: z.array(
    z.object({
      key: z.unknown(),
      size_bytes: z.optional(z.unknown()),
      params_string: z.optional(z.unknown()),
      loaded_instances: z.array(z.object({ id: z.unknown() })),
    }),
  ),
});

const unloadedSchema = z.object({ instance_id: z.string() });

type Row = z.infer<typeof listSchema>['models'][number];

/** One for each instance: on-demand loads with a TTL can make several of one model. */
const modelsOf = ({ key, size_bytes, params_string, loaded_instances }: Row): readonly LoadedModel[] =>
  loaded_instances.flatMap(({ id }) =>
    isPlainName(key) && isPlainName(id)
      ? [
          {
            id: key,
            instance: id,
            bytes: bytesIn(size_bytes),
            billions: billionsIn(params_string) ?? billionsIn(key),
            busy: null,
          },
        ]
      : [],
  );

export const lmStudio: Adapter = {
  list: async (context) => {
    const answer = await context.call('GET', '/api/v1/models');
    if (!answer.ok) return answer;
    const read = listSchema.safeParse(answer.json);
    if (read.success) return { ok: true, models: read.data.models.flatMap(modelsOf), note: '' };
    const old = await listByCli(context.cli);
    return old.ok ? old : problem('not_understood', `it has no list of models at /api/v1/models, and ${old.note}`);
  },
  unload: async (context, { instance }) => {
    const answer = await context.call('POST', '/api/v1/models/unload', { instance_id: instance });
    if (!answer.ok) return answer;
    const isTaken = answer.status === 200 && unloadedSchema.safeParse(answer.json).data?.instance_id === instance;
    return isTaken ? { ok: true } : unloadByCli(context.cli, instance);
  },
};
