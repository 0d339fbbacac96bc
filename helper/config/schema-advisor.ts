import * as z from 'zod/mini';
import type { AdvisorConfig } from './config.ts';
import { quantity, word } from './fields.ts';
import { absolutePath } from './fields-machine.ts';
import { remoteUrl } from './fields-remote.ts';

/** The table [advisor] of castellan.toml. */

const advisorTimes = { after: '60 s', every: '30 min', timeout: '60 s' } as const;

export const advisor = z
  .strictObject({
    url: remoteUrl(
      'url',
      'https://advisor.example.org/v1/chat/completions',
      'An OpenAI-compatible chat endpoint on another machine, asked when red lasts or nothing helps.',
    ),
    model: word(
      /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]{1,128}$/u,
      'a name of up to 128 characters on one line',
      'model',
      'qwen3-32b',
      'The model that is asked for.',
    ),
    key_file: z.optional(
      absolutePath(
        'key_file',
        '/etc/castellan/advisor.key',
        'File with the key sent as a bearer token: of root, readable by the group of the gateway and by nobody else.',
      ),
    ),
    ca: z.optional(
      absolutePath(
        'ca',
        '/etc/castellan/house-ca.pem',
        'Certificate of who signed the endpoint’s, PEM. Left out: those known.',
      ),
    ),
    after: z.optional(
      quantity('duration', 'after', `Red must have lasted so long. Default "${advisorTimes.after}".`, {
        least: '30 s',
        most: '1 h',
      }),
    ),
    every: z.optional(
      quantity('duration', 'every', `It is asked once in so long at most. Default "${advisorTimes.every}".`, {
        least: '5 min',
        most: '24 h',
      }),
    ),
    timeout: z.optional(
      quantity('duration', 'timeout', `So long its answer may take. Default "${advisorTimes.timeout}".`, {
        least: '5 s',
        most: '2 min',
      }),
    ),
  })
  .register(z.globalRegistry, {
    description: 'Asked for a suggestion when memory stays short; nothing is sent without this table.',
  });

/** Fills in the defaults. */
export const toAdvisor = (written: z.output<typeof advisor>): AdvisorConfig => ({
  url: written.url,
  model: written.model,
  keyFile: written.key_file ?? null,
  caFile: written.ca ?? null,
  afterSeconds: (written.after ?? 60_000) / 1_000,
  everySeconds: (written.every ?? 1_800_000) / 1_000,
  withinSeconds: (written.timeout ?? 60_000) / 1_000,
});
