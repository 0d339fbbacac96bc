import type { Config } from '../config/config.ts';
import { type LoadedConfig, loadConfig, reloadConfig } from '../config/load.ts';
import { trustedOwners } from '../config/trusted-folders.ts';
import type { Host } from '../host/port.ts';
import { simSeats } from '../host/sim/seats.ts';
import type { ConfigProblem, VerbResult } from '../protocol/index.ts';

/** The configuration in force, and how it is replaced. */
export interface Configuration {
  readonly path: string;
  readonly config: () => Config;
  readonly state: () => LoadedConfig['state'];
  readonly problems: () => readonly ConfigProblem[];
  /** Reads the file again; with errors the last good one stays. */
  readonly reload: () => VerbResult<'config.reload'>;
}

export const openConfiguration = (path: string, host: Host, uid: number): Configuration => {
  const rules = { owners: trustedOwners(uid), totalBytes: host.facts.totalBytes };
  let loaded = loadConfig(path, rules);
  let config = withSimSeats(loaded, host);
  return {
    path,
    config: () => config,
    state: () => loaded.state,
    problems: () => loaded.problems,
    reload: () => {
      const reloaded = reloadConfig(loaded, path, rules);
      loaded = reloaded.current;
      config = withSimSeats(loaded, host);
      return { loaded: reloaded.loaded, diff: [...reloaded.diff], problems: [...reloaded.problems] };
    },
  };
};

/** The simulated machine has its seats without a castellan.toml. */
const withSimSeats = (loaded: LoadedConfig, host: Host): Config =>
  host.kind === 'sim' && loaded.state === 'defaults' ? { ...loaded.config, seats: simSeats } : loaded.config;
