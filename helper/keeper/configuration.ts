import type { Config } from '../config/config.ts';
import { type LoadedConfig, loadConfig, reloadConfig } from '../config/load.ts';
import { configDiff } from '../config/print.ts';
import { trustedOwners } from '../config/trusted-folders.ts';
import type { Host } from '../host/port.ts';
import { simPolicy } from '../host/sim/policy.ts';
import { simSeats } from '../host/sim/seats.ts';
import type { ConfigProblem, VerbResult } from '../protocol/index.ts';

/** The configuration in force, and how it is replaced. */
export interface Configuration {
  readonly path: string;
  readonly config: () => Config;
  readonly state: () => LoadedConfig['state'];
  readonly problems: () => readonly ConfigProblem[];
  /** The text of what is in force; null: no file is. */
  readonly source: () => LoadedConfig['source'];
  /** Reads the file again; with errors the last good one stays. */
  readonly reload: () => VerbResult<'config.reload'>;
}

export const openConfiguration = (path: string, host: Host, uid: number): Configuration => {
  const rules = { owners: trustedOwners(uid), totalBytes: host.facts.totalBytes };
  let loaded = loadConfig(path, rules);
  let config = withSimMachine(loaded, host);
  return {
    path,
    config: () => config,
    state: () => loaded.state,
    problems: () => loaded.problems,
    source: () => loaded.source,
    reload: () => {
      const reloaded = reloadConfig(loaded, path, rules);
      const before = config;
      loaded = reloaded.current;
      config = withSimMachine(loaded, host);
      // Against what was in force, which on the simulated machine are not the defaults.
      return { loaded: reloaded.loaded, diff: [...configDiff(before, config)], problems: [...reloaded.problems] };
    },
  };
};

/** The simulated machine has its seats and its policy without a castellan.toml. */
const withSimMachine = (loaded: LoadedConfig, host: Host): Config =>
  host.kind === 'sim' && loaded.state === 'defaults'
    ? { ...loaded.config, seats: simSeats, relief: simPolicy }
    : loaded.config;
