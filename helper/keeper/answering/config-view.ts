import { configValues } from '../../config/view.ts';
import type { ConfigView } from '../../protocol/index.ts';
import type { Configuration } from '../configuration.ts';

/** castellan.toml as it holds, as one message: values beyond what fits are counted. */

/** A file has 64 KB at most; half of the largest message is room for all of its values but the oddest. */
const budgetBytes = 512 * 1024;

export const configView = (
  configuration: Pick<Configuration, 'config' | 'state' | 'source' | 'path' | 'problems'>,
  wallMs: number,
): ConfigView => {
  const all = configValues(configuration.config(), configuration.source());
  let used = 0;
  const last = all.findIndex((value) => {
    used += Buffer.byteLength(JSON.stringify(value)) + 1;
    return used > budgetBytes;
  });
  const values = last < 0 ? all : all.slice(0, last);
  return {
    atMs: wallMs,
    file: { path: configuration.path, state: configuration.state() },
    values: [...values],
    omitted: all.length - values.length,
    problems: [...configuration.problems()],
  };
};
