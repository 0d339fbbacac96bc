import * as z from 'zod/mini';
import { type RuntimeKind, runtimeKinds, runtimeWords } from '../adapters/wire.ts';
import type { RuntimeConfig } from './config.ts';
import { choice, count, yesNo } from './fields.ts';
import { absolutePath, localUrl } from './fields-machine.ts';

/** The table [[relief.runtime]] of castellan.toml. */

/** Models from this size on are massive; the original limit of the triage ladder. */
const massiveBillions = 35;

export const runtime = z
  .strictObject({
    kind: choice(runtimeKinds, 'kind', 'Which program it is; mlx_lm can only be stopped as a whole.'),
    url: z.optional(
      localUrl(
        'url',
        'http://127.0.0.1:1234',
        'Where it listens on this machine. Default: the usual place of its kind.',
        {
          noTls: 'A runtime on this machine is asked by plain HTTP.',
        },
      ),
    ),
    at: z.optional(
      choice(
        ['ladder_1', 'ladder_2', 'ladder_3'],
        'at',
        'Step of the ladder from which its models may be unloaded. Default "ladder_2".',
      ),
    ),
    least_billions: z.optional(
      count(
        'least_billions',
        massiveBillions,
        100_000,
        'Models with fewer parameters stay, in billions. Default 35; of ollama 0.',
      ),
    ),
    without_asking: z.optional(
      yesNo(
        'without_asking',
        'Unload them unasked although they are in use. Default false: then the operator is asked.',
      ),
    ),
    token_file: z.optional(
      absolutePath(
        'token_file',
        '/Users/neo/.lmstudio/token',
        'File with the token it wants, read with the rights of the user at the console.',
      ),
    ),
    cli: z.optional(
      absolutePath(
        'cli',
        '/Users/neo/.lmstudio/bin/lms',
        'Command line of an LM Studio before 0.4. Default: .lmstudio/bin/lms in the home of the user at the console.',
      ),
    ),
  })
  .register(z.globalRegistry, {
    description: 'A program that keeps models in memory and may be asked to unload them.',
  });

const nameOf = (kind: RuntimeKind, url: string): string => {
  const { name, url: usual } = runtimeWords[kind];
  return url.replace(/\/+$/, '') === usual ? name : `${name} at ${new URL(url).host}`;
};

export const toRuntime = (one: z.output<typeof runtime>): RuntimeConfig => {
  const url = one.url ?? runtimeWords[one.kind].url;
  return {
    kind: one.kind,
    name: nameOf(one.kind, url),
    url,
    tokenFile: one.token_file ?? null,
    cli: one.cli ?? null,
    at: one.at ?? 'ladder_2',
    leastBillions: one.least_billions ?? (one.kind === 'ollama' ? 0 : massiveBillions),
    withoutAsking: one.without_asking ?? false,
  };
};
