import type { ConfigValue } from '../protocol/policy.ts';
import { shortened } from '../protocol/shortened.ts';
import { type Config, defaultConfig } from './config.ts';
import type { Path } from './lines.ts';
import type { ConfigSource } from './parse.ts';
import { configEntries, keyParts } from './print.ts';

/** The configuration in force as a list to be shown: each value, whether the file says it, and on which line. Pure. */

const mostCharacters = 500;
/** More of a value is not looked at: what is shown of it is less. */
const lookedAt = 4 * mostCharacters;

const telling = '(?:key|token|secret|passw|auth|credential)';
/** In lists of arguments as they are printed: what stands behind an argument, or behind its =, that names a secret. */
const argument = new RegExp(`("-{1,2}[^"=]*${telling}[^"=]*",\\s*)"(?:[^"\\\\]|\\\\.)*(?:"|$)`, 'gi');
const assigned = new RegExp(`("[^"=]*${telling}[^"=]*=)(?:[^"\\\\]|\\\\.)*("|$)`, 'gi');
/** Headers as curl takes them. */
const header = /("(?:authorization|proxy-authorization|cookie|x-api-key)\s*:)(?:[^"\\]|\\.)*("|$)/gi;
const account = /(:\/\/)[^/@\s"]+@/g;
const query = new RegExp(`([?&][^=&\\s"]*${telling}[^=&\\s"]*=)[^&\\s"]+`, 'gi');

/** What may be a secret stands as `…`: addresses and arguments are the only places where the file could have one. */
const withoutSecrets = (value: string): string =>
  value
    .slice(0, lookedAt)
    .replace(account, '$1…@')
    .replace(query, '$1…')
    .replace(argument, '$1"…"')
    .replace(assigned, '$1…$2')
    .replace(header, '$1 …$2');

const shown = (value: string): string => shortened(withoutSecrets(value), mostCharacters);

/** Lists whose members go by a name. */
const listsOf = ({ relief, alerts, bands, seats }: Config): Readonly<Record<string, readonly string[]>> => ({
  'relief.entry': relief.entries.map(({ name }) => name),
  'relief.service': relief.services.map(({ label }) => label),
  'relief.runtime': relief.runtimes.map(({ name }) => name),
  'alerts.push': alerts.push.map(({ name }) => name),
  band: bands.map(({ name }) => name),
  seat: seats.map(({ name }) => name),
});

/** Where `seat "Cilghal".peak` stands in the document. */
const pathOf = (key: string, lists: ReturnType<typeof listsOf>): Path => {
  const parts = keyParts(key);
  if (parts === null) return key.split('.');
  const { list, name, rest } = parts;
  return [...list.split('.'), lists[list]?.indexOf(name) ?? -1, ...rest.split('.')];
};

export const configValues = (config: Config, source: ConfigSource | null): readonly ConfigValue[] => {
  const lists = listsOf(config);
  const usual = configEntries(defaultConfig);
  return [...configEntries(config)].map(([key, value]) => {
    const without = usual.get(key);
    return {
      key: key.slice(0, 256),
      value: shown(value),
      usual: without === undefined ? null : shown(without),
      line: source?.lines.exact(pathOf(key, lists)) ?? null,
    };
  });
};
