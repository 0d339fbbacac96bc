import type { Config } from '../../config/config.ts';
import type { Gate, Status } from '../../protocol/index.ts';
import { gateStatus } from '../../relief/gate.ts';
import { observeOnlyReasons } from './episodes.ts';
import type { KeeperState } from './state.ts';

/** Whether relief is carried out: what the operator chose, what castellan.toml says, and what stands against both. */

type Mode = Status['mode'];

/**
 * A choice by verb holds as long as castellan.toml says what it said when the choice was made; CASTELLAN_DRY_RUN stands
 * above both.
 */
const wished = ({ relief }: KeeperState, config: Config): 'live' | 'dry_run' => {
  if (relief.forcedDryRun) return 'dry_run';
  return relief.choice !== null && relief.choiceOver === config.relief.mode ? relief.choice : config.relief.mode;
};

export const modeOf = (state: KeeperState, config: Config): Mode => {
  const reasons = observeOnlyReasons(state, config);
  if (reasons.length > 0) return { name: 'observe_only', reasons: [...reasons] };
  const name = wished(state, config);
  return {
    name,
    reasons: state.relief.forcedDryRun ? ['CASTELLAN_DRY_RUN is set: nothing can leave the dry run.'] : [],
  };
};

export const isDryRun = (state: KeeperState, config: Config): boolean => wished(state, config) === 'dry_run';

export const gateOf = (state: KeeperState, config: Config): Gate =>
  gateStatus(state.relief.gate, wished(state, config));
