import * as z from 'zod/mini';
import type { Asked, Listed } from './adapter.ts';
import type { RunCli } from './cli.ts';
import { billionsIn, bytesIn } from './parameters.ts';
import { isPlainName, type LoadedModel, problem } from './wire.ts';

/** `lms`, the command line of LM Studio (lmstudio.ai/docs/cli), where its REST API cannot unload. */

const rowSchema = z.object({
  identifier: z.unknown(),
  modelKey: z.optional(z.unknown()),
  sizeBytes: z.optional(z.unknown()),
  paramsString: z.optional(z.unknown()),
  status: z.optional(z.unknown()),
});

const modelOf = ({
  identifier,
  modelKey,
  sizeBytes,
  paramsString,
  status,
}: z.infer<typeof rowSchema>): LoadedModel[] => {
  if (!isPlainName(identifier)) return [];
  const id = isPlainName(modelKey) ? modelKey : identifier;
  return [
    {
      id,
      instance: identifier,
      bytes: bytesIn(sizeBytes),
      billions: billionsIn(paramsString) ?? billionsIn(id),
      // Newer ones say "idle", "processingPrompt" or "generating".
      busy: typeof status === 'string' ? status !== 'idle' : null,
    },
  ];
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const listByCli = async (run: RunCli): Promise<Listed> => {
  const said = await run(['ps', '--json']);
  if (!said.ok) return said;
  const rows = z.array(rowSchema).safeParse(parsed(said.text));
  return rows.success
    ? { ok: true, models: rows.data.flatMap(modelOf), note: 'listed by lms' }
    : problem('not_understood', 'lms ps --json does not say a list');
};

/** Without a name it would ask for one; what begins with a dash would be taken for an option. */
export const unloadByCli = async (run: RunCli, instance: string): Promise<Asked> => {
  if (instance.startsWith('-')) return problem('unsupported', `lms would take ${instance} for an option`);
  const said = await run(['unload', instance]);
  return said.ok ? { ok: true } : said;
};
